import type { Cells } from '../../state/cells.ts'
import type { Time } from '../definition.ts'
import type { KeyedHash } from '../shared/keyed-hash.ts'
import { LockedSets, type Shape, wordsOf } from '../shared/locked-sets.ts'
import { sharedNow } from '../shared/shared-time.ts'

/** 131,072 sources, of all rate limits together. */
const SHAPE: Shape = { sets: 16_384, ways: 8, stride: 6 }

/** Words of shared memory that the table takes. */
export const BUCKET_WORDS = wordsOf(SHAPE)

/** Words of an entry. An entry of zeros is a bucket that has always been full. */
const LOW = 0
const HIGH = 1
const USED_AT = 2
const FULL_AT = 4

/** How a bucket fills, and how long a request may wait for its token. */
export interface BucketRules {
  /** Milliseconds in which one token comes. */
  readonly msPerToken: number
  readonly burst: number
  readonly maxDelayMs: number
}

/**
 * The token buckets of all sources, shared by all threads. What a bucket holds follows from one number: the time at which it
 * will be full again (the "virtual scheduling" form of a token bucket, ITU-T I.371). A bucket that is full says nothing, so that
 * one that was forgotten is as good as one that nobody used for long; in a full set the one goes that was used longest ago.
 */
export class BucketTable {
  readonly #sets: LockedSets
  readonly #now: () => number

  constructor(cells: Cells, time: Time) {
    this.#sets = new LockedSets(cells, SHAPE)
    this.#now = sharedNow(time)
  }

  /** The hash that sources are known by. */
  hash(): KeyedHash {
    return this.#sets.hash()
  }

  /** How many milliseconds a request has to wait for its token; where that is too long, no token is taken for it. */
  take({ low, high }: KeyedHash, { msPerToken, burst, maxDelayMs }: BucketRules): number {
    const now = this.#now()
    const first = this.#sets.enter(low)
    const entry = this.#find(first, low, high, now)
    const at = (entry + FULL_AT) / 2
    const { numbers } = this.#sets
    const fullAt = Math.max(numbers[at] as number, now) + msPerToken
    // Sums of fractions may be a little too large: what is less than a nanosecond is no wait.
    const waitMs = fullAt - burst * msPerToken - now
    if (waitMs <= maxDelayMs) numbers[at] = fullAt
    this.#sets.leave(low)
    return waitMs < 1e-6 ? 0 : waitMs
  }

  #find(first: number, low: number, high: number, now: number): number {
    const { words, numbers, ways, stride } = this.#sets
    const used = Math.trunc(now) | 0
    let oldest = first
    for (let entry = first; entry < first + ways * stride; entry += stride) {
      if (words[entry + LOW] === low && words[entry + HIGH] === high) {
        words[entry + USED_AT] = used
        return entry
      }
      if (this.#ageOf(entry, now, used) > this.#ageOf(oldest, now, used)) oldest = entry
    }
    words[oldest + LOW] = low
    words[oldest + HIGH] = high
    words[oldest + USED_AT] = used
    numbers[(oldest + FULL_AT) / 2] = 0
    return oldest
  }

  /** A bucket that is full again can go before any other. */
  #ageOf(entry: number, now: number, used: number): number {
    const { words, numbers } = this.#sets
    if ((numbers[(entry + FULL_AT) / 2] as number) <= now) return Number.POSITIVE_INFINITY
    return (used - (words[entry + USED_AT] as number)) >>> 0
  }
}
