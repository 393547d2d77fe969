import { CODES, type ErrorCode } from '../errors.ts'
import { errorOctets } from './error-octets.ts'
import type { Point } from './point.ts'
import type { SeriesPages, SeriesRow } from './series-pages.ts'

/** What clients do that ends more than one request, or none: HTTP/2 streams without form, sessions that ask for too much. */
export type ClientLimit = 'HTTP2_MALFORMED' | 'HTTP2_ENHANCE_YOUR_CALM' | 'UDP_SESSIONS'

/** Counts what happens at an entry point beside its exchanges. */
export class EntryMetrics {
  readonly #entryPoint: string
  readonly #pages: SeriesPages
  /** Undefined where the exchanges of the entry point are not counted. */
  readonly #point: Point | undefined
  readonly #errors = new Map<string, SeriesRow>()
  #connections: SeriesRow | undefined

  constructor(entryPoint: string, pages: SeriesPages, point: Point | undefined) {
    this.#entryPoint = entryPoint
    this.#pages = pages
    this.#point = point
  }

  /** So many connections, or sessions, are open now. */
  open(protocol: 'TCP' | 'UDP', count: number): void {
    this.#connections ??= this.#pages.row({ type: 'connections', entryPoint: this.#entryPoint, protocol }, 1)
    this.#connections.words[this.#connections.at] = count
  }

  /** A request was answered with this error before any router has seen it. */
  refused(code: ErrorCode): void {
    this.#point?.addUnread(CODES[code].status, errorOctets(code))
    this.#count(code)
  }

  /** An exchange has failed, or a client has gone beyond a limit that has no code of its own. */
  failed(code: ErrorCode | ClientLimit): void {
    this.#count(code)
  }

  #count(error: string): void {
    const row = this.#errors.get(error) ?? this.#pages.row({ type: 'errors', entryPoint: this.#entryPoint, error }, 1)
    this.#errors.set(error, row)
    ;(row.words[row.at] as number)++
  }
}
