import { randomFillSync } from 'node:crypto'
import type { Cells } from '../../state/cells.ts'
import { KeyedHash } from './keyed-hash.ts'
import { lock, unlock } from './spin-lock.ts'

export interface Shape {
  /** A power of two. */
  readonly sets: number
  /** Entries that share a set, and its lock. */
  readonly ways: number
  /** Words of an entry; even, so that it can hold 64-bit numbers. */
  readonly stride: number
}

/** One cache line: a lock, and a key that all threads share. */
const HEADER = 16
const KEY_LOCK = 0
const KEY_WORDS = 4

/** How many words a table takes. */
export function wordsOf({ sets, ways, stride }: Shape): number {
  return HEADER + sets + sets * ways * stride
}

/**
 * A table in memory that all threads share, of a fixed size: an entry may only stand in the set that its hash names, and
 * each set has a lock of its own. What an entry holds is the business of whoever uses the table.
 */
export class LockedSets {
  /** The entries: the one in way `w` of set `s` begins at `(s * ways + w) * stride`. */
  readonly words: Int32Array
  /** The same memory as 64-bit numbers: word `2n` is the first half of number `n`. */
  readonly numbers: Float64Array
  readonly ways: number
  readonly stride: number
  readonly #memory: Int32Array
  readonly #locks: number
  readonly #mask: number
  readonly #keyAt: number

  constructor({ words, at }: Cells, shape: Shape) {
    const { sets, ways, stride } = shape
    this.ways = ways
    this.stride = stride
    this.#memory = words
    this.#keyAt = at
    this.#locks = at + HEADER
    this.#mask = sets - 1
    this.words = words.subarray(at + HEADER + sets, at + wordsOf(shape))
    this.numbers = new Float64Array(this.words.buffer, this.words.byteOffset, this.words.length / 2)
  }

  /** A hash that nobody outside of this process can foresee, and that is the same in all of its threads. */
  hash(): KeyedHash {
    const [key0 = 0, key1 = 0] = this.#key()
    return new KeyedHash(key0, key1)
  }

  /** Octets that nobody outside of this process knows, and that are the same in all of its threads. */
  secret(): Buffer {
    return Buffer.from(new Int32Array(this.#key()).buffer)
  }

  /** Takes the lock of the set that a hash names; returns the first word of its first entry. */
  enter(hashLow: number): number {
    const set = hashLow & this.#mask
    lock(this.#memory, this.#locks + set)
    return set * this.ways * this.stride
  }

  leave(hashLow: number): void {
    unlock(this.#memory, this.#locks + (hashLow & this.#mask))
  }

  #key(): Int32Array {
    const key = this.#memory.subarray(this.#keyAt + 1, this.#keyAt + 1 + KEY_WORDS)
    lock(this.#memory, this.#keyAt + KEY_LOCK)
    // The first thread that comes makes the key.
    if (key.every((word) => word === 0)) key.set(randomFillSync(new Int32Array(KEY_WORDS)))
    unlock(this.#memory, this.#keyAt + KEY_LOCK)
    return key
  }
}
