import type { DispatchController, DispatchHandler, Tunnel } from '../../dispatch/dispatch.ts'
import { ForwardingHandler } from '../../dispatch/forwarding-handler.ts'
import { CODES, type GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import type { MirroredRequest, MirrorRuns } from './mirror-runs.ts'

/** The exchange with the main service: when its answer is there, the mirrors get theirs, unless the client has gone. */
export class MirroredExchange extends ForwardingHandler {
  readonly #mirrored: MirroredRequest
  readonly #runs: MirrorRuns
  #answered = false

  constructor(next: DispatchHandler, mirrored: MirroredRequest, runs: MirrorRuns) {
    super(next)
    this.#mirrored = mirrored
    this.#runs = runs
  }

  override onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    this.next.onRequestUpgrade(controller, statusCode, headers, tunnel)
    this.#mirror(this.#isWhole)
  }

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    this.#answered = true
    this.next.onResponseStart(controller, statusCode, headers)
  }

  override onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    this.next.onResponseEnd(controller, trailers)
    this.#mirror(this.#isWhole)
  }

  override onResponseError(controller: DispatchController, error: GatewayError): void {
    const isServed = !this.#answered && CODES[error.code].fault === 'upstream'
    this.next.onResponseError(controller, error)
    this.#mirror(isServed && this.#isWhole)
  }

  /** What had not come before the answer was complete will not be read any more. */
  get #isWhole(): boolean {
    const { replay } = this.#mirrored
    return replay === undefined || replay.isComplete
  }

  #mirror(wanted: boolean): void {
    if (wanted) this.#runs.start(this.#mirrored)
    else this.#mirrored.replay?.release()
  }
}
