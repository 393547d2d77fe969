import type { Timers } from './timers.ts'

/** The clock of the machine may jump, and a machine may sleep: so often it is looked at. */
const LONGEST_SLEEP_MS = 60 * 60 * 1000

interface AlarmOptions {
  readonly timers: Timers
  /** Milliseconds since the epoch. */
  readonly wallTime: () => number
  readonly ring: () => void
}

/** Rings once at a moment of wall time; a new moment takes the place of the last one. */
export class Alarm {
  readonly #options: AlarmOptions
  #isStopped = false
  #cancel: () => void = () => {}

  constructor(options: AlarmOptions) {
    this.#options = options
  }

  /** Sets it to a moment; infinity is never. */
  set(at: number): void {
    const { timers, wallTime, ring } = this.#options
    this.#cancel()
    if (this.#isStopped || at === Number.POSITIVE_INFINITY) return
    const leftMs = at - wallTime()
    const wait = Math.min(LONGEST_SLEEP_MS, Math.max(0, leftMs))
    this.#cancel = timers.after(wait, () => (wallTime() < at ? this.set(at) : ring()))
  }

  /** It never rings again. */
  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }
}
