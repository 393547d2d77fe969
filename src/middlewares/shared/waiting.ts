import type { Dispatch, DispatchController, DispatchHandler } from '../../dispatch/dispatch.ts'
import { INERT } from '../../dispatch/reply.ts'
import { GatewayError } from '../../errors.ts'
import type { RequestHead } from '../../http/request.ts'

/** A request that waits inside a middleware: its client may go away meanwhile. */
export class Waiting implements DispatchController {
  readonly #handler: DispatchHandler
  #giveUp: () => void = doNothing
  #isOver = false

  constructor(handler: DispatchHandler) {
    this.#handler = handler
  }

  /** It waits no more, for one reason or another. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** `giveUp` is called when the client goes away. Returns false where it is gone already. */
  begin(giveUp: () => void): boolean {
    this.#giveUp = giveUp
    this.#handler.onRequestStart(this)
    return !this.#isOver
  }

  /** What it waited for is there. Returns false where nobody waits for it any more. */
  end(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    return true
  }

  pause(): void {}

  resume(): void {}

  abort(error: GatewayError): void {
    if (!this.end()) return
    this.#giveUp()
    this.#handler.onResponseError(this, error)
  }
}

/** Goes on with a request that has waited: what is thrown then ends this exchange, and not the thread. */
export function dispatchLater(next: Dispatch, request: RequestHead, handler: DispatchHandler): void {
  try {
    next(request, handler)
  } catch (error) {
    const failure = error instanceof GatewayError ? error : new GatewayError('GTW_INTERNAL', undefined, { cause: error })
    handler.onResponseError(INERT, failure)
  }
}

function doNothing(): void {}
