import { createServer, type Server, type Socket } from 'node:net'
import type { Dispatch } from '../dispatch/dispatch.ts'
import { REQUEST_LIMITS } from '../http1/limits.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Listening } from '../thread/messages.ts'
import type { WorkerEntryPoint } from '../thread/worker-data.ts'
import { acceptConnections, type OpenSocket } from './accept.ts'
import { ClientConnection, type ConnectionContext } from './connection.ts'
import { EntryRules } from './entry-rules.ts'
import { ProxyTrust } from './preamble.ts'
import type { Switch } from './switch.ts'

/** Connections that the kernel accepts while the event loop is busy; the kernel's own limit applies too. */
const BACKLOG = 4096

/** Silence after which the kernel asks whether the client is still there (the field's own value). */
const KEEP_ALIVE_MS = 180_000

/** What the listeners of one worker share. */
export interface ListenerContext {
  readonly clock: Clock
  readonly trees: Switch
  readonly hostname: string
}

/** One entry point in one worker: listens, and owns the connections that it accepted. */
export class Listener implements ConnectionContext {
  readonly name: string
  readonly clock: Clock
  readonly rules: EntryRules
  readonly proxyTrust: ProxyTrust | undefined
  readonly limits
  readonly readTimeoutMs: number
  readonly writeTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly keepAliveMaxMs: number
  readonly keepAliveMaxRequests: number
  draining = false
  readonly #entryPoint: WorkerEntryPoint
  readonly #trees: Switch
  readonly #server: Server
  readonly #sockets = new Map<Socket, ClientConnection>()
  #drained: (() => void) | undefined

  constructor(entryPoint: WorkerEntryPoint, { clock, trees, hostname }: ListenerContext) {
    const { transport, http, proxyProtocol } = entryPoint.options
    this.name = entryPoint.name
    this.clock = clock
    this.proxyTrust = proxyProtocol === undefined ? undefined : new ProxyTrust(proxyProtocol)
    this.rules = new EntryRules(entryPoint.options, hostname)
    this.limits = { ...REQUEST_LIMITS, maxHeadBytes: http.maxHeaderBytes }
    this.readTimeoutMs = transport.respondingTimeouts.readTimeout
    this.writeTimeoutMs = transport.respondingTimeouts.writeTimeout
    this.idleTimeoutMs = transport.respondingTimeouts.idleTimeout
    this.keepAliveMaxMs = transport.keepAliveMaxTime
    this.keepAliveMaxRequests = transport.keepAliveMaxRequests
    this.#entryPoint = entryPoint
    this.#trees = trees
    this.#server = createServer({ allowHalfOpen: true })
  }

  get dispatch(): Dispatch {
    return this.#trees.current(this.name)
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
    for (const connection of this.#sockets.values()) connection.drain()
    if (this.#sockets.size === 0) return 0
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#drained = resolve
    const timer = setTimeout(resolve, this.#entryPoint.options.transport.lifeCycle.graceTimeOut)
    await promise
    clearTimeout(timer)
    return this.#cut()
  }

  #cut(): number {
    const { size } = this.#sockets
    for (const socket of this.#sockets.keys()) socket.resetAndDestroy()
    return size
  }

  onClosed(connection: ClientConnection): void {
    this.#sockets.delete(connection.socket)
    if (this.draining && this.#sockets.size === 0) this.#drained?.()
  }

  #accept(open: OpenSocket): void {
    const connection = new ClientConnection(open, this)
    const { socket } = connection
    this.#sockets.set(socket, connection)
    // Gone before it was accepted: nobody could say who asked.
    if (socket.remoteAddress === undefined) {
      socket.destroy()
      return
    }
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
  }
}
