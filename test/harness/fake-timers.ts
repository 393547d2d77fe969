import type { Timers } from '../../src/control/timers.ts'

interface Due {
  readonly at: number
  readonly callback: () => void
}

/** Timers whose time passes only when a test says so. */
export class FakeTimers implements Timers {
  #now = 0
  readonly #due = new Set<Due>()
  readonly now = (): number => this.#now

  readonly after = (ms: number, callback: () => void): (() => void) => {
    const due = { at: this.#now + ms, callback }
    this.#due.add(due)
    return () => this.#due.delete(due)
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.#due.size
  }

  /** Delay of the timer that is due first. */
  get next(): number | undefined {
    const first = this.#first(Number.POSITIVE_INFINITY)
    return first && first.at - this.#now
  }

  /** Lets time pass and calls what becomes due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let due = this.#first(end); due !== undefined; due = this.#first(end)) {
      this.#due.delete(due)
      this.#now = due.at
      due.callback()
    }
    this.#now = end
  }

  #first(end: number): Due | undefined {
    let first: Due | undefined
    for (const due of this.#due) if (due.at <= end && (first === undefined || due.at < first.at)) first = due
    return first
  }
}
