/** So many are always allowed, whatever else is under way. */
const LEAST = 10
/** … and one of so many requests. */
const SHARE = 5

/**
 * How many requests of one `retry` may be under way for another time in this worker because of an answer: servers that are
 * too busy to answer well must not get several times the work.
 */
export class RetryBudget {
  #requests = 0
  #again = 0

  begin(): void {
    this.#requests++
  }

  /** Whether one more may be sent again; it then counts until it is over. */
  take(): boolean {
    if (this.#again >= Math.max(LEAST, this.#requests / SHARE)) return false
    this.#again++
    return true
  }

  end(wasSentAgain: boolean): void {
    this.#requests--
    if (wasSentAgain) this.#again--
  }
}
