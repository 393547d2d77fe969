/** Something that ends unless it makes progress in time. `deadlineAt` is set by its owner whenever it does: one store, no timer. */
export interface Deadline {
  /** In milliseconds of `Clock.now`; 0 while nothing is due. */
  deadlineAt: number
  onDeadline(): void
}

const TICK_MS = 200
const LONG_MS = 10_000

/**
 * The one coarse timer of a thread. Instead of arming and clearing a timer per request, everything with a deadline stays
 * in one set and a tick looks for what is overdue. A deadline is not early, and late by two ticks at most. It does not
 * tick while empty.
 */
export class Clock {
  /** Monotonic milliseconds, at most one tick old while anything is watched. */
  now = performance.now()
  readonly #watched = new Set<Deadline>()
  #timer: NodeJS.Timeout | undefined

  watch(item: Deadline): void {
    this.now = performance.now()
    this.#watched.add(item)
    if (this.#timer !== undefined) return
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#timer.unref()
  }

  /** The deadline of something that has so long from now; 0, which means no limit, stays 0. */
  in(limitMs: number): number {
    if (limitMs === 0) return 0
    // Reading the time costs 40 ns: a long limit can do with the last tick's.
    return limitMs < LONG_MS ? performance.now() + limitMs : this.now + limitMs + TICK_MS
  }

  unwatch(item: Deadline): void {
    this.#watched.delete(item)
  }

  #tick(): void {
    this.now = performance.now()
    if (this.#watched.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    for (const item of this.#watched) {
      if (item.deadlineAt !== 0 && item.deadlineAt <= this.now) {
        item.deadlineAt = 0
        item.onDeadline()
      }
    }
  }
}
