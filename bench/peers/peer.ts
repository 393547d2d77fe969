import { type RunningProcess, startProcess } from '../../test/harness/process.ts'

/** Where a proxy listens, what is behind it, and where it may write. */
export interface PeerPlace {
  readonly port: number
  readonly originPort: number
  /** An empty folder of its own. */
  readonly folder: string
  /** The command in front, which pins it to its core. */
  readonly launcher: readonly string[]
}

export interface RunningPeer {
  readonly pid: number
  readonly url: string
  stop(): Promise<void>
}

/** A proxy to measure: one worker, keep-alive to the origin, no access log, else its own defaults. */
export interface Peer {
  readonly name: string
  /** What is missing to run it here, if anything. */
  missing(): string | undefined
  version(): Promise<string>
  start(place: PeerPlace): Promise<RunningPeer>
}

/** Starts the process of a peer and waits until its port accepts. */
export async function startPeer(
  place: PeerPlace,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningPeer> {
  const [file = '', ...args] = [...place.launcher, ...command]
  const running: RunningProcess = await startProcess(file, args, { env, cwd: place.folder, ready: place.port })
  return {
    pid: running.pid,
    url: `http://127.0.0.1:${place.port}`,
    async stop() {
      await running.stop()
    },
  }
}

/** The first number with dots that a command prints, which is its version. */
export async function printedVersion(command: string, ...args: readonly string[]): Promise<string> {
  const running = await startProcess(command, args)
  await running.exited
  return /\d+\.\d+(\.\d+)?/.exec(running.stdout + running.stderr)?.[0] ?? 'unknown'
}
