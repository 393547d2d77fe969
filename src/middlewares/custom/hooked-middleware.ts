import type { Dispatch, DispatchHandler } from '../../dispatch/dispatch.ts'
import { INERT } from '../../dispatch/reply.ts'
import type { RequestHead } from '../../http/request.ts'
import { type Answer, answer } from '../../middleware-api/answer.ts'
import type { Hooks } from '../../middleware-api/definition.ts'
import { dispatchLater, Waiting } from '../shared/waiting.ts'
import { HookedResponse } from './hooked-response.ts'
import { type CustomRules, failureOf, isPromise, lateness } from './rules.ts'

/** Runs the hooks of a user around the next dispatch; what they throw ends the request that they were called for. */
export class HookedMiddleware {
  readonly #rules: CustomRules
  readonly #next: Dispatch
  readonly #hooks: Hooks<unknown>

  constructor(rules: CustomRules, next: Dispatch, hooks: Hooks<unknown>) {
    this.#rules = rules
    this.#next = next
    this.#hooks = hooks
  }

  readonly dispatch: Dispatch = (request, handler) => {
    if (this.#hooks.request === undefined) return this.#goOn(request, handler)
    let said: unknown
    try {
      said = this.#hooks.request(request, undefined)
    } catch (error) {
      handler.onResponseError(INERT, failureOf(this.#rules, error))
      return true
    }
    if (said === undefined) return this.#goOn(request, handler)
    if (isPromise(said)) this.#wait(said, request, handler)
    else this.#answer(said, handler)
    return true
  }

  #goOn(request: RequestHead, handler: DispatchHandler): boolean {
    const { response } = this.#hooks
    if (response === undefined) return this.#next(request, handler)
    return this.#next(request, new HookedResponse(handler, this.#rules, (head) => response.call(this.#hooks, head, request, undefined)))
  }

  #answer(said: unknown, handler: DispatchHandler): void {
    try {
      answer(handler, said as Answer)
    } catch (error) {
      handler.onResponseError(INERT, failureOf(this.#rules, error))
    }
  }

  #wait(said: Promise<unknown>, request: RequestHead, handler: DispatchHandler): void {
    const { timeoutMs, time } = this.#rules
    const waiting = new Waiting(handler)
    const cancel = timeoutMs === 0 ? undefined : time.after(timeoutMs, () => waiting.abort(lateness(this.#rules)))
    const settle = (goOn: () => void): void => {
      if (!waiting.end()) return
      cancel?.()
      goOn()
    }
    said.then(
      (verdict) => settle(() => this.#settle(verdict, request, handler)),
      (error: unknown) => settle(() => handler.onResponseError(INERT, failureOf(this.#rules, error))),
    )
    waiting.begin(() => cancel?.())
  }

  #settle(verdict: unknown, request: RequestHead, handler: DispatchHandler): void {
    if (verdict === undefined) dispatchLater((head, hears) => this.#goOn(head, hears), request, handler)
    else this.#answer(verdict, handler)
  }
}
