import type { Series, SeriesPlace } from '../../thread/metric-series.ts'
import { type Labels, labelText } from './exposition.ts'

/** A worker, as far as this knows it. */
type Worker = object

interface Place {
  readonly worker: Worker
  readonly words: Float64Array
  readonly at: number
}

/** One series, whoever counts it. */
export class StoredSeries {
  readonly series: Series
  readonly labels: string
  readonly #size: number
  /** What workers have counted that are gone. */
  #before: number[]
  #places: Place[] = []

  constructor(series: Series, size: number, labels: Labels) {
    this.series = series
    this.labels = labelText(labels)
    this.#size = size
    this.#before = Array(size).fill(0)
  }

  add(place: Place): void {
    this.#places.push(place)
  }

  /** Counts of a worker that is gone stay; what it held open does not. */
  remove(worker: Worker): void {
    const gone = this.#places.filter((place) => place.worker === worker)
    if (gone.length === 0) return
    if (this.series.type !== 'connections') this.#before = this.#sum(this.#before, gone)
    this.#places = this.#places.filter((place) => place.worker !== worker)
  }

  /** The words, summed over all workers. */
  total(): readonly number[] {
    return this.#sum(this.#before, this.#places)
  }

  #sum(before: readonly number[], places: readonly Place[]): number[] {
    const sums = [...before]
    for (const { words, at } of places) {
      for (let index = 0; index < this.#size; index++) sums[index] = (sums[index] as number) + (words[at + index] as number)
    }
    return sums
  }
}

/** All series that workers count, as they told of them. */
export class SeriesStore {
  readonly #labelsOf: (series: Series) => Labels
  readonly #series = new Map<string, StoredSeries>()
  readonly #pages = new WeakMap<Worker, Float64Array>()

  constructor(labelsOf: (series: Series) => Labels) {
    this.#labelsOf = labelsOf
  }

  hear(worker: Worker, { series, at, size, page }: SeriesPlace): void {
    if (page !== undefined) this.#pages.set(worker, page)
    const words = this.#pages.get(worker)
    if (words === undefined) return
    const key = JSON.stringify(series)
    const stored = this.#series.get(key) ?? new StoredSeries(series, size, this.#labelsOf(series))
    this.#series.set(key, stored)
    stored.add({ worker, words, at })
  }

  /** The worker is gone. */
  drop(worker: Worker): void {
    for (const stored of this.#series.values()) stored.remove(worker)
  }

  /** Takes out what nobody is to hear of again, and returns it. */
  remove(isOver: (series: Series) => boolean): Series[] {
    const over = [...this.#series].filter(([, { series }]) => isOver(series))
    for (const [key] of over) this.#series.delete(key)
    return over.map(([, { series }]) => series)
  }

  /** In an order that stays the same. */
  sorted(): StoredSeries[] {
    return [...this.#series.values()].sort((one, other) => (one.labels < other.labels ? -1 : one.labels > other.labels ? 1 : 0))
  }
}
