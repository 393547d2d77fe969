import { expect, test } from 'vitest'
import { Dispatched } from '../../test/harness/dispatched.ts'
import type { SnapshotRouter } from '../config/snapshot.ts'
import type { Dispatch, DispatchHandler } from '../dispatch/dispatch.ts'
import { INERT, replyText } from '../dispatch/reply.ts'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { EXCHANGE, type MetricsPlan, type SeriesPlace } from '../thread/metric-series.ts'
import { TreeMetrics } from './tree-metrics.ts'

const everything: MetricsPlan = { buckets: [0.1, 1], entryPoints: true, routers: true, services: true, internals: false, headers: [] }

const router = (more: Partial<SnapshotRouter> = {}): SnapshotRouter => ({
  entryPoints: ['web'],
  rule: '',
  ruleSyntax: 'v3',
  priority: 1n,
  rank: 0,
  middlewares: [],
  service: 'app@file',
  ...more,
})

/** Counting of one worker, and what the control plane could read of it. */
function counting(plan: Partial<MetricsPlan> = {}) {
  const places: (SeriesPlace & { readonly words: Float64Array })[] = []
  const full: string[] = []
  let words = new Float64Array(new SharedArrayBuffer(0))
  const metrics = new TreeMetrics({
    plan: { ...everything, ...plan },
    silentEntryPoints: ['silent'],
    tell: (place) => {
      words = place.page ?? words
      places.push({ ...place, words })
    },
    onManyValues: ({ level, name }) => full.push(`${level} ${name}`),
  })
  const seen = (): string[] =>
    places.map(({ series, words: page, at }) => {
      const point = 'point' in series ? `${series.point.level} ${series.point.name}` : series.type
      const what = 'code' in series ? ` ${series.code} ${series.method}` : ''
      return `${point}${what}: ${page[at]}`
    })
  return { metrics, places, full, seen }
}

function send(dispatch: Dispatch, request = new RequestHead('GET', '/', new Headers())): Dispatched {
  request.entryPoint ||= 'web'
  const handler = new Dispatched(request)
  dispatch(request, handler)
  return handler
}

const hello: Dispatch = (_request, handler) => replyText(handler, 200, 'hello')

test('an entry point, its router and a server behind it count one exchange each', () => {
  const { metrics, seen, places } = counting()
  const dispatch = metrics.router('r@file', router(), metrics.server('app@file', hello))
  expect(send(dispatch).text).toBe('hello\n')
  send(dispatch)
  expect(seen().sort()).toEqual(['entrypoint web 200 GET: 2', 'router r@file 200 GET: 2', 'service app@file 200 GET: 2'])
  for (const { words, at } of places) {
    expect(words[at + EXCHANGE.responseOctets]).toBe(12)
    expect(words[at + EXCHANGE.buckets]).toBe(2)
  }
})

test('a router on several entry points counts at the one that got the request', () => {
  const { metrics, seen } = counting({ routers: false })
  const dispatch = metrics.router('r@file', router({ entryPoints: ['web', 'other'] }), hello)
  for (const entryPoint of ['web', 'other', 'web']) {
    const request = new RequestHead('GET', '/', new Headers())
    request.entryPoint = entryPoint
    send(dispatch, request)
  }
  expect(seen()).toEqual(['entrypoint web 200 GET: 2', 'entrypoint other 200 GET: 1'])
})

test('what throws is counted once, as what the client gets', () => {
  for (const [error, code] of [
    [new GatewayError('GTW_UPSTREAM_TIMEOUT'), 504],
    [new TypeError('a fault of ours'), 500],
  ] as const) {
    const { metrics, seen } = counting({ routers: false })
    const dispatch = metrics.router('r@file', router(), () => {
      throw error
    })
    expect(() => send(dispatch)).toThrow(error)
    expect(seen()).toEqual([`entrypoint web ${code} GET: 1`])
  }
})

test('a response that breaks off counts as what had begun', () => {
  const { metrics, seen } = counting({ routers: false })
  const dispatch = metrics.router('r@file', router(), (_request, handler) => {
    handler.onResponseStart(INERT, 206, new Headers())
    handler.onResponseError(INERT, new GatewayError('GTW_UPSTREAM_RESET'))
    return true
  })
  expect(send(dispatch).error?.code).toBe('GTW_UPSTREAM_RESET')
  expect(seen()).toEqual(['entrypoint web 206 GET: 1'])
})

test('what a router keeps out of it is counted nowhere, and what it shares with others is counted for them', () => {
  const { metrics, seen } = counting()
  const server = metrics.server('app@file', hello)
  const child = metrics.router('child@file', router({ entryPoints: [], parents: ['top@file'] }), server)
  send(metrics.router('quiet@file', router({ unmeasured: true }), child))
  send(metrics.router('own@internal', router({ service: 'ping@internal' }), hello))
  expect(seen()).toEqual([])
  const { service: _, ...parent } = router()
  send(metrics.router('top@file', parent, child))
  expect(seen().sort()).toEqual([
    'entrypoint web 200 GET: 1',
    'router child@file 200 GET: 1',
    'router top@file 200 GET: 1',
    'service app@file 200 GET: 1',
  ])
})

test('where nothing matches the entry point decides', () => {
  const { metrics, seen } = counting()
  expect(metrics.unrouted('silent', hello)).toBe(hello)
  send(metrics.unrouted('web', hello))
  metrics.entryPoint('silent').refused('GTW_HEAD_TOO_LARGE')
  metrics.entryPoint('web').refused('GTW_HEAD_TOO_LARGE')
  expect(seen()).toEqual(['entrypoint web 200 GET: 1', 'errors: 1', 'entrypoint web 431 EXTENSION_METHOD: 1', 'errors: 1'])
})

test('levels that nobody wants leave the dispatch as it is', () => {
  const { metrics } = counting({ entryPoints: false, routers: false, services: false })
  expect(metrics.router('r@file', router(), hello)).toBe(hello)
  expect(metrics.server('app@file', hello)).toBe(hello)
  expect(metrics.unrouted('web', hello)).toBe(hello)
})

test('fields are read as the request came, whatever becomes of them', () => {
  const { metrics, places } = counting({ headers: ['x-a', 'host'], services: false, routers: false })
  const dispatch = metrics.router('r@file', router(), (request, handler: DispatchHandler) => {
    request.headers.delete('x-a')
    return hello(request, handler)
  })
  const request = new RequestHead('GET', '/', new Headers(['X-A', `1${'x'.repeat(1000)}`]))
  request.host = 'a.test'
  send(dispatch, request)
  const values = places.flatMap(({ series }) => (series.type === 'headers' ? [series.values] : []))
  expect(values).toEqual([[`1${'x'.repeat(255)}`, 'a.test']])
})

test('more values than there is room for are counted together, and said once', () => {
  const { metrics, places, full } = counting({ headers: ['x-a'], services: false, routers: false })
  const dispatch = metrics.router('r@file', router(), hello)
  for (let value = 0; value < 1200; value++) send(dispatch, new RequestHead('GET', '/', new Headers(['x-a', String(value)])))
  const rows = places.filter(({ series }) => series.type === 'headers')
  expect(rows).toHaveLength(1001)
  const { words, at, series } = rows.at(-1) as (typeof rows)[number]
  expect([series.type === 'headers' && series.values, words[at]]).toEqual([['other'], 200])
  expect(full).toEqual(['entrypoint web'])
})

test('who is forgotten begins anew', () => {
  const { metrics, seen } = counting({ entryPoints: false, routers: false })
  send(metrics.server('app@file', hello))
  metrics.forget([{ level: 'service', name: 'app@file' }])
  send(metrics.server('app@file', hello))
  expect(seen()).toEqual(['service app@file 200 GET: 1', 'service app@file 200 GET: 1'])
})
