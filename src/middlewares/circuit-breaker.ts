import type { DispatchController, DispatchHandler, Tunnel } from '../dispatch/dispatch.ts'
import { ForwardingHandler } from '../dispatch/forwarding-handler.ts'
import { replyStatus } from '../dispatch/reply.ts'
import type { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import { duration, integer, object, string } from '../schema/index.ts'
import { Breaker, breakerWords } from './circuit-breaker/breaker.ts'
import { breakerFunctions, Needs } from './circuit-breaker/functions.ts'
import { defineMiddleware } from './definition.ts'
import { compileExpression, problemOf } from './shared/expression.ts'
import { sharedNow } from './shared/shared-time.ts'

/** Stops asking a service that fails, for a while, and lets requests through again little by little. */
export const circuitBreaker = defineMiddleware({
  name: 'circuitBreaker',
  options: object('Answers in the place of a service that fails, until it has had time to recover.', {
    expression: string('When to stop asking, for instance `NetworkErrorRatio() > 0.30 || LatencyAtQuantileMS(50.0) > 100`.', {
      required: true,
      check: (text) => problemOf(text, breakerFunctions(new Needs())),
    }),
    checkPeriod: duration('How often the expression is looked at, at most.', { default: '100ms', min: 0 }),
    fallbackDuration: duration('How long nobody is let through.', { default: '10s', min: 0 }),
    recoveryDuration: duration('How long it takes until all are let through again.', { default: '10s', min: 0 }),
    responseCode: integer('The status of those that are not let through.', { default: 503, min: 200, max: 599 }),
  }),
  build: ({ expression, responseCode, ...times }, { cells, name, user, time }) => {
    const needs = new Needs()
    const condition = compileExpression(expression, breakerFunctions(needs))
    const key = `circuitBreaker ${name} ${user} ${expression} ${JSON.stringify(times)}`
    const breaker = new Breaker(cells(key, breakerWords(needs)), { needs, condition, times })
    const now = sharedNow(time)
    return (next) =>
      function circuitBreaker(request, handler) {
        const startedAt = now()
        if (!breaker.admits(startedAt)) return replyStatus(handler, responseCode)
        return next(request, new WatchedExchange(handler, breaker, now, startedAt))
      }
  },
})

class WatchedExchange extends ForwardingHandler {
  readonly #breaker: Breaker
  readonly #now: () => number
  readonly #startedAt: number
  #statusCode = 0

  constructor(next: DispatchHandler, breaker: Breaker, now: () => number, startedAt: number) {
    super(next)
    this.#breaker = breaker
    this.#now = now
    this.#startedAt = startedAt
  }

  override onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    // How long a tunnel lasts says nothing about the service.
    this.#record(statusCode)
    this.next.onRequestUpgrade(controller, statusCode, headers, tunnel)
  }

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    this.#statusCode = statusCode
    this.next.onResponseStart(controller, statusCode, headers)
  }

  override onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    this.#record(this.#statusCode)
    this.next.onResponseEnd(controller, trailers)
  }

  override onResponseError(controller: DispatchController, error: GatewayError): void {
    this.#record(this.#statusCode || error.status)
    this.next.onResponseError(controller, error)
  }

  #record(statusCode: number): void {
    const now = this.#now()
    this.#breaker.record(now, statusCode, now - this.#startedAt)
  }
}
