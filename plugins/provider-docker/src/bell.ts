/** Wakes the one who waits. Rings that come while nobody waits are one. */
export class Bell {
  #rung = false
  #failure: Error | undefined
  #wake: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Wakes with an error, now and from now on. */
  fail(error: Error): void {
    this.#failure ??= error
    this.#wake?.()
  }

  /** Waits for a ring; at most so long, where a time is given. Tells whether it rang. */
  async next(withinMs?: number): Promise<boolean> {
    if (!this.#rung && this.#failure === undefined) await this.#rest(withinMs)
    const hasRung = this.#rung
    this.#rung = false
    if (this.#failure !== undefined) throw this.#failure
    return hasRung
  }

  async #rest(withinMs: number | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = withinMs === undefined ? undefined : setTimeout(resolve, Math.min(withinMs, LONGEST_TIMER_MS))
    await promise
    clearTimeout(timer)
    this.#wake = undefined
  }
}

// Node fires timers beyond this at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1
