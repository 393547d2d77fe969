import type { DispatchController, DispatchHandler, Tunnel } from '../../dispatch/dispatch.ts'
import { ForwardingHandler } from '../../dispatch/forwarding-handler.ts'
import type { GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'

/** Adds a cookie to whatever answers: a response, a switch of protocols, or the error that becomes one. */
export class CookieSetter extends ForwardingHandler {
  readonly #cookie: string

  constructor(next: DispatchHandler, cookie: string) {
    super(next)
    this.#cookie = cookie
  }

  override onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    headers.append('Set-Cookie', this.#cookie)
    this.next.onRequestUpgrade(controller, statusCode, headers, tunnel)
  }

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    headers.append('Set-Cookie', this.#cookie)
    this.next.onResponseStart(controller, statusCode, headers)
  }

  override onResponseError(controller: DispatchController, error: GatewayError): void {
    this.next.onResponseError(controller, error.withResponseField('Set-Cookie', this.#cookie))
  }
}
