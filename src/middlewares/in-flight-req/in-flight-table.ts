import { randomInt } from 'node:crypto'
import type { Cells } from '../../state/cells.ts'
import { LONGEST_TICKS } from '../../state/ticks.ts'
import type { Time } from '../definition.ts'
import type { KeyedHash } from '../shared/keyed-hash.ts'
import { LockedSets, type Shape, wordsOf } from '../shared/locked-sets.ts'
import { sharedNow } from '../shared/shared-time.ts'

/** So many sources may have requests under way at the same time in one thread; nobody has so many connections. */
const SHAPE: Shape = { sets: 4096, ways: 8, stride: 6 }

/** Words of shared memory that the table takes. */
export const IN_FLIGHT_WORDS = wordsOf(SHAPE)

/** Words of an entry: a source, a thread, and how many requests of the one are under way in the other. */
const LOW = 0
const HIGH = 1
const OWNER = 2
const COUNT = 3
const SEEN_AT = 4

/** A thread says so often that it still has what stands under its name, … */
const SAY_MS = 5_000

/** … and one that has not said so for so long is dead: what it counted is over. */
const DEAD_MS = 30_000

/** Where a request is counted; -1 for one that is not admitted. */
export type Place = number

/** How many requests of each source are under way, in all threads together. */
export class InFlightTable {
  readonly #sets: LockedSets
  readonly #time: Time
  readonly #now: () => number
  readonly #owner = randomInt(1, LONGEST_TICKS)
  /** Requests under way in this thread. */
  #count = 0
  #isSaying = false

  constructor(cells: Cells, time: Time) {
    this.#sets = new LockedSets(cells, SHAPE)
    this.#time = time
    this.#now = sharedNow(time)
  }

  /** The hash that sources are known by. */
  hash(): KeyedHash {
    return this.#sets.hash()
  }

  /** Counts a request of the source whose hash it is, unless so many are under way. */
  enter(source: KeyedHash, most: number): Place {
    const { low } = source
    const now = Math.trunc(this.#now()) | 0
    const first = this.#sets.enter(low)
    const place = this.#place(source, first, most, now)
    if (place !== -1) {
      const { words } = this.#sets
      words[place + COUNT] = (words[place + COUNT] as number) + 1
      words[place + SEEN_AT] = now
    }
    this.#sets.leave(low)
    if (place !== -1 && this.#count++ === 0) this.#say()
    return place
  }

  /** The request is over. */
  leave(place: Place, low: number, high: number): void {
    const { words } = this.#sets
    this.#count--
    this.#sets.enter(low)
    const isOurs = words[place + LOW] === low && words[place + HIGH] === high && words[place + OWNER] === this.#owner
    const count = words[place + COUNT] as number
    // The memory may serve another purpose by now: an entry that is not ours is left alone.
    if (isOurs && count > 0) words[place + COUNT] = count - 1
    this.#sets.leave(low)
  }

  close(): void {}

  /** The entry for this source and this thread, or -1 where too many are under way or the set is full. */
  #place({ low, high }: KeyedHash, first: number, most: number, now: number): Place {
    const { words, ways, stride } = this.#sets
    let sum = 0
    let own = -1
    let free = -1
    for (let place = first; place < first + ways * stride; place += stride) {
      const count = this.#countAt(place, now)
      if (count === 0) free = free === -1 ? place : free
      else if (words[place + LOW] === low && words[place + HIGH] === high) {
        sum += count
        if (words[place + OWNER] === this.#owner) own = place
      }
    }
    if (sum >= most) return -1
    if (own !== -1 || free === -1) return own
    words[free + LOW] = low
    words[free + HIGH] = high
    words[free + OWNER] = this.#owner
    words[free + COUNT] = 0
    return free
  }

  /** What a dead thread has left does not count. */
  #countAt(place: number, now: number): number {
    const { words } = this.#sets
    const count = words[place + COUNT] as number
    return count > 0 && ((now - (words[place + SEEN_AT] as number)) | 0) > DEAD_MS ? 0 : count
  }

  #say(): void {
    if (this.#isSaying) return
    this.#isSaying = true
    this.#time.after(SAY_MS, () => {
      this.#isSaying = false
      if (this.#count === 0) return
      this.#sayAll()
      this.#say()
    })
  }

  /** It writes nothing but a time, into entries that nobody else writes to: no lock is needed. */
  #sayAll(): void {
    const { words, stride } = this.#sets
    const now = Math.trunc(this.#now()) | 0
    for (let place = 0; place < words.length; place += stride) {
      if (words[place + OWNER] === this.#owner && words[place + COUNT] !== 0) words[place + SEEN_AT] = now
    }
  }
}
