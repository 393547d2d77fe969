import type { DispatchController, DispatchHandler, Tunnel } from '../../dispatch/dispatch.ts'
import { replyStatus } from '../../dispatch/reply.ts'
import { CODES, GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import type { BodySink, RequestBody } from '../../http/request.ts'
import { cutAnswer, DiscardedAnswer } from '../shared/discarded-answer.ts'
import type { BufferedRequest } from './buffered-request.ts'
import { HeldContent } from './held-content.ts'

/**
 * One response, held back until all of its content has come.
 *
 *   waiting ──▶ holding ──▶ giving ──▶ over     giving: it is complete, and goes to the client at the client's pace
 *      ├──────▶ passing ──▶ over                passing: it has no content to hold
 *      └──────▶ discarding                      another attempt follows
 */
export class BufferedResponse implements DispatchHandler, DispatchController, BodySink {
  readonly #exchange: BufferedRequest
  readonly #handler: DispatchHandler
  #state: 'waiting' | 'holding' | 'giving' | 'passing' | 'discarding' | 'over' = 'waiting'
  #content: HeldContent | undefined
  #reader: RequestBody | undefined
  #statusCode = 0
  #headers: Headers | undefined
  #trailers: Headers | undefined
  readonly #discarded = new DiscardedAnswer()

  constructor(exchange: BufferedRequest, handler: DispatchHandler) {
    this.#exchange = exchange
    this.#handler = handler
  }

  // ── DispatchHandler: from the server ───────────────────────────────────────────────────────────────────

  onRequestStart(controller: DispatchController): void {
    this.#handler.onRequestStart(controller)
  }

  onResponseInfo(controller: DispatchController, statusCode: number, headers: Headers): void {
    this.#handler.onResponseInfo(controller, statusCode, headers)
  }

  onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    this.#over()
    this.#handler.onRequestUpgrade(controller, statusCode, headers, tunnel)
  }

  onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    const { maxResponse, responseInMemory } = this.#exchange.rules
    if (this.#exchange.isRefused(statusCode)) {
      this.#state = 'discarding'
      this.#exchange.again()
    } else if (this.#exchange.method === 'HEAD' || statusCode === 204 || statusCode === 304) {
      this.#state = 'passing'
      this.#handler.onResponseStart(controller, statusCode, headers)
    } else if (headers.contentLength > maxResponse) this.#refuse(controller)
    else {
      this.#state = 'holding'
      this.#statusCode = statusCode
      this.#headers = headers
      this.#content = new HeldContent(responseInMemory, () => controller.resume())
    }
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    const content = this.#content
    if (this.#state === 'discarding') this.#discarded.take(controller, chunk)
    if (this.#state !== 'holding' || content === undefined) return
    if (content.size + chunk.length > this.#exchange.rules.maxResponse) this.#refuse(controller)
    else if (!content.write(chunk)) controller.pause()
  }

  onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    if (this.#state === 'passing') {
      this.#over()
      this.#handler.onResponseEnd(controller, trailers)
    }
    if (this.#state !== 'holding') return
    this.#state = 'giving'
    this.#trailers = trailers
    this.#handler.onRequestStart(this)
    this.#content?.end((error) => this.#give(error))
  }

  onResponseError(controller: DispatchController, error: GatewayError): void {
    if (this.#state === 'discarding' || this.#state === 'over') return
    const { fault, status } = CODES[error.code]
    if (this.#state === 'waiting' && fault === 'upstream' && this.#exchange.isRefused(status)) {
      this.#state = 'discarding'
      this.#exchange.again()
      return
    }
    this.#over()
    this.#handler.onResponseError(controller, error)
  }

  // ── DispatchController: the client, while it gets what was held ────────────────────────────────────────

  pause(): void {
    this.#reader?.pause()
  }

  resume(): void {
    this.#reader?.resume()
  }

  abort(error: GatewayError): void {
    if (this.#state === 'over') return
    this.#over()
    this.#handler.onResponseError(this, error)
  }

  // ── BodySink: what was held ────────────────────────────────────────────────────────────────────────────

  onBodyData(chunk: Buffer): void {
    if (this.#state === 'giving') this.#handler.onResponseData(this, chunk)
  }

  onBodyEnd(): void {
    if (this.#state !== 'giving') return
    this.#over()
    this.#handler.onResponseEnd(this, this.#trailers)
  }

  onBodyError(error: GatewayError): void {
    this.abort(error)
  }

  #give(error: Error | undefined): void {
    const [headers, content] = [this.#headers, this.#content]
    if (this.#state !== 'giving' || headers === undefined || content === undefined) return
    if (error !== undefined) {
      this.abort(new GatewayError('GTW_INTERNAL', `content cannot be held: ${error.message}`, { cause: error }))
      return
    }
    // Trailers need chunks around the content (RFC 9112 §7.1.2).
    if (this.#trailers === undefined) headers.contentLength = content.size
    this.#handler.onResponseStart(this, this.#statusCode, headers)
    this.#reader = content.open()
    this.#reader.start(this)
  }

  /** It is larger than may be. */
  #refuse(controller: DispatchController): void {
    this.#over()
    cutAnswer(controller)
    replyStatus(this.#handler, 500)
  }

  #over(): void {
    this.#state = 'over'
    this.#content?.close()
    this.#exchange.release()
  }
}
