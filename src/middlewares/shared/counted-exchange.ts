import type { DispatchController, Tunnel } from '../../dispatch/dispatch.ts'
import { EndingTunnel } from '../../dispatch/ending-tunnel.ts'
import { ForwardingHandler } from '../../dispatch/forwarding-handler.ts'
import type { GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'

/** Says exactly once when an exchange is over: with its response, its error, or the end of the tunnel that it became. */
export abstract class CountedExchange extends ForwardingHandler {
  #isOver = false

  protected abstract onOver(): void

  /** For an exchange that never began, because the one to answer threw. */
  over(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.onOver()
  }

  override onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    this.next.onRequestUpgrade(controller, statusCode, headers, new ExchangeTunnel(tunnel, this))
  }

  override onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    this.over()
    this.next.onResponseEnd(controller, trailers)
  }

  override onResponseError(controller: DispatchController, error: GatewayError): void {
    this.over()
    this.next.onResponseError(controller, error)
  }
}

/** The tunnel that an exchange became. */
class ExchangeTunnel extends EndingTunnel {
  readonly #exchange: CountedExchange

  constructor(tunnel: Tunnel, exchange: CountedExchange) {
    super(tunnel)
    this.#exchange = exchange
  }

  protected override onOver(): void {
    this.#exchange.over()
  }
}
