import type { Socket } from 'node:net'
import { replyError } from '../dispatch/reply.ts'
import type { ErrorCode, GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { CODE } from '../http2/protocol.ts'
import { Session, type SessionOptions, type SessionOwner } from '../http2/session.ts'
import type { Stream } from '../http2/stream.ts'
import type { Deadline } from '../runtime/clock.ts'
import type { OpenSocket } from './accept.ts'
import { admit } from './admit.ts'
import type { PaceRules } from './body-pace.ts'
import type { ClientFacts, ConnectionContext } from './connection.ts'
import type { Http2Crowd } from './http2-crowd.ts'
import { Http2Exchange, type Http2ExchangeOwner } from './http2-exchange.ts'
import { Http2Guard } from './http2-guard.ts'
import { Http2RequestReader } from './http2-request.ts'

/** Deadlines of streams are looked at so often, all at once. */
const TICK_MS = 1_000

/** A client that has not read for so long holds memory. */
const STALLED_MS = 5_000

/** A session that is over has so long to be gone [CVE-2025-23085, CVE-2026-21714]. */
const ENDING_MS = 5_000

/** A client that does not read what was written for it is not heard either, beyond so many octets: more than content alone takes. */
const MOST_UNREAD = 512 * 1024

/** What all sessions of one entry point share in one worker, beside what all connections share. */
export interface Http2Context {
  readonly http2: SessionOptions
  readonly crowd: Http2Crowd
}

/**
 * One HTTP/2 client: every stream is an exchange.
 *
 *   open ──▶ draining ──▶ ending ──▶ closed     draining: GOAWAY is sent, streams may finish
 *     └───────────────────▲                     ending: nothing is under way, or the client is not worth it
 */
export class Http2Connection implements Http2ExchangeOwner, SessionOwner, Deadline {
  deadlineAt = 0
  readonly #socket: Socket
  readonly #session: Session
  readonly #context: ConnectionContext & Http2Context
  readonly #client: ClientFacts
  readonly #reader: Http2RequestReader
  readonly #guard: Http2Guard
  readonly #exchanges = new Set<Http2Exchange>()
  readonly #openedAt: number
  #requests = 0
  #state: 'open' | 'draining' | 'ending' | 'closed' = 'open'
  #isStalled = false

  constructor(open: OpenSocket, context: ConnectionContext & Http2Context, client: ClientFacts) {
    const socket = open((buffer, size) => this.#onRead(buffer, size))
    this.#socket = socket
    this.#context = context
    this.#client = client
    this.#reader = new Http2RequestReader(context.limits)
    this.#guard = new Http2Guard(context.clock)
    this.#session = new Session(socket, this, context.http2)
    socket.on('drain', () => this.#onDrain())
    socket.on('end', () => this.#onPeerEnd())
    socket.on('error', () => socket.destroy())
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

  get pace(): PaceRules {
    return this.#context.pace
  }

  /** The gateway stops: what is under way may finish. */
  drain(): void {
    if (this.#state !== 'open') return
    this.#state = 'draining'
    this.#session.leave(CODE.noError)
    if (this.#exchanges.size === 0) this.#end()
  }

  cut(): void {
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
    this.#context.metrics?.failed(error.code)
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

  // ── SessionOwner ───────────────────────────────────────────────────────────────────────────────────────

  onRequest(stream: Stream, fields: string[], isLast: boolean): void {
    this.#guard.opened()
    this.#requests++
    const { hasTooMany, hasInvalidName, hasInvalidValue, octets } = this.#session.fields
    if (hasTooMany) this.#refuse(stream, CODE.enhanceYourCalm)
    else if (hasInvalidName || hasInvalidValue) this.#refuse(stream, CODE.protocolError)
    else {
      const reading = this.#reader.read(fields, !isLast)
      const isTooLarge = octets > this.#context.http2.fields.maxOctets
      // A length that the end gives the lie makes a message malformed (RFC 9113 §8.1.1).
      const isCut = isLast && reading instanceof RequestHead && reading.headers.contentLength > 0
      if (isTooLarge) this.#begin(stream, 'GTW_HEAD_TOO_LARGE')
      else if (reading === 'malformed' || isCut) this.#refuse(stream, CODE.protocolError)
      else this.#begin(stream, reading)
    }
    this.#limitAge()
  }

  onGlitch(): void {
    if (this.#guard.glitched()) this.#calm()
  }

  /** What it says of itself is an attack only if it says too much. */
  onSettings(): void {
    this.onGlitch()
  }

  /** It takes no pushes anyway, and ends the connection when it wants to. */
  onGoaway(): void {}

  /** Nobody has asked. */
  onPong(): void {
    this.onGlitch()
  }

  /** Its exchange has heard of it. */
  onStreamOver(): void {}

  onSessionFault(code: number): void {
    this.#endWith(code)
  }

  // ── the socket ─────────────────────────────────────────────────────────────────────────────────────────

  #onRead(buffer: Buffer, size: number): void {
    this.#session.read(buffer, size)
    if (this.#socket.writableLength > MOST_UNREAD) this.#socket.pause()
  }

  #onDrain(): void {
    this.#session.outlet.onDrain()
    this.#socket.resume()
  }

  /** A client that says no more does not listen either. */
  #onPeerEnd(): void {
    this.#endWith(CODE.noError)
  }

  // ── requests ───────────────────────────────────────────────────────────────────────────────────────────

  #begin(stream: Stream, reading: RequestHead | ErrorCode): void {
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
    if (reading instanceof RequestHead) admit(request, exchange, this.#context)
    else {
      this.#context.metrics?.refused(reading)
      replyError(exchange, reading)
    }
  }

  #refuse(stream: Stream, code: number): void {
    this.#context.metrics?.failed('HTTP2_MALFORMED')
    stream.reset(code)
    if (this.#guard.reset()) this.#calm()
  }

  /** A connection that is old, or has served enough, makes room for another. */
  #limitAge(): void {
    const { keepAliveMaxMs, keepAliveMaxRequests, clock } = this.#context
    const served = keepAliveMaxRequests > 0 && this.#requests >= keepAliveMaxRequests
    if (served || (keepAliveMaxMs > 0 && clock.now - this.#openedAt >= keepAliveMaxMs)) this.drain()
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
    if (!this.#isOver()) this.#context.metrics?.failed('HTTP2_ENHANCE_YOUR_CALM')
    this.#endWith(CODE.enhanceYourCalm)
  }

  /** Nothing is under way any more. */
  #end(): void {
    this.#endWith(CODE.noError)
  }

  #endWith(code: number): void {
    if (this.#isOver()) return
    this.#expectEnd()
    this.#session.end(code)
    this.#socket.end()
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
    this.#session.end(CODE.cancel)
    this.#noteStall(false)
    this.#context.clock.unwatch(this)
    this.#context.onClosed(this)
  }
}
