import type { Dispatch, DispatchController, DispatchHandler, Tunnel } from '../../dispatch/dispatch.ts'
import { INERT } from '../../dispatch/reply.ts'
import type { GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import type { RequestHead } from '../../http/request.ts'
import type { ContainedHandler } from './contained-handler.ts'
import { type CustomRules, failureOf, isPromise, lateness } from './rules.ts'

/**
 * One request inside a middleware of a user, which sees this as the handler.
 *
 *   waiting ──▶ answering ──▶ over
 *      └─────────────────────▲
 * It owes something while nothing that it passed on is still to be answered. A limit of time runs only then: how long a
 * server takes is not its fault, and a client that reads slowly is not either.
 */
export class ContainedExchange implements DispatchHandler, DispatchController {
  readonly #rules: CustomRules
  readonly #handler: DispatchHandler
  /** Of the one who answers, as the middleware passes it on. */
  #controller: DispatchController = INERT
  #state: 'waiting' | 'answering' | 'over' = 'waiting'
  readonly #passed = new Set<ContainedHandler>()
  #isPaused = false
  #isKnown = false
  #cancel: (() => void) | undefined

  constructor(rules: CustomRules, handler: DispatchHandler) {
    this.#rules = rules
    this.#handler = handler
  }

  /** Gives the request to the middleware. */
  run(inside: Dispatch, request: RequestHead): boolean {
    let said: unknown
    try {
      said = inside(request, this)
    } catch (error) {
      this.fail(error)
    }
    // An async function is no dispatch, and yet what it fails with belongs to this request.
    if (isPromise(said)) said.then(undefined, (error: unknown) => this.fail(error))
    this.watch()
    return said !== false
  }

  /** The middleware passes the request on, or a copy of it. */
  pass(next: Dispatch, request: RequestHead, handler: ContainedHandler): boolean {
    // It has taken too long, or its client is gone: nobody wants the answer any more.
    if (this.#state === 'over') return true
    this.#passed.add(handler)
    this.#rest()
    return next(request, handler)
  }

  /** Something that was passed on is answered. */
  passedOver(handler: ContainedHandler): void {
    this.#passed.delete(handler)
  }

  /** Ends the exchange with what the middleware has thrown; answers what became of it. */
  fail(thrown: unknown): GatewayError {
    const failure = failureOf(this.#rules, thrown)
    this.#finish(failure)
    return failure
  }

  /** The middleware has had its turn: from now on the time counts, if it owes something. */
  watch(): void {
    if (this.#state === 'over' || this.#passed.size > 0 || this.#isPaused || this.#rules.timeoutMs === 0) {
      this.#rest()
      return
    }
    this.#cancel ??= this.#rules.time.after(this.#rules.timeoutMs, () => this.#finish(lateness(this.#rules)))
    // A client that goes away meanwhile has to find someone to tell.
    if (!this.#isKnown) this.#tellOfMe()
  }

  // ── DispatchController: the client ─────────────────────────────────────────────────────────────────────

  pause(): void {
    this.#isPaused = true
    this.#control((controller) => controller.pause())
  }

  resume(): void {
    this.#isPaused = false
    this.#control((controller) => controller.resume())
    this.watch()
  }

  abort(error: GatewayError): void {
    this.#finish(error)
  }

  // ── DispatchHandler: the middleware answers ────────────────────────────────────────────────────────────

  onRequestStart(controller: DispatchController): void {
    if (this.#state === 'over') return
    this.#controller = controller
    this.#tellOfMe()
  }

  onResponseInfo(_controller: DispatchController, statusCode: number, headers: Headers): void {
    if (this.#state === 'waiting') this.#handler.onResponseInfo(this, statusCode, headers)
  }

  onRequestUpgrade(_controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    if (this.#state !== 'waiting') {
      tunnel.destroy()
      return
    }
    this.#end()
    this.#handler.onRequestUpgrade(this, statusCode, headers, tunnel)
  }

  onResponseStart(_controller: DispatchController, statusCode: number, headers: Headers): void {
    if (this.#state !== 'waiting') return
    this.#state = 'answering'
    this.#handler.onResponseStart(this, statusCode, headers)
  }

  onResponseData(_controller: DispatchController, chunk: Buffer): void {
    if (this.#state !== 'answering') return
    // It goes on answering, so the time begins anew.
    if (this.#cancel !== undefined) {
      this.#rest()
      this.watch()
    }
    this.#handler.onResponseData(this, chunk)
  }

  onResponseEnd(_controller: DispatchController, trailers: Headers | undefined): void {
    if (this.#state === 'waiting') this.fail(new Error('the answer ends and has not begun'))
    if (this.#state === 'over') return
    this.#end()
    this.#handler.onResponseEnd(this, trailers)
  }

  onResponseError(_controller: DispatchController, error: GatewayError): void {
    if (this.#state === 'over') return
    this.#end()
    this.#handler.onResponseError(this, failureOf(this.#rules, error))
  }

  #tellOfMe(): void {
    this.#isKnown = true
    this.#handler.onRequestStart(this)
  }

  #control(action: (controller: DispatchController) => void): void {
    try {
      action(this.#controller)
    } catch (error) {
      this.fail(error)
    }
  }

  #finish(error: GatewayError): void {
    if (this.#state === 'over') return
    this.#end()
    for (const handler of this.#passed) handler.abort(error)
    this.#handler.onResponseError(this, error)
  }

  #end(): void {
    this.#state = 'over'
    this.#rest()
  }

  #rest(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
