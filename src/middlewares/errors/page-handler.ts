import type { DispatchController, DispatchHandler } from '../../dispatch/dispatch.ts'
import { ForwardingHandler } from '../../dispatch/forwarding-handler.ts'
import { replyStatus } from '../../dispatch/reply.ts'
import { CODES, type GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'

/** Hears the service that makes the page: the client gets it with another status. */
export class PageHandler extends ForwardingHandler {
  readonly #status: number
  readonly #onOver: () => void
  #isStarted = false

  constructor(next: DispatchHandler, status: number, onOver: () => void) {
    super(next)
    this.#status = status
    this.#onOver = onOver
  }

  /** What is on its way to the page is no news to the client. */
  override onResponseInfo(): void {}

  override onResponseStart(controller: DispatchController, _statusCode: number, headers: Headers): void {
    this.#isStarted = true
    this.next.onResponseStart(controller, this.#status, headers)
  }

  override onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    this.#onOver()
    this.next.onResponseEnd(controller, trailers)
  }

  /** Without a page the status is still the one that the client should hear. */
  override onResponseError(controller: DispatchController, error: GatewayError): void {
    this.#onOver()
    if (this.#isStarted || CODES[error.code].fault === 'client') this.next.onResponseError(controller, error)
    else replyStatus(this.next, this.#status, error.responseFields)
  }
}
