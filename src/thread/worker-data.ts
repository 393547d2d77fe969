import type { EntryPoint } from '../config/entry-point.ts'
import type { ServersTransport } from '../config/servers-transport.ts'
import type { TcpServersTransport } from '../config/tcp.ts'
import type { MetricsPlan } from './metric-series.ts'

/** One entry point as a worker opens it: the address is resolved, port 0 has become the real one after the first worker. */
export interface WorkerEntryPoint {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly options: EntryPoint
  /** TCP where it is absent. */
  readonly protocol?: 'udp'
}

/** What a worker thread is started with: everything that does not change while the process lives. */
export interface WorkerData {
  readonly index: number
  readonly entryPoints: readonly WorkerEntryPoint[]
  /** Written into X-Forwarded-Server. */
  readonly hostname: string
  /** `default@internal`. */
  readonly defaultTransport: ServersTransport
  /** `default@internal` of TCP. */
  readonly defaultTcpTransport: TcpServersTransport
  /** Memory that all threads share; a snapshot says what lies where. */
  readonly cells: Int32Array
  /** One word that the thread counts up while its event loop turns. */
  readonly beat: Int32Array
  /** Status of ping while the process terminates. */
  readonly pingTerminatingStatus: number
  /** Absent where nothing is counted. */
  readonly metrics?: MetricsPlan | undefined
  /** Services that the control plane answers for, by qualified name. */
  readonly askedServices: readonly string[]
}
