import { EXCHANGE, type ExchangeKind, type MetricPoint, type Series } from '../../thread/metric-series.ts'
import type { MetricName } from './catalogue.ts'
import type { Exposition, Labels } from './exposition.ts'
import type { StoredSeries } from './series-store.ts'

const LEVELS = ['entrypoint', 'router', 'service'] as const

/** The labels of a series; `headers` are those that the values of fields have. */
export function labelsOfSeries(series: Series, headers: readonly string[]): Labels {
  switch (series.type) {
    case 'exchanges':
      return [...labelsOfKind(series), ...labelsOfPoint(series.point)]
    case 'headers':
      return [
        ...labelsOfKind(series),
        ...labelsOfPoint(series.point),
        ...headers.map((label, index) => [label, series.values[index] ?? ''] as const),
      ]
    case 'tls':
      return [['tls_version', shortVersion(series.version)], ['tls_cipher', series.cipher || 'unknown'], ...labelsOfPoint(series.point)]
    case 'errors':
      return [
        ['error', series.error],
        ['entrypoint', series.entryPoint],
      ]
    case 'connections':
      return [
        ['entrypoint', series.entryPoint],
        ['protocol', series.protocol],
      ]
  }
}

function labelsOfKind({ code, method, protocol }: ExchangeKind): Labels {
  return [
    ['code', String(code)],
    ['method', method],
    ['protocol', protocol],
  ]
}

function labelsOfPoint({ level, name, service }: MetricPoint): Labels {
  return [[level, name], ...(service === undefined ? [] : [['service', service] as const])]
}

/** `TLSv1.3` is `1.3`, and `TLSv1` is `1.0`. */
function shortVersion(version: string): string {
  const [, number] = /^TLSv(1(?:\.\d)?)$/.exec(version) ?? []
  if (number === undefined) return 'unknown'
  return number === '1' ? '1.0' : number
}

/** How what workers count is printed. */
interface PrintOptions {
  /** Bounds of durations, in seconds. */
  readonly bounds: readonly number[]
  /** Requests are counted by the values of fields. */
  readonly hasHeaders: boolean
}

/** Prints what the workers count, metric by metric. */
export function printSeries(exposition: Exposition, stored: readonly StoredSeries[], { bounds, hasHeaders }: PrintOptions): void {
  const of = Object.groupBy(stored.map(toRow), ({ group }) => group)
  for (const level of LEVELS) {
    const exchanges = of[`${level} exchanges`] ?? []
    print(exposition, `traefik_${level}_requests_total`, hasHeaders ? of[`${level} headers`] : exchanges)
    print(exposition, `traefik_${level}_requests_tls_total`, of[`${level} tls`])
    exposition.begin(`traefik_${level}_request_duration_seconds`)
    for (const { labels, words } of exchanges) {
      const [count = 0, sum = 0] = [words[EXCHANGE.count], words[EXCHANGE.seconds]]
      exposition.histogram(labels, bounds, { buckets: words.slice(EXCHANGE.buckets), count, sum })
    }
    print(exposition, `traefik_${level}_requests_bytes_total`, exchanges, EXCHANGE.requestOctets)
    print(exposition, `traefik_${level}_responses_bytes_total`, exchanges, EXCHANGE.responseOctets)
  }
  print(exposition, 'traefik_open_connections', of.connections)
  print(exposition, 'gateway_request_errors_total', of.errors)
}

interface Row {
  readonly group: string
  readonly labels: string
  readonly words: readonly number[]
}

function toRow(stored: StoredSeries): Row {
  const { series, labels } = stored
  const group = 'point' in series ? `${series.point.level} ${series.type}` : series.type
  return { group, labels, words: stored.total() }
}

function print(exposition: Exposition, metric: MetricName, rows: readonly Row[] = [], word = 0): void {
  exposition.begin(metric)
  for (const { labels, words } of rows) exposition.sample(labels, words[word] ?? 0)
}
