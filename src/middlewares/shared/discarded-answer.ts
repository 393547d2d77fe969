import type { DispatchController } from '../../dispatch/dispatch.ts'
import { GatewayError } from '../../errors.ts'

/** An answer that is thrown away is read to its end up to this size, so that the connection can be used again. */
const MOST_DISCARDED = 256 * 1024

/** The rest of an answer that nobody wants. */
export class DiscardedAnswer {
  #octets = 0

  take(controller: DispatchController, chunk: Buffer): void {
    this.#octets += chunk.length
    if (this.#octets > MOST_DISCARDED) cutAnswer(controller)
  }
}

/** Gives an exchange up whose answer is not wanted. */
export function cutAnswer(controller: DispatchController): void {
  controller.abort(new GatewayError('GTW_UPSTREAM_CLOSED', 'the answer is not wanted'))
}
