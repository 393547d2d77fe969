import { CODES, GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import type { DispatchController, DispatchHandler, Tunnel } from '../dispatch.ts'
import { INERT } from '../reply.ts'
import { fromUndiciError, toUndiciError } from './errors.ts'
import { toFieldRecord } from './fields.ts'
import type { UndiciController, UndiciHandler } from './types.ts'

/**
 * Tells a handler of undici about one of our responses. As in undici, what the handler throws ends the response, and the
 * handler hears that as its error.
 */
export class InwardHandler implements DispatchHandler {
  readonly #handler: UndiciHandler
  readonly #controller = new Controller()
  #isOver = false

  constructor(handler: UndiciHandler) {
    this.#handler = handler
  }

  /** What an action returns, or undefined where the handler had to hear what it threw. */
  try<T>(action: () => T): T | undefined {
    try {
      return action()
    } catch (error) {
      this.#fail(error as Error)
      return undefined
    }
  }

  onRequestStart(controller: DispatchController): void {
    this.#controller.target = controller
    this.try(() => this.#handler.onRequestStart?.(this.#controller, {}))
  }

  onResponseInfo(_controller: DispatchController, statusCode: number, headers: Headers): void {
    if (!this.#isOver) this.try(() => this.#handler.onResponseStart?.(this.#controller, statusCode, toFieldRecord(headers)))
  }

  /** Upgrades go past interceptors. */
  onRequestUpgrade(_controller: DispatchController, _statusCode: number, _headers: Headers, tunnel: Tunnel): void {
    tunnel.destroy()
    this.#fail(new GatewayError('GTW_UPSTREAM_INVALID', 'the server changes the protocol unasked'))
  }

  onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    if (this.#isOver) return
    this.#controller.target = controller
    this.#controller.rawHeaders = headers.raw
    this.try(() => this.#handler.onResponseStart?.(this.#controller, statusCode, toFieldRecord(headers)))
  }

  onResponseData(_controller: DispatchController, chunk: Buffer): void {
    // A handler of undici may keep what it gets, and ours is only lent.
    if (!this.#isOver) this.try(() => this.#handler.onResponseData?.(this.#controller, Buffer.from(chunk)))
  }

  onResponseEnd(_controller: DispatchController, trailers: Headers | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#controller.rawTrailers = trailers?.raw ?? []
    try {
      this.#handler.onResponseEnd?.(this.#controller, toFieldRecord(trailers))
    } catch (error) {
      this.#handler.onResponseError?.(this.#controller, error as Error)
    }
  }

  onResponseError(_controller: DispatchController, error: GatewayError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#handler.onResponseError?.(this.#controller, this.#controller.reason ?? toUndiciError(error))
  }

  #fail(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#controller.target.abort(unwanted(error))
    this.#handler.onResponseError?.(this.#controller, error)
  }
}

/** What interceptors hold of our controllers; they may put functions of their own in the place of its methods. */
class Controller implements UndiciController {
  target: DispatchController = INERT
  aborted = false
  paused = false
  reason: Error | null = null
  rawHeaders: readonly string[] | null = null
  rawTrailers: readonly string[] | null = null

  abort(reason: Error): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.target.abort(unwanted(reason))
  }

  pause(): void {
    this.paused = true
    this.target.pause()
  }

  resume(): void {
    this.paused = false
    this.target.resume()
  }
}

/** Whoever answers must not be blamed for what an interceptor does not want. */
function unwanted(reason: unknown): GatewayError {
  const error = fromUndiciError(reason)
  return CODES[error.code].fault === 'client' ? error : new GatewayError('GTW_UPSTREAM_CLOSED', 'the answer is not wanted')
}
