import { test } from 'vitest'
import type { SnapshotRouter } from '../config/snapshot.ts'
import type { Dispatch, DispatchHandler } from '../dispatch/dispatch.ts'
import { INERT } from '../dispatch/reply.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import type { MetricsPlan } from '../thread/metric-series.ts'
import { TreeMetrics } from './tree-metrics.ts'

const REQUEST = ['Host', 'app.test', 'User-Agent', 'wrk', 'Accept', '*/*', 'Accept-Encoding', 'gzip', 'X-Forwarded-For', '10.0.0.1']
const RESPONSE = new Headers(['Content-Type', 'text/plain', 'Date', 'Mon, 01 Jan 2024 00:00:00 GMT'])
const CONTENT = Buffer.alloc(100)
const ROUTER: SnapshotRouter = {
  entryPoints: ['web'],
  rule: '',
  ruleSyntax: 'v3',
  priority: 1n,
  rank: 0,
  middlewares: [],
  service: 'app@file',
}

const server: Dispatch = (_request, handler) => {
  handler.onRequestStart(INERT)
  handler.onResponseStart(INERT, 200, RESPONSE)
  handler.onResponseData(INERT, CONTENT)
  handler.onResponseEnd(INERT, undefined)
  return true
}

const client: DispatchHandler = {
  onRequestStart() {},
  onResponseInfo() {},
  onRequestUpgrade() {},
  onResponseStart() {},
  onResponseData() {},
  onResponseEnd() {},
  onResponseError() {},
}

function dispatchWith(plan: Partial<MetricsPlan>): Dispatch {
  const metrics = new TreeMetrics({
    plan: { buckets: [0.1, 0.3, 1.2, 5], entryPoints: true, routers: false, services: true, internals: false, headers: [], ...plan },
    silentEntryPoints: [],
    tell: () => {},
    onManyValues: () => {},
  })
  return metrics.router('app@file', ROUTER, metrics.server('app@file', server))
}

function run(dispatch: Dispatch): () => void {
  return () => {
    const request = new RequestHead('GET', '/', new Headers([...REQUEST]))
    request.entryPoint = 'web'
    dispatch(request, client)
  }
}

test('one small exchange, counted', async ({ bench }) => {
  await bench.compare(
    bench('nowhere', run(server)),
    bench('at its entry point and service', run(dispatchWith({}))),
    bench('at its entry point, router and service', run(dispatchWith({ routers: true }))),
    bench('the same, with a label of a field', run(dispatchWith({ routers: true, headers: ['user-agent'] }))),
  )
})
