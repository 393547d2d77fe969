import type { TlsFacts } from '../http/request.ts'
import { EXCHANGE, type MetricPoint } from '../thread/metric-series.ts'
import { TRAITS, traitLabels, UNREAD_TRAITS } from './exchange-labels.ts'
import type { SeriesPages, SeriesRow } from './series-pages.ts'

/** Clients choose what stands in their fields: a point has so many rows for it, everything else is counted together. */
const MOST_FIELD_ROWS = 1_000

/** What stands in a label for the values that have no row of their own. */
const OTHER = 'other'

/** Longer values are cut. */
const LONGEST_VALUE = 256

/** What all points of a worker have in common. */
export interface PointContext {
  readonly pages: SeriesPages
  /** Upper bounds of durations in milliseconds, ascending. */
  readonly boundsMs: readonly number[]
  /** Names of fields whose values are labels. */
  readonly headers: readonly string[]
  /** A point has no rows left for the values of fields. */
  readonly onManyValues: (point: MetricPoint) => void
}

/** Counts the exchanges of one entry point, router or service in one worker. */
export class Point {
  readonly #point: MetricPoint
  readonly #context: PointContext
  /** By code and traits. */
  readonly #rows = new Map<number, SeriesRow>()
  #tlsRows: Map<string, SeriesRow> | undefined
  #fieldRows: Map<string, SeriesRow> | undefined
  /** Most exchanges are like the one before. */
  #lastKey = -1
  #last: SeriesRow | undefined
  #lastVersion = ''
  #lastCipher = ''
  #lastTls: SeriesRow | undefined

  constructor(point: MetricPoint, context: PointContext) {
    this.#point = point
    this.#context = context
  }

  /** Counts one exchange by what `traitsOf` said of its request. */
  add(code: number, traits: number, durationMs: number, { requestOctets, responseOctets }: Measured): void {
    const key = code * TRAITS + traits
    const row = key === this.#lastKey && this.#last !== undefined ? this.#last : this.#rowOf(key, code, traits)
    const { words, at } = row
    ;(words[at] as number)++
    ;(words[at + EXCHANGE.requestOctets] as number) += requestOctets
    ;(words[at + EXCHANGE.responseOctets] as number) += responseOctets
    ;(words[at + EXCHANGE.seconds] as number) += durationMs / 1000
    const { boundsMs } = this.#context
    for (let index = 0; index < boundsMs.length; index++) {
      if (durationMs > (boundsMs[index] as number)) continue
      ;(words[at + EXCHANGE.buckets + index] as number)++
      return
    }
  }

  /** Counts a request that could not be read. */
  addUnread(code: number, responseOctets: number): void {
    const { headers } = this.#context
    this.add(code, UNREAD_TRAITS, 0, { requestOctets: 0, responseOctets })
    if (headers.length > 0)
      this.addFields(
        code,
        UNREAD_TRAITS,
        headers.map(() => ''),
      )
  }

  addTls({ version, cipher }: TlsFacts): void {
    if (this.#lastTls === undefined || version !== this.#lastVersion || cipher !== this.#lastCipher) this.#findTls(version, cipher)
    const { words, at } = this.#lastTls as SeriesRow
    ;(words[at] as number)++
  }

  /** Counts the same exchange by the values of fields, in the order of the context. */
  addFields(code: number, traits: number, values: readonly string[]): void {
    const row = this.#fieldRow(code, traits, values)
    ;(row.words[row.at] as number)++
  }

  #rowOf(key: number, code: number, traits: number): SeriesRow {
    const row = this.#rows.get(key) ?? this.#newRow(code, traits)
    this.#rows.set(key, row)
    this.#lastKey = key
    this.#last = row
    return row
  }

  #newRow(code: number, traits: number): SeriesRow {
    const { pages, boundsMs } = this.#context
    return pages.row({ type: 'exchanges', point: this.#point, code, ...traitLabels(traits) }, EXCHANGE.buckets + boundsMs.length)
  }

  #findTls(version: string, cipher: string): void {
    const key = `${version} ${cipher}`
    this.#tlsRows ??= new Map()
    const row = this.#tlsRows.get(key) ?? this.#context.pages.row({ type: 'tls', point: this.#point, version, cipher }, 1)
    this.#tlsRows.set(key, row)
    this.#lastVersion = version
    this.#lastCipher = cipher
    this.#lastTls = row
  }

  #fieldRow(code: number, traits: number, given: readonly string[]): SeriesRow {
    this.#fieldRows ??= new Map()
    const cut = given.map((value) => value.slice(0, LONGEST_VALUE))
    const known = this.#fieldRows.get(fieldKey(code, traits, cut))
    if (known !== undefined) return known
    const { pages, onManyValues } = this.#context
    if (this.#fieldRows.size === MOST_FIELD_ROWS) onManyValues(this.#point)
    const values = this.#fieldRows.size >= MOST_FIELD_ROWS ? cut.map(() => OTHER) : cut
    const key = fieldKey(code, traits, values)
    const series = { type: 'headers', point: this.#point, code, ...traitLabels(traits), values } as const
    const row = this.#fieldRows.get(key) ?? pages.row(series, 1)
    this.#fieldRows.set(key, row)
    return row
  }
}

/** What one exchange has taken. */
export interface Measured {
  readonly requestOctets: number
  readonly responseOctets: number
}

function fieldKey(code: number, traits: number, values: readonly string[]): string {
  return `${code} ${traits} ${JSON.stringify(values)}`
}
