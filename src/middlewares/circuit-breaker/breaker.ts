import type { Cells } from '../../state/cells.ts'
import type { Predicate } from '../shared/expression.ts'
import { lock, unlock } from '../shared/spin-lock.ts'
import type { Needs, Statistics } from './functions.ts'
import { StatisticsWindow, windowWords } from './window.ts'

/** Milliseconds. */
export interface BreakerTimes {
  readonly checkPeriod: number
  readonly fallbackDuration: number
  readonly recoveryDuration: number
}

/** Words in front of the statistics: the lock, the state, what was let through and refused while recovering, and two times. */
const LOCK = 0
const STATE = 1
const ALLOWED = 2
const DENIED = 3
const UNTIL = 4
const NEXT_CHECK = 6
const HEADER = 16

const STANDBY = 0
const TRIPPED = 1
const RECOVERING = 2

/** While it recovers, the share of requests that pass grows up to this; then all do. */
const LARGEST_SHARE = 0.5

/** How many words of shared memory a breaker takes. */
export function breakerWords(needs: Needs): number {
  return HEADER + windowWords(needs)
}

/**
 * A circuit breaker that all threads share.
 *
 *   standby ──▶ tripped ──▶ recovering ──▶ standby
 *      ▲           ▲            │
 *      │           └────────────┘   the condition holds again
 */
export class Breaker {
  readonly #words: Int32Array
  readonly #numbers: Float64Array
  readonly #window: StatisticsWindow
  readonly #condition: Predicate<Statistics>
  readonly #times: BreakerTimes

  constructor({ words, at }: Cells, { needs, condition, times }: { needs: Needs; condition: Predicate<Statistics>; times: BreakerTimes }) {
    this.#words = words.subarray(at, at + HEADER)
    this.#numbers = new Float64Array(words.buffer, this.#words.byteOffset, HEADER / 2)
    this.#window = new StatisticsWindow(words.subarray(at + HEADER, at + breakerWords(needs)), needs)
    this.#condition = condition
    this.#times = times
  }

  /** Whether a request may pass. */
  admits(now: number): boolean {
    // Nearly always that is all there is to know.
    if (Atomics.load(this.#words, STATE) === STANDBY) return true
    lock(this.#words, LOCK)
    const admitted = this.#admits(now)
    unlock(this.#words, LOCK)
    return admitted
  }

  /** A request that passed is over. */
  record(now: number, statusCode: number, latencyMs: number): void {
    lock(this.#words, LOCK)
    this.#window.setTime(now)
    this.#window.record(statusCode, latencyMs)
    if (now >= this.#number(NEXT_CHECK)) this.#check(now)
    unlock(this.#words, LOCK)
  }

  #admits(now: number): boolean {
    const words = this.#words
    if (words[STATE] === TRIPPED) {
      if (now < this.#number(UNTIL)) return false
      this.#enter(RECOVERING, now + this.#times.recoveryDuration)
      words[ALLOWED] = 0
      words[DENIED] = 0
    }
    if (words[STATE] === RECOVERING && now > this.#number(UNTIL)) this.#enter(STANDBY, 0)
    return words[STATE] === STANDBY || this.#admitsWhileRecovering(now)
  }

  #admitsWhileRecovering(now: number): boolean {
    const words = this.#words
    const [allowed, denied] = [words[ALLOWED] as number, words[DENIED] as number]
    const elapsed = now - (this.#number(UNTIL) - this.#times.recoveryDuration)
    const admitted = (allowed + 1) / (allowed + 1 + denied) < (LARGEST_SHARE * elapsed) / this.#times.recoveryDuration
    if (admitted) words[ALLOWED] = allowed + 1
    else words[DENIED] = denied + 1
    return admitted
  }

  #check(now: number): void {
    this.#numbers[NEXT_CHECK / 2] = now + this.#times.checkPeriod
    if (this.#words[STATE] === TRIPPED || !this.#condition(this.#window)) return
    this.#enter(TRIPPED, now + this.#times.fallbackDuration)
    this.#window.reset()
  }

  #enter(state: number, until: number): void {
    this.#numbers[UNTIL / 2] = until
    Atomics.store(this.#words, STATE, state)
  }

  #number(word: number): number {
    return this.#numbers[word / 2] as number
  }
}
