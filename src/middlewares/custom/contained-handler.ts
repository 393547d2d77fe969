import type { DispatchController, DispatchHandler, Tunnel } from '../../dispatch/dispatch.ts'
import { INERT } from '../../dispatch/reply.ts'
import { GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import type { ContainedExchange } from './contained-exchange.ts'

/** Stands before a handler of a user: what that throws must not reach the one who answers, whose other requests it would hurt. */
export class ContainedHandler implements DispatchHandler {
  readonly #handler: DispatchHandler
  /** Undefined where a copy of the request was passed on that nobody knows of. */
  readonly #exchange: ContainedExchange | undefined
  #controller: DispatchController = INERT
  #isOver = false

  constructor(handler: DispatchHandler, exchange: ContainedExchange | undefined) {
    this.#handler = handler
    this.#exchange = exchange
  }

  /** Gives up what was passed on; the handler of the user hears of it. */
  abort(error: GatewayError): void {
    if (!this.#isOver) this.#controller.abort(error)
  }

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller
    this.#call(() => this.#handler.onRequestStart(controller))
  }

  onResponseInfo(controller: DispatchController, statusCode: number, headers: Headers): void {
    this.#call(() => this.#handler.onResponseInfo(controller, statusCode, headers))
  }

  onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    if (this.#isOver) {
      tunnel.destroy()
      return
    }
    this.#end(() => this.#handler.onRequestUpgrade(controller, statusCode, headers, tunnel))
  }

  onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    this.#call(() => this.#handler.onResponseStart(controller, statusCode, headers))
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    this.#call(() => this.#handler.onResponseData(controller, chunk))
  }

  onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    this.#end(() => this.#handler.onResponseEnd(controller, trailers))
  }

  onResponseError(controller: DispatchController, error: GatewayError): void {
    this.#end(() => this.#handler.onResponseError(controller, error))
  }

  #end(action: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#exchange?.passedOver(this)
    this.#try(action)
    this.#exchange?.watch()
  }

  #call(action: () => void): void {
    if (!this.#isOver) this.#try(action)
  }

  #try(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    const controller = this.#controller
    const wasOver = this.#isOver
    this.#isOver = true
    const failure = this.#exchange?.fail(error) ?? new GatewayError('GTW_MIDDLEWARE_FAILED', undefined, { cause: error })
    if (wasOver) return
    controller.abort(failure)
    if (this.#exchange === undefined) this.#try(() => this.#handler.onResponseError(controller, failure))
  }
}
