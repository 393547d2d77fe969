import { type ClientHttp2Stream, constants } from 'node:http2'
import type { DispatchController, DispatchHandler } from '../dispatch/dispatch.ts'
import { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import type { BodySink, RequestHead } from '../http/request.ts'
import type { Clock, Deadline } from '../runtime/clock.ts'
import type { Http2Connection, Http2Timeouts } from './http2-connection.ts'
import { toStreamError } from './http2-error.ts'
import { requestFields, requestTrailers, responseHeaders, responseTrailers } from './http2-fields.ts'
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
export class Http2Exchange implements DispatchController, BodySink, Deadline {
  deadlineAt = 0
  readonly #owner: ExchangeOwner
  readonly #errand: Errand
  readonly #isRepeat: boolean
  #handler: DispatchHandler | undefined
  #connection: Http2Connection | undefined
  #stream: ClientHttp2Stream | undefined
  #isWatched = false
  /** Others had used the connection before. */
  #isReused = false
  #isHolding = false
  #sent = false
  #heard = false
  #answered = false
  /** END_STREAM has come: what is not complete without it is complete with it. */
  #isWhole = false
  /** Octets that the response has declared and not sent; negative where it has declared nothing. */
  #octetsLeft = -1
  #requestTrailers: Headers | undefined
  #trailers: Headers | undefined

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
    try {
      // Content of a known length has no trailers: its last frame is also the end of the stream.
      this.#stream = connection.open(fields, { endStream: body === undefined, waitForTrailers: body?.length === -1 })
    } catch (error) {
      this.abort(new GatewayError('GTW_INTERNAL', 'the request to the server would not be valid', { cause: error }))
      return
    }
    this.#listen(this.#stream)
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
    else if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL)
    handler?.onResponseError(this, error)
  }

  // ── BodySink: the content of the request ───────────────────────────────────────────────────────────────

  onBodyData(chunk: Buffer): void {
    const stream = this.#stream
    if (this.isOver || stream === undefined || stream.writableEnded) return
    if (!stream.write(Buffer.from(chunk))) this.#errand.request.body?.pause()
  }

  onBodyEnd(trailers: Headers | undefined): void {
    if (this.isOver) return
    this.#requestTrailers = trailers
    this.#stream?.end()
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

  #listen(stream: ClientHttp2Stream): void {
    // A stream ends the same way after END_STREAM and after a reset without an error. Only the first ends it before it is closed.
    const push = stream.push
    stream.push = (chunk, encoding) => {
      if (chunk === null && !stream.closed) this.#isWhole = true
      return push.call(stream, chunk, encoding)
    }
    stream.on('headers', (headers, _flags, fields) => this.#onInfo(Number(headers[':status']), fields))
    stream.on('response', (_headers, flags, fields) => this.#onResponse(stream, flags, fields))
    stream.on('trailers', (_headers, _flags, fields) => {
      this.#trailers = responseTrailers(fields)
    })
    stream.on('drain', () => this.#errand.request.body?.resume())
    stream.on('wantTrailers', () => stream.sendTrailers(requestTrailers(this.#requestTrailers)))
    stream.on('error', (error) => this.#onEnd(stream, error))
    stream.on('close', () => this.#onEnd(stream, undefined))
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

  #onInfo(statusCode: number, fields: readonly string[]): void {
    this.#heard = true
    // The client hears of it from its own content, when that is asked for.
    if (statusCode === constants.HTTP_STATUS_CONTINUE) this.#goOn()
    else this.#handler?.onResponseInfo(this, statusCode, responseHeaders(statusCode, fields))
  }

  #onResponse(stream: ClientHttp2Stream, flags: number, fields: readonly string[]): void {
    if (this.isOver) return
    this.#heard = true
    this.#answered = true
    this.#isHolding = false
    this.deadlineAt = 0
    const statusCode = Number(fields[1])
    const headers = responseHeaders(statusCode, fields)
    if (hasContent(this.#errand.request, statusCode)) {
      // The head can be the whole response: who passes it on must know at once, as gRPC looks for its status there.
      if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) headers.contentLength = 0
      this.#octetsLeft = headers.contentLength
    }
    this.#handler?.onResponseStart(this, statusCode, headers)
    if (this.isOver) return
    stream.on('data', (chunk: Buffer) => this.#onData(chunk))
    stream.on('end', () => this.#onEnd(stream, undefined))
  }

  #onData(chunk: Buffer): void {
    this.#octetsLeft -= chunk.length
    this.#handler?.onResponseData(this, chunk)
  }

  /** Comes up to three times: at the end of the content, with an error, and when the stream is closed. The first one counts. */
  #onEnd(stream: ClientHttp2Stream, cause: Error | undefined): void {
    if (this.isOver) return
    // Servers made with node:http2 sometimes reset a stream without an error where END_STREAM should be: a length tells, too.
    const isCounted = this.#octetsLeft === 0 && stream.rstCode === constants.NGHTTP2_NO_ERROR && cause === undefined
    if (this.#answered && (this.#isWhole || (isCounted && stream.closed))) this.#finish(stream)
    else this.#fail(stream, cause)
  }

  #finish(stream: ClientHttp2Stream): void {
    // A reset that follows the response takes nothing away from it (RFC 9113 §8.1); what was read before is still there.
    for (let rest = stream.read(); rest !== null; rest = stream.read()) this.#onData(rest)
    const handler = this.#release()
    if (!this.#sent && !stream.closed) stream.close(constants.NGHTTP2_NO_ERROR)
    handler?.onResponseEnd(this, this.#trailers)
  }

  #fail(stream: ClientHttp2Stream, cause: Error | undefined): void {
    const { server, secure } = this.#owner
    const isGone = this.#connection?.isGone === true
    const error = toStreamError(cause, stream.rstCode, { server, secure, isGone })
    const isStale = isGone && this.#isReused && GONE.has(error.code) && isReplayable(this.#errand.request)
    const isRefused = this.#connection?.hasRefused(stream) === true && isUntouched(this.#errand.request)
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
  return method !== 'HEAD' && statusCode !== constants.HTTP_STATUS_NO_CONTENT && statusCode !== constants.HTTP_STATUS_NOT_MODIFIED
}
