import { createServer, type Server } from 'node:net'
import type { Dispatch } from '../dispatch/dispatch.ts'
import { REQUEST_LIMITS } from '../http1/limits.ts'
import type { SessionOptions } from '../http2/session.ts'
import type { EntryMetrics } from '../observe/entry-metrics.ts'
import type { FaultLog } from '../observe/fault-log.ts'
import type { TreeMetrics } from '../observe/tree-metrics.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Listening } from '../thread/messages.ts'
import type { WorkerEntryPoint } from '../thread/worker-data.ts'
import { acceptConnections, type OpenSocket } from './accept.ts'
import type { PaceRules } from './body-pace.ts'
import { EntryRules } from './entry-rules.ts'
import { Http2Crowd } from './http2-crowd.ts'
import { http2Options } from './http2-options.ts'
import { ProxyTrust } from './preamble.ts'
import { type Client, Sniffer, type SnifferContext } from './sniffer.ts'
import { StreamSwitch } from './stream-switch.ts'
import type { Switch } from './switch.ts'
import { TcpDoor } from './tcp/tcp-door.ts'
import { TlsContexts } from './tls-context.ts'

/** Connections that the kernel accepts while the event loop is busy; the kernel's own limit applies too. */
const BACKLOG = 4096

/** Silence after which the kernel asks whether the client is still there (the field's own value). */
const KEEP_ALIVE_MS = 180_000

/** What the listeners of one worker share. */
export interface ListenerContext {
  readonly clock: Clock
  readonly trees: Switch
  /** Absent where nothing is served with TLS. */
  readonly tls?: TlsContexts
  /** Absent where nothing is served but HTTP. */
  readonly streams?: StreamSwitch
  readonly hostname: string
  readonly faults: FaultLog
  /** Absent where nothing is counted. */
  readonly metrics?: TreeMetrics | undefined
}

/** One entry point in one worker: listens, and owns the connections that it accepted. */
export class Listener implements SnifferContext {
  readonly name: string
  readonly clock: Clock
  readonly rules: EntryRules
  readonly proxyTrust: ProxyTrust | undefined
  readonly limits
  readonly http2: SessionOptions
  readonly crowd = new Http2Crowd()
  readonly tls: TlsContexts
  readonly tcp: TcpDoor
  readonly allowsAcmeBypass: boolean
  readonly readTimeoutMs: number
  readonly writeTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly pace: PaceRules
  readonly keepAliveMaxMs: number
  readonly keepAliveMaxRequests: number
  draining = false
  readonly faults: FaultLog
  readonly metrics: EntryMetrics | undefined
  readonly #entryPoint: WorkerEntryPoint
  readonly #trees: Switch
  readonly #server: Server
  readonly #clients = new Set<Client>()
  #drained: (() => void) | undefined

  constructor(entryPoint: WorkerEntryPoint, context: ListenerContext) {
    const { clock, trees, hostname, faults, tls = new TlsContexts(), streams = new StreamSwitch() } = context
    const { transport, http, proxyProtocol } = entryPoint.options
    this.name = entryPoint.name
    this.clock = clock
    this.faults = faults
    this.metrics = context.metrics?.entryPoint(entryPoint.name)
    this.proxyTrust = proxyProtocol === undefined ? undefined : new ProxyTrust(proxyProtocol)
    this.rules = new EntryRules(entryPoint.options, hostname)
    this.limits = { ...REQUEST_LIMITS, maxHeadBytes: http.maxHeaderBytes }
    this.readTimeoutMs = transport.respondingTimeouts.readTimeout
    this.writeTimeoutMs = transport.respondingTimeouts.writeTimeout
    this.idleTimeoutMs = transport.respondingTimeouts.idleTimeout
    this.pace = { minRate: transport.respondingTimeouts.minBodyRate, idleMs: transport.respondingTimeouts.bodyIdleTimeout }
    this.keepAliveMaxMs = transport.keepAliveMaxTime
    this.keepAliveMaxRequests = transport.keepAliveMaxRequests
    this.http2 = http2Options(entryPoint.options)
    this.tls = tls
    this.tcp = new TcpDoor(entryPoint.name, tls, streams)
    this.allowsAcmeBypass = entryPoint.options.allowACMEByPass
    this.#entryPoint = entryPoint
    this.#trees = trees
    this.#server = createServer({ allowHalfOpen: true })
  }

  get dispatch(): Dispatch {
    return this.#trees.current(this.name)
  }

  get tlsDispatch(): Dispatch {
    return this.#trees.currentTls(this.name)
  }

  /** Resolves to the real address; the port is shared with the other workers by the kernel (SO_REUSEPORT). */
  listen(): Promise<Listening> {
    const { name, host, port } = this.#entryPoint
    const server = this.#server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port, ...(host === '' ? {} : { host }), backlog: BACKLOG, reusePort: true }, () => {
        server.removeListener('error', reject)
        server.on('error', () => {})
        acceptConnections(server, (open) => this.#accept(open))
        const address = server.address()
        resolve({ entryPoint: name, host, port: typeof address === 'object' && address !== null ? address.port : port })
      })
    })
  }

  /**
   * Stops accepting and waits until what is under way has finished, for the grace time at most; connections without an
   * exchange end at once. Resolves to the number of connections that had to be cut.
   */
  async drain(): Promise<number> {
    this.draining = true
    this.#server.close()
    for (const client of this.#clients) client.drain()
    if (this.#clients.size === 0) return 0
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#drained = resolve
    const timer = setTimeout(resolve, this.#entryPoint.options.transport.lifeCycle.graceTimeOut)
    await promise
    clearTimeout(timer)
    return this.#cut()
  }

  #cut(): number {
    const { size } = this.#clients
    for (const client of this.#clients) client.cut()
    return size
  }

  onOpened(client: Client): void {
    this.#clients.add(client)
    this.metrics?.open('TCP', this.#clients.size)
  }

  onClosed(client: Client): void {
    this.#clients.delete(client)
    this.metrics?.open('TCP', this.#clients.size)
    if (this.draining && this.#clients.size === 0) this.#drained?.()
  }

  #accept(open: OpenSocket): void {
    const sniffer = new Sniffer(open, this)
    this.onOpened(sniffer)
    sniffer.prepare(KEEP_ALIVE_MS)
  }
}
