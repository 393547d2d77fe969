const FORGET_MS = 60_000
const MOST_CRASHES = 10
const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 5000

/**
 * How soon a crashed worker comes back: the first one within a minute at once, the next ones after 0.1 s, 0.2 s, … 5 s.
 * Ten within a minute mean that it will never run; undefined then says to give up.
 */
export class RestartPolicy {
  #crashes: number[] = []

  /** Records a crash at `now` and answers the delay before the restart. */
  crashed(now: number): number | undefined {
    this.#crashes = [...this.#crashes.filter((at) => now - at < FORGET_MS), now]
    const { length } = this.#crashes
    if (length >= MOST_CRASHES) return undefined
    return length === 1 ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (length - 2))
  }
}
