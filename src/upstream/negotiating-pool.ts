import type { Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { DispatchHandler } from '../dispatch/dispatch.ts'
import type { GatewayError } from '../errors.ts'
import type { RequestHead } from '../http/request.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Destination } from './connector.ts'
import { Dial, type DialOwner } from './dial.ts'
import { Http2Connection, type Http2Owner, type Http2Timeouts, MOST_STREAMS } from './http2-connection.ts'
import { type Errand, type ExchangeOwner, Http2Exchange } from './http2-exchange.ts'
import { Pool, type PoolOptions, type ServerPool } from './pool.ts'

/** HTTP/2 connections to one server, for one that allows few streams on each. */
const MOST_CONNECTIONS = 100

/**
 * The connections to a server that may speak HTTP/2: to one with TLS the handshake tells (RFC 7301), of another it is known.
 * Requests wait for the first connection; when it turns out to speak HTTP/1.1, they go where all such requests go, and so do
 * the requests to switch protocols, always.
 */
export class NegotiatingPool implements ServerPool, DialOwner, Http2Owner, ExchangeOwner {
  readonly clock: Clock
  readonly destination: Destination
  readonly timeouts: Http2Timeouts
  readonly tlsOptions: () => ConnectionOptions
  tlsSession: Buffer | undefined = undefined
  readonly server: string
  readonly secure: boolean
  readonly #plain: Pool
  readonly #maxIdle: number
  readonly #connections: Http2Connection[] = []
  readonly #dials = new Set<Dial>()
  #waiting: Http2Exchange[] = []
  /** The server has chosen HTTP/1.1; forgotten when the last connection is gone, as another server may stand there then. */
  #isPlain = false
  /** Streams that its connections are known to take. */
  #limit = MOST_STREAMS
  #closed = false

  constructor(destination: Destination, options: PoolOptions, clock: Clock) {
    this.clock = clock
    this.destination = destination
    this.timeouts = options.timeouts
    this.tlsOptions = options.tlsOptions
    this.server = `${destination.host}:${destination.port}`
    this.secure = destination.scheme === 'https'
    this.#maxIdle = options.maxIdle
    const onEmpty = (): void => {
      this.#isPlain = false
    }
    this.#plain = new Pool(destination, { ...options, onEmpty }, clock)
  }

  dispatch(request: RequestHead, handler: DispatchHandler, hostField: string): boolean {
    if (this.#isPlain || request.upgrade !== undefined) return this.#plain.dispatch(request, handler, hostField)
    this.#admit(new Http2Exchange(this, { request, handler, hostField }, false))
    return true
  }

  /** No user is left: connections end after their last exchange. */
  close(): void {
    this.#closed = true
    this.#plain.close()
    for (const connection of [...this.#connections]) if (connection.isQuiet) connection.close()
  }

  // ── DialOwner ──────────────────────────────────────────────────────────────────────────────────────────

  onDialled(dial: Dial, socket: Socket): void {
    this.#dials.delete(dial)
    if (this.secure && (socket as TLSSocket).alpnProtocol !== 'h2') {
      this.#goPlain(socket)
      return
    }
    this.#connections.push(new Http2Connection(this, socket))
    this.#serve()
  }

  /** Who waits for more than the one that failed goes on waiting. */
  onDialFailed(dial: Dial, error: GatewayError): void {
    this.#dials.delete(dial)
    if (this.#underway() > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const exchange of waiting) exchange.abort(error)
  }

  // ── Http2Owner ─────────────────────────────────────────────────────────────────────────────────────────

  onRoom({ limit = this.#limit }: Http2Connection): void {
    this.#limit = Math.max(1, limit)
    this.#serve()
  }

  onQuiet(connection: Http2Connection): void {
    const quiet = this.#connections.filter(({ isQuiet }) => isQuiet).length
    if (this.#closed || quiet > this.#maxIdle) connection.close()
  }

  onLeaving(connection: Http2Connection): void {
    const index = this.#connections.indexOf(connection)
    if (index !== -1) this.#connections.splice(index, 1)
    this.#dialForWaiting()
  }

  // ── ExchangeOwner ──────────────────────────────────────────────────────────────────────────────────────

  onGivenUp(exchange: Http2Exchange): void {
    const index = this.#waiting.indexOf(exchange)
    if (index !== -1) this.#waiting.splice(index, 1)
  }

  onRepeat(errand: Errand): void {
    this.#admit(new Http2Exchange(this, errand, true))
  }

  // ── who goes where ─────────────────────────────────────────────────────────────────────────────────────

  #admit(exchange: Http2Exchange): void {
    exchange.announce()
    if (exchange.isOver) return
    const connection = this.#connectionWithRoom()
    if (connection !== undefined) {
      exchange.begin(connection)
      return
    }
    exchange.wait()
    this.#waiting.push(exchange)
    this.#dialForWaiting()
  }

  #serve(): void {
    for (;;) {
      const connection = this.#connectionWithRoom()
      const exchange = connection === undefined ? undefined : this.#waiting.shift()
      if (connection === undefined || exchange === undefined) break
      exchange.begin(connection)
    }
    this.#dialForWaiting()
  }

  /** The oldest first, so that what is not needed grows quiet and goes. */
  #connectionWithRoom(): Http2Connection | undefined {
    for (const connection of this.#connections) if (connection.hasRoom) return connection
    return undefined
  }

  #dialForWaiting(): void {
    let underway = this.#underway()
    while (this.#waiting.length > underway * this.#limit && this.#connections.length + this.#dials.size < MOST_CONNECTIONS) {
      this.#dials.add(new Dial(this))
      underway++
    }
  }

  /** Connections of which it is not known yet what they take. */
  #underway(): number {
    let underway = this.#dials.size
    for (const { limit } of this.#connections) if (limit === undefined) underway++
    return underway
  }

  #goPlain(socket: Socket): void {
    const waiting = this.#waiting
    this.#waiting = []
    const [first, ...others] = waiting.map((exchange) => exchange.handOver())
    if (first === undefined) {
      socket.destroy()
      return
    }
    this.#isPlain = true
    this.#plain.adopt(socket).send(first.request, first.handler, first.hostField)
    for (const { request, handler, hostField } of others) this.#plain.dispatch(request, handler, hostField)
  }
}
