import type { DispatchController, Tunnel, TunnelSink } from '../../dispatch/dispatch.ts'
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
    this.next.onRequestUpgrade(controller, statusCode, headers, new EndingTunnel(tunnel, this))
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

/** A tunnel that says when it is closed. */
class EndingTunnel implements Tunnel, TunnelSink {
  readonly #tunnel: Tunnel
  readonly #exchange: CountedExchange
  #sink: TunnelSink | undefined

  constructor(tunnel: Tunnel, exchange: CountedExchange) {
    this.#tunnel = tunnel
    this.#exchange = exchange
  }

  start(sink: TunnelSink): void {
    this.#sink = sink
    this.#tunnel.start(this)
  }

  write(chunk: Buffer): boolean {
    return this.#tunnel.write(chunk)
  }

  end(): void {
    this.#tunnel.end()
  }

  destroy(): void {
    // Without a sink nobody hears that it is closed.
    if (this.#sink === undefined) this.#exchange.over()
    this.#tunnel.destroy()
  }

  reset(): void {
    if (this.#sink === undefined) this.#exchange.over()
    this.#tunnel.reset()
  }

  pause(): void {
    this.#tunnel.pause()
  }

  resume(): void {
    this.#tunnel.resume()
  }

  onTunnelData(chunk: Buffer): void {
    this.#sink?.onTunnelData(chunk)
  }

  onTunnelDrain(): void {
    this.#sink?.onTunnelDrain()
  }

  onTunnelEnd(): void {
    this.#sink?.onTunnelEnd()
  }

  onTunnelClose(reset: boolean): void {
    this.#exchange.over()
    this.#sink?.onTunnelClose(reset)
  }
}
