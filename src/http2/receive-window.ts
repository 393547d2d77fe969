import type { Outlet } from './outlet.ts'
import { FRAME } from './protocol.ts'

/** Content that waits for its readers, on all streams together, before the peer has to wait too. */
const MOST_HELD = 1024 * 1024

/** How much a peer may send on all streams together (RFC 9113 §5.2). */
export class ReceiveWindow {
  readonly #size: number
  readonly #outlet: Outlet
  #left: number
  #taken = 0
  #held = 0

  constructor(size: number, outlet: Outlet) {
    this.#size = size
    this.#outlet = outlet
    this.#left = size
  }

  /** Returns whether the peer was allowed to send so much. */
  take(octets: number): boolean {
    this.#left -= octets
    return this.#left >= 0
  }

  /** Octets begin to wait for their reader, or no longer do. */
  hold(octets: number): void {
    this.#held += octets
    if (octets < 0) this.giveBack(0)
  }

  /** What came is given back at once, unless too much waits: one reader that is slow must not stop all others. */
  giveBack(octets: number): void {
    this.#taken += octets
    if (this.#taken * 2 < this.#size || this.#held > MOST_HELD) return
    this.#outlet.numbers(FRAME.windowUpdate, 0, this.#taken)
    this.#left += this.#taken
    this.#taken = 0
  }
}
