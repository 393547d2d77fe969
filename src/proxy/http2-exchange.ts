import type { DispatchController, DispatchHandler, Tunnel } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import { removeResponseHopByHop } from '../http/hop-by-hop.ts'
import type { RequestHead } from '../http/request.ts'
import { CODE } from '../http2/protocol.ts'
import type { Stream, StreamListener } from '../http2/stream.ts'
import { BodyPace, type PaceRules } from './body-pace.ts'
import { httpDate } from './http-date.ts'
import { type BodyEvents, Http2Body } from './http2-body.ts'
import { infoFields, responseFields, trailerFields } from './http2-fields.ts'
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
  readonly pace: PaceRules
  /** Content went one way or the other. */
  onProgress(): void
  /** The stream is gone; `isEarly` where its answer was not complete. */
  onExchangeEnd(exchange: Http2Exchange, isEarly: boolean): void
  /** The request fails; whether the client is to blame is in the error. */
  onFault(error: GatewayError): void
}

const NO_PACE: PaceRules = { minRate: 0, idleMs: 0 }

/** Asks for the content of a request. */
const GO_ON = [':status', '100']

/** One stream of a session: a request and its response, written as the handler tree tells it. */
export class Http2Exchange implements DispatchHandler, StreamListener, BodyEvents {
  readonly request: RequestHead
  readonly body: Http2Body | undefined
  readonly #stream: Stream
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
  #tunnel: Http2Tunnel | undefined
  #pace: BodyPace | undefined

  constructor(owner: Http2ExchangeOwner, stream: Stream, request: RequestHead) {
    this.#owner = owner
    this.#stream = stream
    this.request = request
    const ended = stream.hasReceived
    if (request.upgrade === undefined && (!ended || request.headers.contentLength === 0)) {
      this.body = new Http2Body(stream, request, this)
      request.body = this.body
    }
    this.#expectWithin(ended ? owner.writeTimeoutMs : request.upgrade === undefined ? owner.readTimeoutMs : 0)
    stream.listener = this
  }

  /** Whether the client has not taken what was written for so long. */
  isStalled(now: number, forMs: number): boolean {
    return this.#stalledAt !== 0 && now - this.#stalledAt >= forMs
  }

  /** Called now and then by the session. */
  tick(now: number): void {
    if (this.isStalled(now, STALL_MS)) this.#breakStream()
    else if ((this.#dueAt !== 0 && now >= this.#dueAt) || this.#isTooSlow(now)) this.#onLate()
  }

  /** Messages of gRPC come when there is something to tell, and content behind the answer in turns with it. */
  #isTooSlow(now: number): boolean {
    const { body } = this
    if (body === undefined || body.ended || this.#state !== 'waiting') return false
    if (this.#pace !== undefined) return this.#pace.isTooSlow(body, now)
    const isPaced = this.request.headers.get('content-type')?.startsWith('application/grpc') !== true
    this.#pace = new BodyPace(isPaced ? this.#owner.pace : NO_PACE, now)
    return false
  }

  // ── DispatchHandler ────────────────────────────────────────────────────────────────────────────────────

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller
    if (this.#state === 'gone' || this.#error !== undefined) controller.abort(this.#error ?? new GatewayError('GTW_CLIENT_GONE'))
  }

  onResponseInfo(_controller: DispatchController, statusCode: number, headers: Headers): void {
    // The gateway has answered an expectation itself.
    if (this.#state !== 'waiting' || statusCode === 100) return
    removeResponseHopByHop(headers)
    this.#stream.head(infoFields(statusCode, headers), false)
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
    if (!this.#respond(200, headers, false)) {
      tunnel.destroy()
      return
    }
    this.#tunnel = new Http2Tunnel(this.#stream)
    splice(this.#tunnel, tunnel)
  }

  onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    if (this.#state !== 'waiting') return
    removeResponseHopByHop(headers)
    this.#state = 'answering'
    this.#left = hasContent(this.request, statusCode) ? headers.contentLength : 0
    if (!this.#respond(statusCode, headers, this.#left === 0))
      controller.abort(new GatewayError('GTW_UPSTREAM_INVALID', 'its head cannot be written'))
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (this.#state !== 'answering' || this.#left === 0 || chunk.length === 0) return
    this.#owner.onProgress()
    if (this.#left > 0) {
      this.#left = Math.max(0, this.#left - chunk.length)
      if (this.#left === 0) {
        this.#stream.end(chunk)
        return
      }
    }
    if (this.#stream.write(chunk)) return
    controller.pause()
    this.#stalledAt ||= this.#owner.now
  }

  onResponseEnd(_controller: DispatchController, trailers: Headers | undefined): void {
    if (this.#state !== 'answering') return
    const stream = this.#stream
    this.#controller = undefined
    this.#state = 'answered'
    this.#dueAt = 0
    if (trailers !== undefined && this.#left === -1) stream.endWith(trailerFields(trailers))
    else stream.end()
    if (!stream.hasEnded) this.#stalledAt ||= this.#owner.now
    // Whoever still sends a request that is answered can stop (RFC 9113 §8.1).
    if (!stream.isClosed && this.body?.ended === false) stream.dismiss()
  }

  onResponseError(_controller: DispatchController | undefined, error: GatewayError): void {
    this.#controller = undefined
    this.#owner.onFault(error)
    if (this.#state === 'waiting' && error.code !== 'GTW_CLIENT_GONE') replyError(this, error)
    else if (this.#state !== 'answered' && this.#state !== 'gone') this.#breakStream()
  }

  // ── BodyEvents ─────────────────────────────────────────────────────────────────────────────────────────

  onBodyWanted(): void {
    if (this.#state === 'waiting') this.#stream.head(GO_ON, false)
  }

  onBodyProgress(): void {
    this.#owner.onProgress()
  }

  onBodyComplete(): void {
    this.#expectWithin(this.#owner.writeTimeoutMs)
  }

  // ── StreamListener ─────────────────────────────────────────────────────────────────────────────────────

  /** Only servers send one. */
  onStreamHead(): void {}

  onStreamData(chunk: Buffer): void {
    if (this.#tunnel === undefined) this.body?.onData(chunk)
    else this.#tunnel.onData(chunk)
  }

  onStreamEnd(trailers: readonly string[] | undefined): void {
    if (this.#tunnel === undefined) this.body?.onEnd(trailers)
    else this.#tunnel.onEnd()
  }

  onStreamDrain(): void {
    this.#stalledAt = 0
    if (this.#tunnel === undefined) this.#controller?.resume()
    else this.#tunnel.onDrain()
  }

  /** An answer of which all was written is whole, whatever the client still had to say. */
  onStreamClose(code: number | undefined): void {
    const isAnswered = this.#stream.hasEnded || this.#state === 'tunnel'
    this.#state = 'gone'
    if (!isAnswered || this.body?.ended === false) this.#abandon()
    this.#tunnel?.onClose(code)
    this.#owner.onExchangeEnd(this, !isAnswered)
  }

  /** Returns whether the head could be written. */
  #respond(statusCode: number, headers: Headers, isLast: boolean): boolean {
    const fields = responseFields(statusCode, headers, httpDate())
    if (fields === undefined) this.#state = 'waiting'
    else this.#stream.head(fields, isLast)
    return fields !== undefined
  }

  /** The end that would make the answer look whole is left out (RFC 9113 §8.1). */
  #breakStream(): void {
    this.#stream.reset(CODE.internalError)
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

function hasContent({ method }: RequestHead, statusCode: number): boolean {
  return method !== 'HEAD' && statusCode !== 204 && statusCode !== 205 && statusCode !== 304
}
