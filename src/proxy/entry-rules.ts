import { ForwardedHeaders, type ForwardedHeadersOptions } from '../http/forwarded.ts'
import { removeHopByHop } from '../http/hop-by-hop.ts'
import type { Departure, RequestHead } from '../http/request.ts'
import { encodeSemicolons, normalizePath, sanitizePath, semicolonsToAmpersands } from '../http/target.ts'

/** The part of an entry point's options that decides what happens to a request before routing. */
export interface EntryRulesOptions {
  readonly forwardedHeaders: ForwardedHeadersOptions
  readonly http: {
    readonly sanitizePath: boolean
    readonly encodeQuerySemicolons: boolean
    readonly underscoreHeadersStrategy: 'keep' | 'delete' | 'reject'
  }
}

/** What one entry point does to every request before a router sees it, and when it leaves. Built once, runs for each request. */
export class EntryRules implements Departure {
  readonly #forwarded: ForwardedHeaders
  readonly #options: EntryRulesOptions['http']
  readonly #keep: ReadonlySet<string>

  constructor(options: EntryRulesOptions, hostname: string) {
    this.#forwarded = new ForwardedHeaders(options.forwardedHeaders, hostname)
    this.#options = options.http
    this.#keep = new Set(options.forwardedHeaders.connection?.map((name) => name.toLowerCase()))
  }

  /** Returns false for a request that is to be answered 400. */
  apply(request: RequestHead): boolean {
    if (this.#options.underscoreHeadersStrategy !== 'keep' && !this.#admitUnderscores(request)) return false
    const path = normalizePath(request.path)
    if (path === undefined) return false
    request.path = this.#options.sanitizePath ? sanitizePath(path) : path
    if (request.query?.includes(';')) {
      request.query = this.#options.encodeQuerySemicolons ? encodeSemicolons(request.query) : semicolonsToAmpersands(request.query)
    }
    this.#forwarded.apply(request)
    request.departure = this
    return true
  }

  depart(request: RequestHead): void {
    removeHopByHop(request, this.#keep)
    this.#forwarded.appendFor(request)
  }

  #admitUnderscores({ headers: { raw } }: RequestHead): boolean {
    let kept = 0
    for (let index = 0; index < raw.length; index += 2) {
      const name = raw[index] as string
      if (name.includes('_')) {
        if (this.#options.underscoreHeadersStrategy === 'reject') return false
        continue
      }
      raw[kept] = name
      raw[kept + 1] = raw[index + 1] as string
      kept += 2
    }
    raw.length = kept
    return true
  }
}
