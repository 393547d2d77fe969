import type { Cells } from '../state/cells.ts'
import type { Timers } from './timers.ts'

/** Words of shared memory in all: 64 MiB of addresses, of which only what is used takes memory. */
const CAPACITY = 16 * 1024 * 1024

/** Runs begin at a cache line of their own: workers that write to neighbours would slow each other down. */
const LINE_WORDS = 16

/** Requests of an old tree still count in its cells: these serve no other purpose before so long. */
const QUARANTINE_MS = 600_000

interface Run {
  readonly at: number
  readonly size: number
  /** When it was first not wanted any more; undefined while it is. */
  unwantedSince: number | undefined
}

/**
 * Gives out shared memory by key: the same key has the same cells in every thread and over every reload, as long as it is
 * wanted. The control plane alone decides; workers learn the places with each snapshot.
 */
export class CellAllocator {
  /** The memory itself, as every worker gets it at its start. */
  readonly words: Int32Array
  readonly #runs = new Map<string, Run>()
  /** Places that are free again, by size. */
  readonly #free = new Map<number, number[]>()
  readonly #timers: Pick<Timers, 'now'>
  #next = 0

  constructor(timers: Pick<Timers, 'now'>, capacity = CAPACITY) {
    this.#timers = timers
    this.words = new Int32Array(new SharedArrayBuffer(capacity * Int32Array.BYTES_PER_ELEMENT))
  }

  /** The place of each key that a snapshot wants, given its size in words; what no snapshot wants any more is freed in time. */
  place(wanted: ReadonlyMap<string, number>): Record<string, number> {
    this.#retire(wanted)
    const places: Record<string, number> = Object.create(null)
    for (const [key, size] of wanted) places[key] = this.#runOf(key, size).at
    return places
  }

  /** The cells of one key, for the control plane itself. */
  cells(key: string, size: number): Cells {
    return { words: this.words, at: this.#runOf(key, size).at }
  }

  /** The cells of all keys that begin so. */
  *cellsUnder(prefix: string): Iterable<Cells> {
    for (const [key, { at }] of this.#runs) if (key.startsWith(prefix)) yield { words: this.words, at }
  }

  #runOf(key: string, size: number): Run {
    const lines = Math.ceil(size / LINE_WORDS) * LINE_WORDS
    const known = this.#runs.get(key)
    if (known !== undefined && known.size === lines) return known
    if (known !== undefined) this.#release(key, known)
    const run: Run = { at: this.#free.get(lines)?.pop() ?? this.#extend(lines), size: lines, unwantedSince: undefined }
    this.#runs.set(key, run)
    return run
  }

  #extend(size: number): number {
    const at = this.#next
    if (at + size > this.words.length) throw new RangeError('shared memory is used up: there are too many servers')
    this.#next += size
    return at
  }

  #retire(wanted: ReadonlyMap<string, number>): void {
    const now = this.#timers.now()
    for (const [key, run] of this.#runs) {
      if (wanted.has(key)) run.unwantedSince = undefined
      else if (run.unwantedSince === undefined) run.unwantedSince = now
      else if (now - run.unwantedSince >= QUARANTINE_MS) this.#release(key, run)
    }
  }

  #release(key: string, { at, size }: Run): void {
    this.words.fill(0, at, at + size)
    this.#runs.delete(key)
    const free = this.#free.get(size)
    if (free === undefined) this.#free.set(size, [at])
    else free.push(at)
  }
}
