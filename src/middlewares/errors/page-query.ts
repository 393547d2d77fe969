import type { RequestHead } from '../../http/request.ts'
import { badEscape, encodeOctets, escapePath } from '../shared/path.ts'

const VARIABLE = /\{(status|originalStatus|url)\}/

/** What a query component keeps as it is; a blank becomes a plus sign. */
const NOT_IN_COMPONENT = /[^\w\-.~ ]/gu

const NOT_VISIBLE = /[^\x21-\x7e]/gu

/** The status that the client gets, and the one that it would have got. */
export interface Statuses {
  readonly status: number
  readonly originalStatus: number
}

/** Where the page for a status is: a template of path and query. */
export class PageQuery {
  /** Texts, and at every second place the name of a variable. */
  readonly #path: readonly string[]
  readonly #query: readonly string[] | undefined

  constructor(template: string) {
    const [target = ''] = template.split('#')
    const mark = target.indexOf('?')
    const path = mark === -1 ? target : target.slice(0, mark)
    if (badEscape(path) !== undefined) throw new Error(`query "${template}": every % of a path must begin an escape`)
    this.#path = partsOf(path.startsWith('/') ? path : `/${path}`, escapePath)
    this.#query = mark === -1 ? undefined : partsOf(target.slice(mark + 1), escapeQuery)
  }

  /** Gives a request the path and the query of the page; `url` is that of the request that failed. */
  apply(request: RequestHead, { status, originalStatus }: Statuses, url: string): void {
    const values = { status: String(status), originalStatus: String(originalStatus), url: escapeComponent(url) }
    request.path = fill(this.#path, values)
    request.query = this.#query && fill(this.#query, values)
  }
}

function partsOf(template: string, escapeText: (text: string) => string): string[] {
  return template.split(VARIABLE).map((part, index) => (index % 2 === 0 ? escapeText(part) : part))
}

function fill(parts: readonly string[], values: Readonly<Record<string, string>>): string {
  let text = ''
  for (const [index, part] of parts.entries()) text += index % 2 === 0 ? part : values[part]
  return text
}

function escapeComponent(text: string): string {
  return text.replace(NOT_IN_COMPONENT, encodeOctets).replaceAll(' ', '+')
}

function escapeQuery(text: string): string {
  return text.toWellFormed().replace(NOT_VISIBLE, encodeOctets)
}
