import { constants, type ServerHttp2Stream } from 'node:http2'
import type { DispatchController, DispatchHandler, Tunnel } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import { removeResponseHopByHop } from '../http/hop-by-hop.ts'
import type { RequestHead } from '../http/request.ts'
import { httpDate } from './http-date.ts'
import { Http2Body } from './http2-body.ts'
import { fieldObject, responseFields, trailerFields } from './http2-fields.ts'
import { acceptsWebsocket } from './http2-request.ts'
import { Http2Tunnel } from './http2-tunnel.ts'
import { splice } from './splice.ts'

/** A client has so long to take what was written for it; taking an octet now and then does not count [CVE-2026-49975]. */
const STALL_MS = 60_000

/** The session that an exchange belongs to. */
export interface Http2ExchangeOwner {
  /** Milliseconds of the clock. */
  readonly now: number
  readonly readTimeoutMs: number
  readonly writeTimeoutMs: number
  /** Content went one way or the other. */
  onProgress(): void
  /** The stream is gone; `isEarly` where its answer was not complete. */
  onExchangeEnd(exchange: Http2Exchange, isEarly: boolean): void
  /** The request fails; whether the client is to blame is in the error. */
  onFault(error: GatewayError): void
}

/** Becomes RST_STREAM with INTERNAL_ERROR. */
const BROKEN = new GatewayError('GTW_CLIENT_GONE')

const ANSWERED = { endStream: true, sendDate: false } as const
const WITH_CONTENT = { endStream: false, sendDate: false } as const
const WITH_TRAILERS = { endStream: false, sendDate: false, waitForTrailers: true } as const

/** One stream of a session: a request and its response, written as the handler tree tells it. */
export class Http2Exchange implements DispatchHandler {
  readonly request: RequestHead
  readonly body: Http2Body | undefined
  readonly #stream: ServerHttp2Stream
  readonly #owner: Http2ExchangeOwner
  #controller: DispatchController | undefined
  #state: 'waiting' | 'answering' | 'answered' | 'tunnel' | 'gone' = 'waiting'
  /** Octets of the content that are still to be written; -1 where nobody knows. */
  #left = -1
  /** When the request, then the response, must be complete; 0 for no limit. */
  #dueAt = 0
  /** Since when the client has not taken what was written; 0 while it does. */
  #stalledAt = 0
  #error: GatewayError | undefined

  constructor(owner: Http2ExchangeOwner, stream: ServerHttp2Stream, request: RequestHead) {
    this.#owner = owner
    this.#stream = stream
    this.request = request
    const ended = stream.endAfterHeaders
    const hasBody = request.upgrade === undefined && (!ended || request.headers.contentLength === 0)
    if (hasBody) {
      this.body = new Http2Body(stream, request, {
        ended,
        onBodyProgress: () => owner.onProgress(),
        onBodyComplete: () => this.#expectWithin(owner.writeTimeoutMs),
      })
      request.body = this.body
    }
    this.#expectWithin(ended ? owner.writeTimeoutMs : request.upgrade === undefined ? owner.readTimeoutMs : 0)
    stream.on('close', () => this.#onClose())
  }

  /** Whether the client has not taken what was written for so long. */
  isStalled(now: number, forMs: number): boolean {
    return this.#stalledAt !== 0 && now - this.#stalledAt >= forMs
  }

  /** Called now and then by the session. */
  tick(now: number): void {
    if (this.isStalled(now, STALL_MS)) this.#breakStream()
    else if (this.#dueAt !== 0 && now >= this.#dueAt) this.#onLate()
  }

  // ── DispatchHandler ────────────────────────────────────────────────────────────────────────────────────

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller
    if (this.#state === 'gone' || this.#error !== undefined) controller.abort(this.#error ?? new GatewayError('GTW_CLIENT_GONE'))
  }

  onResponseInfo(_controller: DispatchController, statusCode: number, headers: Headers): void {
    // The gateway has answered an expectation itself.
    if (this.#state !== 'waiting' || this.#stream.closed || statusCode === 100) return
    removeResponseHopByHop(headers)
    try {
      this.#stream.additionalHeaders({ ':status': statusCode, ...fieldObject(headers, isNoLength) })
    } catch {
      // An interim response that HTTP/2 cannot express is left out: the final one is what counts.
    }
  }

  onRequestUpgrade(_controller: DispatchController, _statusCode: number, headers: Headers, tunnel: Tunnel): void {
    if (this.#state !== 'waiting' || !acceptsWebsocket(this.request, headers)) {
      tunnel.destroy()
      this.onResponseError(undefined, new GatewayError('GTW_UPSTREAM_INVALID', 'the handshake was not accepted as it was made'))
      return
    }
    removeResponseHopByHop(headers)
    headers.delete('sec-websocket-accept')
    this.#state = 'tunnel'
    this.#dueAt = 0
    if (!this.#respond(200, headers, WITH_CONTENT)) tunnel.destroy()
    else splice(new Http2Tunnel(this.#stream), tunnel)
  }

  onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    if (this.#state !== 'waiting') return
    removeResponseHopByHop(headers)
    this.#state = 'answering'
    this.#left = hasContent(this.request, statusCode) ? headers.contentLength : 0
    const options = this.#left === 0 ? ANSWERED : this.#left > 0 ? WITH_CONTENT : WITH_TRAILERS
    if (!this.#respond(statusCode, headers, options))
      controller.abort(new GatewayError('GTW_UPSTREAM_INVALID', 'its head cannot be written'))
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    const stream = this.#stream
    if (this.#state !== 'answering' || this.#left === 0 || chunk.length === 0 || stream.destroyed) return
    // The chunk is over after the call, and the library writes it later.
    const copy = Buffer.from(chunk)
    this.#owner.onProgress()
    if (this.#left > 0) {
      this.#left = Math.max(0, this.#left - chunk.length)
      if (this.#left === 0) {
        stream.end(copy)
        return
      }
    }
    if (stream.write(copy)) return
    controller.pause()
    if (this.#stalledAt !== 0) return
    this.#stalledAt = this.#owner.now
    stream.once('drain', () => this.#onDrain())
  }

  onResponseEnd(_controller: DispatchController, trailers: Headers | undefined): void {
    if (this.#state !== 'answering') return
    const stream = this.#stream
    this.#controller = undefined
    this.#state = 'answered'
    this.#dueAt = 0
    this.#stalledAt ||= this.#owner.now
    if (trailers !== undefined && this.#left === -1) stream.once('wantTrailers', () => stream.sendTrailers(trailerFields(trailers)))
    if (!stream.writableEnded) stream.end()
    // Whoever still sends a request that is answered can stop (RFC 9113 §8.1).
    if (this.body?.ended === false) stream.close(constants.NGHTTP2_NO_ERROR)
  }

  onResponseError(_controller: DispatchController | undefined, error: GatewayError): void {
    this.#controller = undefined
    this.#owner.onFault(error)
    if (this.#state === 'waiting' && error.code !== 'GTW_CLIENT_GONE') replyError(this, error)
    else if (this.#state !== 'answered' && this.#state !== 'gone') this.#breakStream()
  }

  /** Returns whether the head could be written. */
  #respond(statusCode: number, headers: Headers, options: typeof ANSWERED | typeof WITH_CONTENT | typeof WITH_TRAILERS): boolean {
    const fields = responseFields(statusCode, headers, httpDate())
    if (fields === undefined || this.#stream.closed) return this.#cannotRespond()
    try {
      this.#stream.respond(fields as never, options)
      return true
    } catch {
      return this.#cannotRespond()
    }
  }

  #cannotRespond(): false {
    if (!this.#stream.headersSent && !this.#stream.closed) this.#state = 'waiting'
    return false
  }

  /** Only like this the library leaves the end out that would make the answer look whole (RFC 9113 §8.1). */
  #breakStream(): void {
    this.#stream.destroy(BROKEN)
  }

  #onDrain(): void {
    this.#stalledAt = 0
    this.#controller?.resume()
  }

  /** The request does not come in time, or the response does not go. */
  #onLate(): void {
    this.#dueAt = 0
    const error = new GatewayError('GTW_REQUEST_TIMEOUT')
    if (this.#state !== 'waiting' || this.body === undefined || this.body.ended) {
      this.#breakStream()
      return
    }
    this.#error = error
    this.body.fail(error)
    // Whoever was reading has answered by now.
    if (this.#state === 'waiting') this.#controller?.abort(error)
    if (this.#state === 'waiting') this.onResponseError(undefined, error)
  }

  #onClose(): void {
    const state = this.#state
    const isEarly = state === 'waiting' || state === 'answering' || (state === 'answered' && !this.#stream.writableFinished)
    this.#state = 'gone'
    if (isEarly || this.body?.ended === false) this.#abandon()
    this.#owner.onExchangeEnd(this, isEarly)
  }

  /** Whoever works on it can stop. An error costs 3 µs: it is made only where somebody needs it. */
  #abandon(): void {
    const error = new GatewayError('GTW_CLIENT_GONE')
    this.body?.fail(error)
    this.#controller?.abort(error)
    this.#controller = undefined
  }

  #expectWithin(limitMs: number): void {
    this.#dueAt = limitMs === 0 ? 0 : this.#owner.now + limitMs
  }
}

function isNoLength(name: string): boolean {
  return name !== 'content-length'
}

function hasContent({ method }: RequestHead, statusCode: number): boolean {
  return method !== 'HEAD' && statusCode !== 204 && statusCode !== 205 && statusCode !== 304
}
