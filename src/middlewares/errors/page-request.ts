import { FieldNames } from '../../http/field-names.ts'
import { Headers } from '../../http/headers.ts'
import { removeHopByHop } from '../../http/hop-by-hop.ts'
import { type Departure, RequestHead } from '../../http/request.ts'
import type { PageQuery, Statuses } from './page-query.ts'

/** Fields that speak of what the client has already, or still sends: a page is wanted as a whole. */
const CONDITIONS = new FieldNames(['expect', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'range'])

const NOTHING: ReadonlySet<string> = new Set()

/** Nobody asks for the page but the gateway: X-Forwarded-For stays as it is. */
const DEPARTURE: Departure = { depart: (request) => removeHopByHop(request, NOTHING) }

/** A request as it was before those behind changed it: what the page is asked with, once it is needed. */
export class FailedRequest {
  readonly #request: RequestHead
  readonly #raw: readonly string[]
  readonly #target: string
  readonly #host: string

  constructor(request: RequestHead) {
    this.#request = request
    this.#raw = request.headers.raw.slice()
    this.#target = request.target
    this.#host = request.host
  }

  /** The request for the page: without content, to the same host; `wanted` are the fields that it gets, or all. */
  forPage(query: PageQuery, statuses: Statuses, wanted: FieldNames | undefined): RequestHead {
    const { scheme, versionMajor, versionMinor, peer, tls, entryPoint } = this.#request
    const page = new RequestHead('GET', '/', new Headers(fieldsFor(this.#raw, wanted)))
    query.apply(page, statuses, `${scheme}://${this.#host}${this.#target}`)
    return Object.assign(page, { host: this.#host, scheme, versionMajor, versionMinor, peer, tls, entryPoint, departure: DEPARTURE })
  }
}

function fieldsFor(raw: readonly string[], wanted: FieldNames | undefined): string[] {
  const fields: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    if (wanted === undefined ? !CONDITIONS.has(name) : wanted.has(name)) fields.push(name, raw[index + 1] as string)
  }
  return fields
}
