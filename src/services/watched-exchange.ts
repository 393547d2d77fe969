import type { Dispatch, DispatchController, DispatchHandler, Tunnel } from '../dispatch/dispatch.ts'
import { ForwardingHandler } from '../dispatch/forwarding-handler.ts'
import { CODES, type GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import { CountedTunnel } from './counted-tunnel.ts'
import type { FailureWindow } from './failure-window.ts'
import type { ServerState } from './server-state.ts'
import type { ResponseTimes } from './strategy/response-times.ts'

/** What is noted of the exchanges with one server. */
export interface ServerWatch {
  readonly state: ServerState
  /** How long answers take to begin; undefined where nobody asks. */
  readonly times: ResponseTimes | undefined
  /** Failures in a row; undefined where nobody asks. */
  readonly failures: FailureWindow | undefined
}

/** Notes of every exchange what the strategy or the passive health check of the server wants to know. */
export function watchServer(dispatch: Dispatch, watch: ServerWatch): Dispatch {
  return function watchedServer(request, handler) {
    watch.state.enter()
    return dispatch(request, new WatchedExchange(handler, watch))
  }
}

class WatchedExchange extends ForwardingHandler {
  readonly #watch: ServerWatch
  readonly #startedAt: number
  #answered = false

  constructor(next: DispatchHandler, watch: ServerWatch) {
    super(next)
    this.#watch = watch
    this.#startedAt = watch.times === undefined ? 0 : performance.now()
  }

  override onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    this.#note(statusCode)
    this.next.onRequestUpgrade(controller, statusCode, headers, new CountedTunnel(tunnel, this.#watch.state))
  }

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    this.#note(statusCode)
    this.next.onResponseStart(controller, statusCode, headers)
  }

  override onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    this.#watch.state.leave()
    this.next.onResponseEnd(controller, trailers)
  }

  override onResponseError(controller: DispatchController, error: GatewayError): void {
    this.#watch.state.leave()
    // What the client did is no failure of the server.
    if (!this.#answered && CODES[error.code].fault === 'upstream') this.#watch.failures?.failed()
    this.next.onResponseError(controller, error)
  }

  #note(statusCode: number): void {
    const { times, failures } = this.#watch
    this.#answered = true
    times?.add(performance.now() - this.#startedAt)
    if (statusCode >= 500) failures?.failed()
    else failures?.succeeded()
  }
}
