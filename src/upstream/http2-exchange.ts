import type { DispatchController, DispatchHandler } from '../dispatch/dispatch.ts'
import { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import type { BodySink, RequestHead } from '../http/request.ts'
import { CODE } from '../http2/protocol.ts'
import type { Stream, StreamListener } from '../http2/stream.ts'
import type { Clock, Deadline } from '../runtime/clock.ts'
import type { Http2Connection, Http2Timeouts } from './http2-connection.ts'
import { toStreamError } from './http2-error.ts'
import { requestFields, requestTrailers, responseHeaders, responseTrailers, statusOf } from './http2-fields.ts'
import { GONE, isReplayable, isUntouched } from './repeatable.ts'

/** A server that does not know `100 Continue` gets the content after so long (RFC 9110 §10.1.1). */
const CONTINUE_MS = 1_000

/** One request on its way to a server. */
export interface Errand {
  readonly request: RequestHead
  readonly handler: DispatchHandler
  readonly hostField: string
}

/** What an exchange tells the pool that made it. */
export interface ExchangeOwner {
  readonly clock: Clock
  readonly timeouts: Http2Timeouts
  readonly secure: boolean
  /** For messages. */
  readonly server: string
  /** It does not wait for a connection any more. */
  onGivenUp(exchange: Http2Exchange): void
  /** The server has done nothing about the request, or nothing that doing again would change. */
  onRepeat(errand: Errand): void
}

/**
 * One request and its response on a stream of its own.
 *
 *   waiting ──begin──▶ open ──▶ over        waiting: for a connection that has room
 *      └───────────────abort──────▲
 */
export class Http2Exchange implements DispatchController, BodySink, StreamListener, Deadline {
  deadlineAt = 0
  readonly #owner: ExchangeOwner
  readonly #errand: Errand
  readonly #isRepeat: boolean
  #handler: DispatchHandler | undefined
  #connection: Http2Connection | undefined
  #stream: Stream | undefined
  #isWatched = false
  /** Others had used the connection before. */
  #isReused = false
  #isHolding = false
  #sent = false
  #heard = false
  #answered = false
  /** Octets that the content of the request still has; -1 where nobody knows. */
  #left = -1

  constructor(owner: ExchangeOwner, errand: Errand, isRepeat: boolean) {
    this.#owner = owner
    this.#errand = errand
    this.#isRepeat = isRepeat
    this.#handler = errand.handler
  }

  /** Whether anyone still waits for the response. */
  get isOver(): boolean {
    return this.#handler === undefined
  }

  /** Tells the handler who works for it; it may give up at once. */
  announce(): void {
    this.#handler?.onRequestStart(this)
  }

  /** There is no connection yet. */
  wait(): void {
    this.#expectWithin(this.#owner.timeouts.dialMs)
  }

  /** Lets go of a request that is still waiting: someone else will send it. */
  handOver(): Errand {
    this.#release()
    return this.#errand
  }

  /** Sends the request. */
  begin(connection: Http2Connection): void {
    const { request, hostField } = this.#errand
    const { body } = request
    const fields = requestFields(request, this.#owner.secure ? 'https' : 'http', hostField)
    if (fields instanceof GatewayError) {
      this.abort(fields)
      return
    }
    this.#connection = connection
    this.#isReused = connection.isUsed
    this.deadlineAt = 0
    if (body !== undefined) this.#left = body.length
    const stream = connection.open(fields, body === undefined)
    this.#stream = stream
    stream.listener = this
    stream.resume()
    this.#isHolding = request.expectsContinue && body !== undefined
    if (body === undefined) this.#onSent()
    else if (this.#isHolding) this.#expectWithin(CONTINUE_MS)
    else body.start(this)
  }

  // ── DispatchController: the one who listens to the answer ──────────────────────────────────────────────

  pause(): void {
    this.#stream?.pause()
  }

  resume(): void {
    this.#stream?.resume()
  }

  abort(error: GatewayError): void {
    const handler = this.#release()
    const stream = this.#stream
    if (stream === undefined) this.#owner.onGivenUp(this)
    else stream.reset(CODE.cancel)
    handler?.onResponseError(this, error)
  }

  // ── BodySink: the content of the request ───────────────────────────────────────────────────────────────

  /** Content of a known length ends with its last octet, in the same frame. */
  onBodyData(chunk: Buffer): void {
    const stream = this.#stream
    if (this.isOver || stream === undefined || chunk.length === 0) return
    if (this.#left > 0) this.#left -= chunk.length
    if (this.#left === 0) stream.end(chunk)
    else if (!stream.write(chunk)) this.#errand.request.body?.pause()
  }

  onBodyEnd(trailers: Headers | undefined): void {
    if (this.isOver) return
    const fields = trailers === undefined ? [] : requestTrailers(trailers)
    if (fields.length > 0) this.#stream?.endWith(fields)
    else this.#stream?.end()
    this.#onSent()
  }

  /** The stream must be cut, so that the server never takes the content as complete. */
  onBodyError(error: GatewayError): void {
    if (!this.isOver) this.abort(error)
  }

  // ── Deadline ───────────────────────────────────────────────────────────────────────────────────────────

  onDeadline(): void {
    if (this.#stream === undefined) this.abort(new GatewayError('GTW_UPSTREAM_DIAL_TIMEOUT', this.#owner.server))
    else if (this.#isHolding) this.#goOn()
    else if (!this.#answered) this.abort(new GatewayError('GTW_UPSTREAM_TIMEOUT', this.#owner.server))
  }

  // ── the stream ─────────────────────────────────────────────────────────────────────────────────────────

  onStreamHead(fields: readonly string[], isLast: boolean): void {
    if (this.isOver) return
    const statusCode = statusOf(fields)
    const headers = responseHeaders(statusCode, fields)
    const isInfo = statusCode < 200
    if (statusCode === 0 || headers === undefined || (isInfo && isLast)) this.#stream?.reset(CODE.protocolError)
    else if (isInfo) this.#onInfo(statusCode, headers)
    else this.#onResponse(statusCode, headers, isLast)
  }

  onStreamData(chunk: Buffer): void {
    this.#handler?.onResponseData(this, chunk)
  }

  onStreamEnd(trailers: readonly string[] | undefined): void {
    const stream = this.#stream
    const handler = this.#release()
    // Nobody needs the rest of the request (RFC 9113 §8.1).
    if (!this.#sent) stream?.reset(CODE.noError)
    handler?.onResponseEnd(this, trailers === undefined ? undefined : responseTrailers(trailers))
  }

  onStreamDrain(): void {
    this.#errand.request.body?.resume()
  }

  /** A response that is whole stays so, although it is not read to its end yet. */
  onStreamClose(code: number | undefined): void {
    const stream = this.#stream
    if (this.isOver || stream === undefined || stream.hasReceived) return
    this.#fail(stream, code ?? CODE.noError)
  }

  #onSent(): void {
    this.#sent = true
    if (!this.#answered) this.#expectWithin(this.#owner.timeouts.responseHeadMs)
  }

  #goOn(): void {
    if (!this.#isHolding) return
    this.#isHolding = false
    this.deadlineAt = 0
    this.#errand.request.body?.start(this)
  }

  #onInfo(statusCode: number, headers: Headers): void {
    this.#heard = true
    // The client hears of it from its own content, when that is asked for.
    if (statusCode === 100) this.#goOn()
    else this.#handler?.onResponseInfo(this, statusCode, headers)
  }

  #onResponse(statusCode: number, headers: Headers, isLast: boolean): void {
    const stream = this.#stream as Stream
    const length = hasContent(this.#errand.request, statusCode) ? headers.contentLength : 0
    stream.hasHead = true
    if (isLast && length > 0) {
      stream.reset(CODE.protocolError)
      return
    }
    if (length >= 0) stream.expect(length)
    // The head can be the whole response: who passes it on must know at once, as gRPC looks for its status there.
    else if (isLast) headers.contentLength = 0
    this.#heard = true
    this.#answered = true
    this.#isHolding = false
    this.deadlineAt = 0
    this.#handler?.onResponseStart(this, statusCode, headers)
  }

  #fail(stream: Stream, code: number): void {
    const { server, secure } = this.#owner
    const connection = this.#connection as Http2Connection
    const isGone = connection.isGone && code !== CODE.refusedStream
    const error = toStreamError(connection.cause, code, { server, secure, isGone })
    const isStale = isGone && this.#isReused && GONE.has(error.code) && isReplayable(this.#errand.request)
    const isRefused = connection.hasRefused(stream, code) && isUntouched(this.#errand.request)
    const repeats = !this.#isRepeat && !this.#heard && (isStale || isRefused)
    const handler = this.#release()
    if (repeats) this.#owner.onRepeat(this.#errand)
    else handler?.onResponseError(this, error)
  }

  /** Lets go of the exchange: nothing that still happens here reaches its handler. */
  #release(): DispatchHandler | undefined {
    const handler = this.#handler
    this.#handler = undefined
    this.deadlineAt = 0
    if (this.#isWatched) this.#owner.clock.unwatch(this)
    this.#isWatched = false
    return handler
  }

  #expectWithin(limitMs: number): void {
    this.deadlineAt = this.#owner.clock.in(limitMs)
    if (this.#isWatched || limitMs === 0) return
    this.#isWatched = true
    this.#owner.clock.watch(this)
  }
}

function hasContent({ method }: RequestHead, statusCode: number): boolean {
  return method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
}
