import type { DispatchHandler } from '../../dispatch/dispatch.ts'
import type { ReplayBody } from '../../dispatch/replay-body.ts'
import type { GatewayError } from '../../errors.ts'
import type { BodySink } from '../../http/request.ts'
import { Waiting } from './waiting.ts'

interface WholeContentEvents {
  onWhole(): void
  /** It is more than is kept. */
  onTooLarge(): void
}

/** Reads the content of a request to its end before anything else happens to it. */
export class WholeContent implements BodySink {
  readonly #replay: ReplayBody
  readonly #waiting: Waiting
  readonly #handler: DispatchHandler
  readonly #events: WholeContentEvents

  constructor(replay: ReplayBody, handler: DispatchHandler, events: WholeContentEvents) {
    this.#replay = replay
    this.#handler = handler
    this.#waiting = new Waiting(handler)
    this.#events = events
  }

  read(): true {
    if (this.#waiting.begin(() => this.#replay.release())) this.#replay.open().start(this)
    return true
  }

  onBodyData(): void {
    if (!this.#replay.isKept && this.#waiting.end()) this.#events.onTooLarge()
  }

  onBodyEnd(): void {
    if (this.#waiting.end()) this.#events.onWhole()
  }

  onBodyError(error: GatewayError): void {
    if (this.#waiting.end()) this.#handler.onResponseError(this.#waiting, error)
  }
}
