import type { ServersTransport } from '../config/dynamic.ts'
import type { EntryPoint } from '../config/entry-point.ts'

/** One entry point as a worker opens it: the address is resolved, port 0 has become the real one after the first worker. */
export interface WorkerEntryPoint {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly options: EntryPoint
}

/** What a worker thread is started with: everything that does not change while the process lives. */
export interface WorkerData {
  readonly index: number
  readonly entryPoints: readonly WorkerEntryPoint[]
  /** Written into X-Forwarded-Server. */
  readonly hostname: string
  /** `default@internal`. */
  readonly defaultTransport: ServersTransport
  /** Status of ping while the process terminates. */
  readonly pingTerminatingStatus: number
}
