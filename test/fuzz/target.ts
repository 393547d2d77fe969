import type { Random } from './random.ts'

/** A part of the gateway under fuzz. */
export interface Target {
  readonly name: string
  /** Of all inputs, how many are for this one, as a weight. */
  readonly weight: number
  /** Inputs to begin with. */
  readonly seeds: readonly string[]
  /** A fresh input that is mostly valid. */
  readonly make: (random: Random) => string
  /** What mutations put in. */
  readonly words: readonly string[]
  /**
   * Throws where a promise is broken; returns what the input led to, in few words: an input that leads to something new is kept
   * and changed further.
   */
  readonly examine: (input: string, random: Random) => string
}

/** Throws where two values that must be the same are not. */
export function same(what: string, one: unknown, other: unknown): void {
  if (one === other) return
  const [first, second] = [JSON.stringify(one), JSON.stringify(other)]
  if (first !== second) throw new Error(`${what}: ${first} and ${second}`)
}

/** A count as a size class: what matters is whether there was none, one, a few or many. */
export function magnitude(count: number): number {
  return count < 3 ? count : 32 - Math.clz32(count) + 1
}
