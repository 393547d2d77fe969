/** Random numbers that depend on the seed alone, so that every finding can be seen again (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.below(times) === 0
  }

  pick<T>(list: readonly T[] | string): T {
    return list[this.below(list.length)] as T
  }

  /** So many of something, joined. */
  repeat(most: number, make: () => string): string {
    let text = ''
    for (let count = this.below(most + 1); count > 0; count--) text += make()
    return text
  }
}
