import type { Dispatch, DispatchController, DispatchHandler, Tunnel } from '../../dispatch/dispatch.ts'
import type { ReplayBody } from '../../dispatch/replay-body.ts'
import { CODES, GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import type { RequestHead } from '../../http/request.ts'
import type { StatusRanges } from '../../http/status-ranges.ts'

/** An answer that is thrown away is read to its end up to this size, so that the connection can be used again. */
const MOST_DISCARDED = 256 * 1024

interface FallbackOptions {
  readonly fallback: Dispatch
  readonly statuses: StatusRanges
}

/**
 * Hears the main service.
 *
 *   waiting ──▶ passing      the answer is the client's
 *      └──────▶ discarding   the fallback has the request; what still comes is thrown away
 */
export class FirstAttempt implements DispatchHandler {
  readonly #next: DispatchHandler
  readonly #options: FallbackOptions
  /** As it was before the main service got it. */
  readonly #request: RequestHead
  readonly #replay: ReplayBody | undefined
  #state: 'waiting' | 'passing' | 'discarding' = 'waiting'
  #discarded = 0

  constructor(next: DispatchHandler, options: FallbackOptions, request: RequestHead, replay?: ReplayBody) {
    this.#next = next
    this.#options = options
    this.#request = request
    this.#replay = replay
  }

  onRequestStart(controller: DispatchController): void {
    this.#next.onRequestStart(controller)
  }

  /** Whether its final answer is for the client is not known yet. */
  onResponseInfo(): void {}

  onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    this.#pass()
    this.#next.onRequestUpgrade(controller, statusCode, headers, tunnel)
  }

  onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    if (this.#options.statuses.has(statusCode)) {
      this.#fallBack()
      return
    }
    this.#pass()
    this.#next.onResponseStart(controller, statusCode, headers)
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (this.#state === 'passing') {
      this.#next.onResponseData(controller, chunk)
      return
    }
    this.#discarded += chunk.length
    if (this.#discarded > MOST_DISCARDED) controller.abort(new GatewayError('GTW_UPSTREAM_CLOSED', 'the answer is not wanted'))
  }

  onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    if (this.#state === 'passing') this.#next.onResponseEnd(controller, trailers)
  }

  onResponseError(controller: DispatchController, error: GatewayError): void {
    if (this.#state === 'discarding') return
    const { status, fault } = CODES[error.code]
    if (this.#state === 'waiting' && fault === 'upstream' && this.#options.statuses.has(status)) this.#fallBack()
    else {
      this.#pass()
      this.#next.onResponseError(controller, error)
    }
  }

  #pass(): void {
    this.#state = 'passing'
    this.#replay?.release()
  }

  #fallBack(): void {
    this.#state = 'discarding'
    if (this.#replay !== undefined) this.#request.body = this.#replay.open()
    this.#replay?.release()
    this.#options.fallback(this.#request, this.#next)
  }
}
