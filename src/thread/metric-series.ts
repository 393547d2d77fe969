/** What is counted for itself: an entry point, a router with its service, or a service. */
export interface MetricPoint {
  readonly level: 'entrypoint' | 'router' | 'service'
  /** Qualified, but for entry points. */
  readonly name: string
  /** Of a router; '' where its children answer. */
  readonly service?: string
}

/** How exchanges that are counted together have gone. */
export interface ExchangeKind {
  /** The status, or that of gRPC. */
  readonly code: number
  readonly method: string
  readonly protocol: string
}

/** What a row of numbers counts; together with the metric that it belongs to, these are its labels. */
export type Series =
  /** The words of `EXCHANGE`. */
  | ({ readonly type: 'exchanges'; readonly point: MetricPoint } & ExchangeKind)
  /** One word: exchanges by fields of their requests; the values in the order of the configured labels. */
  | ({ readonly type: 'headers'; readonly point: MetricPoint; readonly values: readonly string[] } & ExchangeKind)
  /** One word: exchanges over TLS. */
  | { readonly type: 'tls'; readonly point: MetricPoint; readonly version: string; readonly cipher: string }
  /** One word: requests that were refused or have failed, by error code. */
  | { readonly type: 'errors'; readonly entryPoint: string; readonly error: string }
  /** One word, which goes up and down. */
  | { readonly type: 'connections'; readonly entryPoint: string; readonly protocol: 'TCP' | 'UDP' }

/** What the words of a row of exchanges say; one word for each bucket follows, each for itself. */
export const EXCHANGE = { count: 0, requestOctets: 1, responseOctets: 2, seconds: 3, buckets: 4 } as const

/** Where a worker counts a series: it alone writes there, and everybody may read. */
export interface SeriesPlace {
  readonly series: Series
  readonly at: number
  readonly size: number
  /** Shared memory; where it is absent, that of the last place that this worker has told. */
  readonly page?: Float64Array<SharedArrayBuffer>
}

/** What workers are to count. */
export interface MetricsPlan {
  /** Upper bounds of durations in seconds, ascending. */
  readonly buckets: readonly number[]
  /** Which levels are counted. */
  readonly entryPoints: boolean
  readonly routers: boolean
  readonly services: boolean
  /** Also routers of services of our own. */
  readonly internals: boolean
  /** Names of fields, in lower case: their values are labels of requests. */
  readonly headers: readonly string[]
}

/** Two points are the same where this is. */
export function pointKey({ level, name, service }: MetricPoint): string {
  return service === undefined ? `${level} ${name}` : `${level} ${name} ${service}`
}
