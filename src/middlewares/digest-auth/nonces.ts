import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Cells } from '../../state/cells.ts'
import type { Time } from '../definition.ts'
import type { KeyedHash } from '../shared/keyed-hash.ts'
import { LockedSets, type Shape, wordsOf } from '../shared/locked-sets.ts'
import { sharedNow } from '../shared/shared-time.ts'

/** 2,048 clients that answer challenges at the same time; of more, those that were quiet for longest are asked again. */
const SHAPE: Shape = { sets: 256, ways: 8, stride: 4 }

/** Words of shared memory that nonces take. */
export const NONCE_WORDS = wordsOf(SHAPE)

/** Words of an entry: a nonce, when it was used last, and the highest count that came with it. */
const LOW = 0
const HIGH = 1
const USED_AT = 2
const COUNT = 3

/** A nonce is good for so long. */
const LIFE_MS = 3_600_000

/** Octets: a time, something random, and the proof that the gateway made both. */
const TIME_OCTETS = 8
const RANDOM_OCTETS = 8
const PROOF_OCTETS = 16
const OCTETS = TIME_OCTETS + RANDOM_OCTETS + PROOF_OCTETS

/** `stale`: the gateway made it, and it cannot be used like this any more. */
export type NonceState = 'fresh' | 'stale' | 'unknown'

/**
 * The nonces of challenges, good in every thread. A nonce proves by itself that the gateway made it, so that challenges take no
 * memory: only who answers one with a right password has an entry, which no count may be used in twice (RFC 7616 §3.4).
 */
export class Nonces {
  readonly #sets: LockedSets
  readonly #hash: KeyedHash
  readonly #now: () => number
  readonly #key: Buffer
  /** Says nothing, and has to come back. */
  readonly opaque: string

  constructor(cells: Cells, realm: string, time: Time) {
    this.#sets = new LockedSets(cells, SHAPE)
    this.#hash = this.#sets.hash()
    this.#now = sharedNow(time)
    this.#key = createHmac('sha256', this.#sets.secret()).update(realm).digest()
    this.opaque = this.#proof(Buffer.from('opaque')).toString('base64url')
  }

  create(): string {
    const head = Buffer.alloc(TIME_OCTETS + RANDOM_OCTETS)
    head.writeDoubleBE(this.#now())
    randomBytes(RANDOM_OCTETS).copy(head, TIME_OCTETS)
    return Buffer.concat([head, this.#proof(head)]).toString('base64url')
  }

  /** Whether the gateway made it, not too long ago. */
  stateOf(nonce: string): NonceState {
    const octets = Buffer.from(nonce, 'base64url')
    if (octets.length !== OCTETS || octets.toString('base64url') !== nonce) return 'unknown'
    const head = octets.subarray(0, TIME_OCTETS + RANDOM_OCTETS)
    if (!timingSafeEqual(this.#proof(head), octets.subarray(TIME_OCTETS + RANDOM_OCTETS))) return 'unknown'
    return this.#now() - head.readDoubleBE() <= LIFE_MS ? 'fresh' : 'stale'
  }

  /** Notes that a nonce was used with a count. Returns false where that count, or a higher one, was used before. */
  use(nonce: string, count: number): boolean {
    this.#hash.update(nonce)
    const { low, high } = this.#hash
    const first = this.#sets.enter(low)
    const entry = this.#find(first, low, high)
    const { words } = this.#sets
    const isNew = count > (words[entry + COUNT] as number) >>> 0
    if (isNew) words[entry + COUNT] = count | 0
    this.#sets.leave(low)
    return isNew
  }

  #find(first: number, low: number, high: number): number {
    const { words, ways, stride } = this.#sets
    const now = Math.trunc(this.#now()) | 0
    let oldest = first
    for (let entry = first; entry < first + ways * stride; entry += stride) {
      if (words[entry + LOW] === low && words[entry + HIGH] === high) {
        words[entry + USED_AT] = now
        return entry
      }
      if (this.#age(entry, now) > this.#age(oldest, now)) oldest = entry
    }
    words[oldest + LOW] = low
    words[oldest + HIGH] = high
    words[oldest + USED_AT] = now
    words[oldest + COUNT] = 0
    return oldest
  }

  #age(entry: number, now: number): number {
    const { words } = this.#sets
    return words[entry + COUNT] === 0 ? Number.POSITIVE_INFINITY : (now - (words[entry + USED_AT] as number)) >>> 0
  }

  #proof(head: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(head).digest().subarray(0, PROOF_OCTETS)
  }
}
