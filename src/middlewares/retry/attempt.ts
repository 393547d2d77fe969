import type { DispatchController, DispatchHandler, Tunnel } from '../../dispatch/dispatch.ts'
import { ForwardingHandler } from '../../dispatch/forwarding-handler.ts'
import type { GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import { cutAnswer, DiscardedAnswer } from '../shared/discarded-answer.ts'
import type { RetriedRequest } from './retried-request.ts'

/**
 * Hears one attempt that is not the last.
 *
 *   waiting ──▶ passing      the answer is the client's
 *      └──────▶ discarding   another attempt follows; what still comes is thrown away
 */
export class Attempt extends ForwardingHandler {
  readonly #retried: RetriedRequest
  #state: 'waiting' | 'passing' | 'discarding' = 'waiting'
  #discarded: DiscardedAnswer | undefined

  constructor(retried: RetriedRequest, next: DispatchHandler) {
    super(next)
    this.#retried = retried
  }

  /** Whether its final answer is for the client is not known yet. */
  override onResponseInfo(): void {}

  override onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    this.#pass()
    this.#retried.end()
    this.next.onRequestUpgrade(controller, statusCode, headers, tunnel)
  }

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    if (!this.#retried.isRefused(statusCode)) {
      this.#pass()
      this.next.onResponseStart(controller, statusCode, headers)
      return
    }
    this.#state = 'discarding'
    this.#discarded = new DiscardedAnswer()
    // Its server would wait for the rest of the content.
    if (!this.#retried.isWhole) cutAnswer(controller)
    this.#retried.again()
  }

  override onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (this.#discarded === undefined) this.next.onResponseData(controller, chunk)
    else this.#discarded.take(controller, chunk)
  }

  override onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    if (this.#state !== 'passing') return
    this.#retried.end()
    this.next.onResponseEnd(controller, trailers)
  }

  override onResponseError(controller: DispatchController, error: GatewayError): void {
    if (this.#state === 'discarding') return
    if (this.#state === 'waiting' && this.#retried.isWorthAnother(error)) {
      this.#state = 'discarding'
      this.#retried.again()
      return
    }
    this.#pass()
    this.#retried.end()
    this.next.onResponseError(controller, error)
  }

  #pass(): void {
    this.#state = 'passing'
    this.#retried.release()
  }
}
