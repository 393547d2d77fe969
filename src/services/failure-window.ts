import type { Cells } from '../state/cells.ts'
import { LONGEST_TICKS, ticks } from '../state/ticks.ts'
import type { ServerState } from './server-state.ts'

/** A server that fails more often than this before it is down is not kept count of. */
export const MOST_FAILURES = 1000

export interface FailureWindowOptions {
  readonly failureWindow: number
  readonly maxFailedAttempts: number
  /** How long the server stays down: until it may be tried again, or until its active check has had its say. */
  readonly downMs: number
}

/** How many words it takes to tell whether so many failures fell into one window. */
export function failureWords(maxFailedAttempts: number): number {
  return 1 + mostOf(maxFailedAttempts)
}

/**
 * The passive health check of one server: so many failures within a window, with no success between them, take it down for
 * a while. The times of the last failures stand in a ring that all threads share; the first word counts failures.
 */
export class FailureWindow {
  readonly #cells: Cells
  readonly #state: ServerState
  readonly #most: number
  readonly #windowMs: number
  readonly #downMs: number

  constructor(cells: Cells, state: ServerState, { failureWindow, maxFailedAttempts, downMs }: FailureWindowOptions) {
    this.#cells = cells
    this.#state = state
    this.#most = mostOf(maxFailedAttempts)
    this.#windowMs = Math.min(failureWindow, LONGEST_TICKS)
    this.#downMs = Math.min(downMs, LONGEST_TICKS)
  }

  succeeded(): void {
    const { words, at } = this.#cells
    // Nearly always there is nothing to clear, and no need to write to memory that all threads read.
    if (Atomics.load(words, at) !== 0) Atomics.store(words, at, 0)
  }

  failed(): void {
    const { words, at } = this.#cells
    const now = ticks()
    const before = Atomics.add(words, at, 1) >>> 0
    Atomics.store(words, at + 1 + (before % this.#most), now)
    if (before + 1 < this.#most) return
    const oldest = Atomics.load(words, at + 1 + ((before + 1) % this.#most))
    if (((now - oldest) | 0) <= this.#windowMs) this.#state.failFor(this.#downMs)
  }
}

/** With 0 the first failure counts, as with 1. */
function mostOf(maxFailedAttempts: number): number {
  return Math.min(Math.max(maxFailedAttempts, 1), MOST_FAILURES)
}
