import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../test/harness/ports.ts'
import { type RunningProcess, startProcess } from '../../test/harness/process.ts'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { gateway } from '../peers/gateway.ts'
import type { Peer, PeerPlace, RunningPeer } from '../peers/peer.ts'
import type { TrialContext } from './trial.ts'

const CLI = new URL('../../bin/run.js', import.meta.url).pathname

/** How the gateway of a trial differs from the one of the side-by-side bench. */
export interface SubjectOptions {
  /** The dynamic configuration, as JSON. */
  readonly dynamic: (originPort: number) => unknown
  readonly workers?: number
  /** What the entry point listens to; without it, TCP. */
  readonly protocol?: 'tcp' | 'udp'
  /** Whether it follows changes of `dynamic.json`. */
  readonly watch?: boolean
  /** Options of Node itself. */
  readonly node?: readonly string[]
}

/** A gateway that is measured, with what it has printed. */
export interface Subject extends RunningPeer {
  readonly process: RunningProcess
}

/** The gateway with a configuration of its own, as a proxy that takes turns with others. */
export function gatewayPeer(name: string, options: SubjectOptions): Peer {
  return { ...gateway, name, start: (place) => startAt(place, options) }
}

/** Starts the gateway in a folder that goes with `resources`. */
export async function startSubject(
  { originPort, proxyLauncher: launcher }: TrialContext,
  options: SubjectOptions,
  resources: AsyncDisposableStack,
): Promise<Subject & { readonly folder: string; readonly port: number }> {
  const { path: folder } = resources.use(await temporaryFolder())
  const port = await freePort()
  const subject = await startAt({ port, originPort, folder, launcher: withManyFiles(launcher) }, options)
  resources.defer(() => subject.stop())
  return { ...subject, folder, port }
}

/** The command in front that raises the limit of open files where that is allowed. */
export function withManyFiles(launcher: readonly string[]): readonly string[] {
  return ['sh', '-c', 'ulimit -n 65536 2>/dev/null; exec "$@"', 'sh', ...launcher]
}

async function startAt({ port, originPort, folder, launcher }: PeerPlace, options: SubjectOptions): Promise<Subject> {
  const file = join(folder, 'gateway.yml')
  await writeFile(join(folder, 'dynamic.json'), JSON.stringify(options.dynamic(originPort)))
  await writeFile(
    file,
    `
entryPoints:
  web:
    address: 127.0.0.1:${port}/${options.protocol ?? 'tcp'}
providers:
  providersThrottleDuration: 0
  file:
    filename: ${join(folder, 'dynamic.json')}
    watch: ${options.watch ?? false}
`,
  )
  const serve = ['serve', '--configFile', file, '--workers', `${options.workers ?? 1}`]
  const [command = '', ...args] = [...launcher, process.execPath, ...(options.node ?? []), CLI, ...serve]
  const running = await startProcess(command, args, { cwd: folder, ready: /configuration 1 is live/, readyWithinMs: 60_000 })
  return {
    process: running,
    pid: running.pid,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await running.stop()
    },
  }
}
