import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream, type ServerSessionOptions } from 'node:http2'
import type { Socket } from 'node:net'
import { replyError } from '../dispatch/reply.ts'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { keepTrailerFields } from '../http1/trailer-fields.ts'
import type { Deadline } from '../runtime/clock.ts'
import { admit } from './admit.ts'
import type { ClientFacts, ConnectionContext } from './connection.ts'
import type { Http2Crowd } from './http2-crowd.ts'
import { Http2Exchange, type Http2ExchangeOwner } from './http2-exchange.ts'
import { Http2Guard } from './http2-guard.ts'
import { CONNECTION_WINDOW } from './http2-options.ts'
import { Http2RequestReader } from './http2-request.ts'

/** Deadlines of streams are looked at so often, all at once. */
const TICK_MS = 1_000

/** A client that has not read for so long holds memory. */
const STALLED_MS = 5_000

/** A session that is over has so long to be gone [CVE-2025-23085, CVE-2026-21714]. */
const ENDING_MS = 5_000

/** Nobody hears of it: the client gets its code. */
const FLOODED = new GatewayError('GTW_CLIENT_GONE')

/** What all sessions of one entry point share in one worker, beside what all connections share. */
export interface Http2Context {
  readonly http2: ServerSessionOptions
  readonly crowd: Http2Crowd
}

/**
 * One HTTP/2 client: every stream is an exchange.
 *
 *   open ──▶ draining ──▶ ending ──▶ closed     draining: GOAWAY is sent, streams may finish
 *     └───────────────────▲                     ending: nothing is under way, or the client is not worth it
 */
export class Http2Connection implements Http2ExchangeOwner, Deadline {
  deadlineAt = 0
  readonly #socket: Socket
  readonly #session: ServerHttp2Session
  readonly #context: ConnectionContext & Http2Context
  readonly #client: ClientFacts
  readonly #reader: Http2RequestReader
  readonly #guard: Http2Guard
  readonly #exchanges = new Set<Http2Exchange>()
  readonly #openedAt: number
  #requests = 0
  #state: 'open' | 'draining' | 'ending' | 'closed' = 'open'
  #isStalled = false

  /** What was read of the socket already must have been put back. */
  constructor(socket: Socket, context: ConnectionContext & Http2Context, client: ClientFacts) {
    this.#socket = socket
    this.#context = context
    this.#client = client
    this.#reader = new Http2RequestReader(context.limits)
    this.#guard = new Http2Guard(context.clock)
    const session = performServerHandshake(socket, context.http2)
    this.#session = session
    session.setLocalWindowSize(CONNECTION_WINDOW)
    session.on('stream', (stream, _headers, _flags, raw) => this.#onStream(stream, raw as unknown as readonly string[]))
    session.on('ping', () => this.#onGlitch())
    session.on('remoteSettings', () => this.#onGlitch())
    session.on('frameError', () => this.#onGlitch())
    session.on('error', () => this.#end())
    session.on('close', () => this.#end())
    socket.on('close', () => this.#onClose())
    context.clock.watch(this)
    this.#openedAt = context.clock.now
    this.#expectStream()
  }

  get now(): number {
    return this.#context.clock.now
  }

  get readTimeoutMs(): number {
    return this.#context.readTimeoutMs
  }

  get writeTimeoutMs(): number {
    return this.#context.writeTimeoutMs
  }

  /** The gateway stops: what is under way may finish. */
  drain(): void {
    if (this.#state !== 'open') return
    this.#state = 'draining'
    this.#session.close()
    if (this.#exchanges.size === 0) this.#end()
  }

  cut(): void {
    this.#session.destroy()
    this.#socket.resetAndDestroy()
  }

  // ── Http2ExchangeOwner ─────────────────────────────────────────────────────────────────────────────────

  onProgress(): void {
    this.#guard.progressed()
  }

  onExchangeEnd(exchange: Http2Exchange, isEarly: boolean): void {
    this.#exchanges.delete(exchange)
    if (!isEarly) this.#guard.progressed()
    else if (this.#guard.reset()) this.#calm()
    if (this.#exchanges.size > 0 || this.#state === 'closed') return
    if (this.#state === 'open') this.#expectStream()
    else this.#end()
  }

  onFault(error: GatewayError): void {
    this.#context.faults.note(error)
  }

  // ── Deadline ───────────────────────────────────────────────────────────────────────────────────────────

  onDeadline(): void {
    if (this.#state === 'ending') this.#socket.destroy()
    else if (this.#exchanges.size === 0) this.drain()
    else {
      const { now } = this
      let isStalled = false
      for (const exchange of this.#exchanges) {
        exchange.tick(now)
        isStalled ||= exchange.isStalled(now, STALLED_MS)
      }
      this.#noteStall(isStalled)
      if (!this.#isOver()) this.deadlineAt = now + TICK_MS
    }
  }

  // ── the session ────────────────────────────────────────────────────────────────────────────────────────

  #onStream(stream: ServerHttp2Stream, raw: readonly string[]): void {
    // Also one that is over already: its error would be nobody's, and end the thread.
    stream.on('error', ignore)
    this.#guard.opened()
    if (stream.destroyed) {
      if (this.#guard.reset()) this.#calm()
      return
    }
    this.#requests++
    const reading = this.#reader.read(raw, !stream.endAfterHeaders)
    const request = reading instanceof RequestHead ? reading : new RequestHead('GET', '/', new Headers())
    const { peer, tls } = this.#client
    request.peer = peer
    request.entryPoint = this.#context.name
    if (tls !== undefined) {
      request.tls = tls
      request.scheme = 'https'
    }
    const exchange = new Http2Exchange(this, stream, request)
    if (this.#exchanges.size === 0) this.deadlineAt = this.now + TICK_MS
    this.#exchanges.add(exchange)
    const { body } = exchange
    if (body !== undefined && !body.ended) stream.on('trailers', (_headers, _flags, ...rest) => this.#onTrailers(body, rest[0]))
    if (reading instanceof RequestHead) admit(request, exchange, this.#context)
    else replyError(exchange, reading)
    this.#limitAge()
  }

  #onTrailers(body: { trailers: Headers | undefined }, raw: unknown): void {
    const trailers = new Headers([...(raw as readonly string[])])
    keepTrailerFields(trailers)
    if (trailers.raw.length > 0) body.trailers = trailers
  }

  /** A connection that is old, or has served enough, makes room for another. */
  #limitAge(): void {
    const { keepAliveMaxMs, keepAliveMaxRequests, clock } = this.#context
    const served = keepAliveMaxRequests > 0 && this.#requests >= keepAliveMaxRequests
    if (served || (keepAliveMaxMs > 0 && clock.now - this.#openedAt >= keepAliveMaxMs)) this.drain()
  }

  #onGlitch(): void {
    if (this.#guard.glitched()) this.#calm()
  }

  /** Answers that nobody reads are held in memory: an address may not have too many of them. */
  #noteStall(isStalled: boolean): void {
    if (isStalled === this.#isStalled) return
    this.#isStalled = isStalled
    const { crowd } = this.#context
    const { address } = this.#client.peer
    if (!isStalled) crowd.leave(address)
    else if (crowd.enter(address)) this.#calm()
  }

  /** The client does what no client needs to do. */
  #calm(): void {
    if (this.#isOver()) return
    this.#expectEnd()
    this.#session.destroy(FLOODED, constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }

  /** Nothing is under way any more. */
  #end(): void {
    if (this.#isOver()) return
    this.#expectEnd()
    if (!this.#session.destroyed) this.#session.close()
  }

  #isOver(): boolean {
    return this.#state === 'ending' || this.#state === 'closed'
  }

  #expectEnd(): void {
    this.#state = 'ending'
    this.deadlineAt = this.#context.clock.in(ENDING_MS)
  }

  /** A client without a request is idle, also one that has not begun yet. */
  #expectStream(): void {
    this.deadlineAt = this.#context.clock.in(this.#context.idleTimeoutMs)
  }

  #onClose(): void {
    this.#state = 'closed'
    this.#noteStall(false)
    this.#context.clock.unwatch(this)
    this.#context.onClosed(this)
  }
}

/** An error of a stream is followed by its end. */
function ignore(): void {}
