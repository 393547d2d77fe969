import { expect, test } from 'vitest'
import { FakeTimers } from '../../../test/harness/fake-timers.ts'
import { recordedLog } from '../../../test/harness/recorded-log.ts'
import type { Snapshot } from '../../config/snapshot.ts'
import type { MetricPoint, MetricsPlan, Series } from '../../thread/metric-series.ts'
import type { WorkerLink } from '../worker-thread.ts'
import { Metrics } from './metrics.ts'

const plan: MetricsPlan = { buckets: [1], entryPoints: true, routers: true, services: true, internals: false, headers: [] }

const empty: Snapshot = { revision: 1, fingerprint: '', routers: {}, services: {}, middlewares: {}, serversTransports: {}, cells: {} }
const withService = (...names: string[]): Snapshot => ({ ...empty, services: Object.fromEntries(names.map((name) => [name, {}])) })

/** A worker that counts what a test says. */
class CountingWorker implements WorkerLink {
  readonly index: number
  readonly told: unknown[] = []
  readonly #metrics: Metrics
  readonly #page = new Float64Array(new SharedArrayBuffer(800))
  #next = 0

  constructor(metrics: Metrics, index: number) {
    this.index = index
    this.#metrics = metrics
    metrics.attach(this)
  }

  send(message: unknown): void {
    this.told.push(message)
  }

  count(series: Series, ...words: number[]): void {
    const at = this.#next
    this.#page.set(words, at)
    this.#metrics.hear(this, { type: 'series', place: { series, at, size: words.length, ...(at === 0 ? { page: this.#page } : {}) } })
    this.#next += words.length
  }
}

function metricsOf(snapshot: () => Snapshot = () => withService('a@file')) {
  const timers = new FakeTimers()
  const { log } = recordedLog()
  const checks = () => ({ checks: 0, failures: 0, changes: 0 })
  const metrics = new Metrics({ snapshot, plan, headerLabels: [], words: new Int32Array(0), checks, timers, log })
  const line = async (start: string): Promise<string[]> =>
    String((await metrics.answer()).content)
      .split('\n')
      .filter((one) => one.startsWith(start))
  return { metrics, timers, line }
}

const point: MetricPoint = { level: 'service', name: 'a@file' }
const exchanges = (more: Partial<Extract<Series, { type: 'exchanges' }>> = {}): Series => ({
  type: 'exchanges',
  point,
  code: 200,
  method: 'GET',
  protocol: 'http',
  ...more,
})

test('workers are added up, and one that is gone takes nothing along', async () => {
  const { metrics, line } = metricsOf()
  const [one, other] = [new CountingWorker(metrics, 0), new CountingWorker(metrics, 1)]
  one.count(exchanges(), 3, 10, 20, 1.5, 2)
  other.count(exchanges(), 4, 0, 5, 0.5, 4)
  one.count({ type: 'connections', entryPoint: 'web', protocol: 'TCP' }, 7)
  other.count({ type: 'connections', entryPoint: 'web', protocol: 'TCP' }, 1)
  const total = ['traefik_service_requests_total{code="200",method="GET",protocol="http",service="a@file"} 7']
  expect(await line('traefik_service_requests_total')).toEqual(total)
  expect(await line('traefik_service_request_duration_seconds_sum')).toEqual([expect.stringMatching(/ 2$/)])
  expect(await line('traefik_open_connections')).toEqual([expect.stringMatching(/ 8$/)])
  metrics.detach(one)
  expect(await line('traefik_service_requests_total')).toEqual(total)
  expect(await line('traefik_open_connections')).toEqual([expect.stringMatching(/ 1$/)])
  const next = new CountingWorker(metrics, 0)
  next.count(exchanges(), 1, 0, 0, 0, 1)
  expect(await line('traefik_service_requests_total')).toEqual([expect.stringMatching(/ 8$/)])
  expect(await line('gateway_worker_restarts_total')).toEqual(['gateway_worker_restarts_total 1'])
})

test('what is configured no more is told once more, and workers hear that they can forget it', async () => {
  let snapshot = withService('a@file', 'b@file')
  const { metrics, line } = metricsOf(() => snapshot)
  const worker = new CountingWorker(metrics, 0)
  worker.count(exchanges(), 1, 0, 0, 0, 1)
  worker.count(exchanges({ code: 404 }), 1, 0, 0, 0, 1)
  worker.count(exchanges({ point: { level: 'service', name: 'b@file' } }), 1, 0, 0, 0, 1)
  worker.count(exchanges({ point: { level: 'entrypoint', name: 'web' } }), 1, 0, 0, 0, 1)
  snapshot = withService('b@file')
  expect(await line('traefik_service_requests_total')).toHaveLength(3)
  expect(worker.told).toEqual([{ type: 'forgetSeries', points: [point] }])
  expect(await line('traefik_service_requests_total')).toHaveLength(1)
  expect(await line('traefik_entrypoint_requests_total')).toHaveLength(1)
  expect(worker.told).toHaveLength(1)
})

test('where nobody looks, what is gone is not kept for ever', () => {
  const { metrics, timers } = metricsOf(() => empty)
  const worker = new CountingWorker(metrics, 0)
  worker.count(exchanges(), 1, 0, 0, 0, 1)
  metrics.reloaded()
  expect(worker.told).toEqual([])
  timers.advance(600_001)
  metrics.reloaded()
  expect(worker.told).toEqual([{ type: 'forgetSeries', points: [point] }])
})

test('a router that leads to another service begins anew', async () => {
  const router = { entryPoints: [], rule: '', ruleSyntax: 'v3', priority: 1n, rank: 0, middlewares: [], service: 'b@file' } as const
  const { metrics, line } = metricsOf(() => ({ ...empty, routers: { 'r@file': router } }))
  const worker = new CountingWorker(metrics, 0)
  for (const service of ['a@file', 'b@file']) {
    worker.count(exchanges({ point: { level: 'router', name: 'r@file', service } }), 1, 0, 0, 0, 1)
  }
  expect(await line('traefik_router_requests_total')).toHaveLength(2)
  expect(await line('traefik_router_requests_total')).toEqual([expect.stringMatching(/service="b@file"/)])
})

test('versions of TLS are told as numbers', async () => {
  const { metrics, line } = metricsOf()
  const worker = new CountingWorker(metrics, 0)
  for (const [version, cipher] of [
    ['TLSv1', 'TLS_A'],
    ['TLSv1.3', 'TLS_B'],
    ['SSLv3', ''],
  ] as const) {
    worker.count({ type: 'tls', point, version, cipher }, 1)
  }
  expect(await line('traefik_service_requests_tls_total')).toEqual([
    'traefik_service_requests_tls_total{tls_version="1.0",tls_cipher="TLS_A",service="a@file"} 1',
    'traefik_service_requests_tls_total{tls_version="1.3",tls_cipher="TLS_B",service="a@file"} 1',
    'traefik_service_requests_tls_total{tls_version="unknown",tls_cipher="unknown",service="a@file"} 1',
  ])
})

test('findings are counted by their severity', async () => {
  const { metrics, line } = metricsOf()
  const finding = (severity: 'error' | 'warning') => ({ code: 'GTW_BAD_VALUE', severity, message: '' }) as const
  metrics.found([finding('error'), finding('warning'), finding('warning')])
  expect(await line('gateway_findings')).toEqual(['gateway_findings{severity="error"} 1', 'gateway_findings{severity="warning"} 2'])
})
