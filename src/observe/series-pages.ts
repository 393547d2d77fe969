import type { Series, SeriesPlace } from '../thread/metric-series.ts'

/** Numbers of one page, 16 KiB. A page goes when nobody counts in any of its rows any more. */
const PAGE_WORDS = 2048

/** Where one series is counted. */
export interface SeriesRow {
  readonly words: Float64Array
  /** Index of the first word. */
  readonly at: number
}

/** Gives series their places in shared memory, and tells each to the control plane, which prints them. */
export class SeriesPages {
  readonly #tell: (place: SeriesPlace) => void
  #page = newPage(0)
  #next = 0

  constructor(tell: (place: SeriesPlace) => void) {
    this.#tell = tell
  }

  /** A new row of so many words, all 0. */
  row(series: Series, size: number): SeriesRow {
    const isFull = this.#next + size > this.#page.length
    if (isFull) {
      this.#page = newPage(Math.max(PAGE_WORDS, size))
      this.#next = 0
    }
    const row = { words: this.#page, at: this.#next }
    this.#next += size
    this.#tell({ series, at: row.at, size, ...(isFull ? { page: this.#page } : {}) })
    return row
  }
}

function newPage(words: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(words * Float64Array.BYTES_PER_ELEMENT))
}
