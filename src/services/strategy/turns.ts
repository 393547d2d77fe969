import type { Cells } from '../../state/cells.ts'
import { WeightedRoundRobin } from './wrr.ts'

/** Longer periods are not written down: their turns are taken by each thread on its own. */
const LONGEST_PERIOD = 4096

/** Whose turn it is, by place in a list. */
export interface Turns {
  next(): number
  /** After so many turns the order begins again. */
  readonly period: number
}

/** How many turns make a period: every member gets its exact share of them. */
export function periodOf(weights: readonly number[]): number {
  const divisor = weights.reduce(greatestCommonDivisor, 0)
  return weights.reduce((sum, weight) => sum + weight / divisor, 0)
}

/** Whether the turns of these weights can be taken by all threads together. */
export function canShare(weights: readonly number[]): boolean {
  return weights.length > 0 && periodOf(weights) <= LONGEST_PERIOD
}

/** Turns that all threads take from one counter: the shares over a period are exact for the gateway as a whole. */
export class SharedTurns implements Turns {
  readonly #order: Uint16Array
  readonly #cells: Cells

  constructor(weights: readonly number[], cells: Cells) {
    const robin = new WeightedRoundRobin(weights)
    this.#order = Uint16Array.from({ length: periodOf(weights) }, () => robin.next())
    this.#cells = cells
    // Many gateways must not all begin with the same server.
    Atomics.compareExchange(cells.words, cells.at, 0, Math.floor(Math.random() * 2 ** 31))
  }

  get period(): number {
    return this.#order.length
  }

  next(): number {
    const turn = Atomics.add(this.#cells.words, this.#cells.at, 1) >>> 0
    return this.#order[turn % this.#order.length] as number
  }
}

/** Turns of this thread alone, starting anywhere in the list. */
export class OwnTurns implements Turns {
  readonly period: number
  readonly #robin: WeightedRoundRobin
  readonly #first: number
  readonly #count: number

  constructor(weights: readonly number[]) {
    this.period = periodOf(weights)
    this.#count = weights.length
    this.#first = Math.floor(Math.random() * weights.length)
    this.#robin = new WeightedRoundRobin([...weights.slice(this.#first), ...weights.slice(0, this.#first)])
  }

  next(): number {
    return (this.#robin.next() + this.#first) % this.#count
  }

  close(): void {}
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right)
}
