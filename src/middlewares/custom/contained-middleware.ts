import type { Dispatch, DispatchHandler, Middleware } from '../../dispatch/dispatch.ts'
import type { RequestHead } from '../../http/request.ts'
import { ContainedExchange } from './contained-exchange.ts'
import { ContainedHandler } from './contained-handler.ts'
import type { CustomRules } from './rules.ts'

/** Says that one request stands for another: what becomes of it counts for that one. */
export type Link = (copy: RequestHead, original: RequestHead) => void

/**
 * Runs a middleware of a user between two guards: one is the handler that it answers to, the other the dispatch that it
 * passes requests on to. Whatever it throws, in its dispatch or in a handler of its own, ends the request that it was about.
 */
export class ContainedMiddleware {
  readonly #rules: CustomRules
  readonly #next: Dispatch
  readonly #inside: Dispatch
  /** By the request that came in: what is passed on later belongs to an exchange. */
  readonly #exchanges = new WeakMap<RequestHead, ContainedExchange>()

  constructor(rules: CustomRules, next: Dispatch, wrap: (next: Dispatch, link: Link) => ReturnType<Middleware>) {
    this.#rules = rules
    this.#next = next
    this.#inside = wrap(
      (request, handler) => this.#goOn(request, handler),
      (copy, original) => this.#link(copy, original),
    )
  }

  readonly dispatch: Dispatch = (request, handler) => {
    const exchange = new ContainedExchange(this.#rules, handler)
    this.#exchanges.set(request, exchange)
    return exchange.run(this.#inside, request)
  }

  #link(copy: RequestHead, original: RequestHead): void {
    const exchange = this.#exchanges.get(original)
    if (exchange !== undefined) this.#exchanges.set(copy, exchange)
  }

  #goOn(request: RequestHead, handler: DispatchHandler): boolean {
    const exchange = this.#exchanges.get(request)
    const contained = new ContainedHandler(handler, exchange)
    if (exchange === undefined) return this.#next(request, contained)
    return exchange.pass(this.#next, request, contained)
  }
}
