import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './ports.ts'
import { type Exit, type RunningProcess, startProcess } from './process.ts'
import { type TemporaryFolder, temporaryFolder } from './temp.ts'

export const ROOT = resolve(fileURLToPath(import.meta.url), '../../..')
const RUN = resolve(ROOT, 'bin/run.js')

export interface GatewayOptions {
  /** Dynamic configuration; written to `dynamic.yml` unless `dynamicFile` names another file. */
  readonly dynamic: string
  readonly dynamicFile?: string
  /** The folder of both files, which the caller cleans up; without it, one that goes with the gateway. */
  readonly folder?: TemporaryFolder
  /** Further lines of the static file, which has `entryPoints.web`, `entryPoints.gateway`, ping and the file provider. */
  readonly static?: string
  /** Options of `entryPoints.web` beside its address, indented by four. */
  readonly web?: string
  readonly workers?: number
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface RunningGateway extends AsyncDisposable {
  /** Port of the entry point `web`. */
  readonly port: number
  /** Port of the internal entry point, which answers ping. */
  readonly pingPort: number
  readonly process: RunningProcess
  readonly folder: TemporaryFolder
  /** Replaces the dynamic configuration. */
  rewrite(dynamic: string): Promise<void>
  stop(signal?: NodeJS.Signals): Promise<Exit>
}

/** Starts the real command line on free ports with a static and a dynamic file in a temporary folder. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  if (options.folder !== undefined) return startIn(options.folder, options)
  const folder = await temporaryFolder()
  try {
    return await startIn(folder, options)
  } catch (error) {
    await folder[Symbol.asyncDispose]()
    throw error
  }
}

async function startIn(folder: TemporaryFolder, options: GatewayOptions): Promise<RunningGateway> {
  const [port, pingPort] = [await freePort(), await freePort()]
  const name = options.dynamicFile ?? 'dynamic.yml'
  const dynamicFile = await folder.write(name, options.dynamic)
  const configFile = await folder.write(
    'gateway.yml',
    `entryPoints:
  web:
    address: 127.0.0.1:${port}
${options.web ?? ''}
  gateway:
    address: 127.0.0.1:${pingPort}
ping: {}
providers:
  providersThrottleDuration: 100ms
  file:
    filename: ${dynamicFile}
${options.static ?? ''}
`,
  )
  const args = [RUN, 'serve', '--configFile', configFile, '--workers', String(options.workers ?? 1), ...(options.args ?? [])]
  const process_ = await startProcess(process.execPath, args, {
    ready: /configuration 1 is live/,
    cwd: folder.path,
    env: { ...CLEAN, ...options.env },
  })
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> => process_.stop(signal)
  return {
    port,
    pingPort,
    process: process_,
    folder,
    async rewrite(dynamic) {
      await folder.write(name, dynamic)
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      if (options.folder === undefined) await folder[Symbol.asyncDispose]()
    },
  }
}

/** How many configurations have gone live. */
export function liveIn({ process }: RunningGateway): number {
  return process.stdout.match(/configuration \d+ is live/g)?.length ?? 0
}

/** Nothing of the surroundings may configure the gateway under test. */
const CLEAN = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(GATEWAY|TRAEFIK)_/.test(name))
    .map((name) => [name, undefined]),
)
