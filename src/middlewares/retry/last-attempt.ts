import type { DispatchController, DispatchHandler, Tunnel } from '../../dispatch/dispatch.ts'
import { ForwardingHandler } from '../../dispatch/forwarding-handler.ts'
import type { GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import type { RetriedRequest } from './retried-request.ts'

/** Hears the attempt that is the client's whatever comes of it, to know when the request is over. */
export class LastAttempt extends ForwardingHandler {
  readonly #retried: RetriedRequest

  constructor(retried: RetriedRequest, next: DispatchHandler) {
    super(next)
    this.#retried = retried
  }

  override onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    this.#retried.end()
    this.next.onRequestUpgrade(controller, statusCode, headers, tunnel)
  }

  override onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    this.#retried.end()
    this.next.onResponseEnd(controller, trailers)
  }

  override onResponseError(controller: DispatchController, error: GatewayError): void {
    this.#retried.end()
    this.next.onResponseError(controller, error)
  }
}
