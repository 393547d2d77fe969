/** A request that only the control plane can answer, as a worker passes it on: plain data, without its content. */
export interface Question {
  /** Qualified name of the service that is asked: `api@internal`. */
  readonly service: string
  readonly method: string
  /** As the middlewares of the router have left it: escaped, without the query. */
  readonly path: string
  readonly query: string | undefined
  /** Flat list: name, value, name, value, … */
  readonly headers: readonly string[]
  readonly scheme: 'http' | 'https'
  /** The Host field as received, '' where there was none. */
  readonly host: string
  readonly entryPoint: string
  /** Address of the client's end of the connection. */
  readonly peer: string
}

/** An answer that takes longer finds nobody who waits for it. */
export const LONGEST_WAIT_MS = 10_000

/** What the control plane says to a question. */
export interface Answer {
  readonly status: number
  /** Flat list: name, value, name, value, … The length of the content is not among them. */
  readonly headers: readonly string[]
  readonly content: string | Uint8Array
}
