import type { Clock } from '../runtime/clock.ts'

/** Frames that cost the gateway more than the client, beyond what was done for the client meanwhile. */
const MOST_GLITCHES = 100

/** Streams that were reset before they were answered, within one window; below that nobody looks at their share. */
const MOST_EARLY_RESETS = 100
const WINDOW_MS = 30_000

/** Resets that a session may have in store, and what it gets back each second: beyond that, also among many that are answered. */
const RESETS_IN_STORE = 200
const RESETS_EACH_SECOND = 20

/** Watches one session for floods of frames that each are allowed (RFC 9113 §10.5) [CVE-2019-9511…9518, CVE-2023-44487, CVE-2025-8671]. */
export class Http2Guard {
  readonly #clock: Clock
  #glitches = 0
  #windowEndsAt = 0
  #opened = 0
  #earlyResets = 0
  #resetsLeft = RESETS_IN_STORE
  #filledAt: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#filledAt = clock.now
  }

  /** PING, SETTINGS and the like. Returns whether it was one too many. */
  glitched(): boolean {
    return ++this.#glitches > MOST_GLITCHES
  }

  /** Content passed, or an answer is complete: clients that measure the connection while they use it are no attackers. */
  progressed(): void {
    if (this.#glitches > 0) this.#glitches--
  }

  opened(): void {
    const { now } = this.#clock
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + WINDOW_MS
      this.#opened = 0
      this.#earlyResets = 0
    }
    this.#opened++
  }

  /** A stream was reset by either side before its answer was complete. Returns whether it was one too many. */
  reset(): boolean {
    const { now } = this.#clock
    const more = ((now - this.#filledAt) * RESETS_EACH_SECOND) / 1_000
    this.#resetsLeft = Math.min(RESETS_IN_STORE, this.#resetsLeft + more) - 1
    this.#filledAt = now
    this.#earlyResets++
    return this.#resetsLeft < 0 || (this.#earlyResets > MOST_EARLY_RESETS && this.#earlyResets * 2 > this.#opened)
  }
}
