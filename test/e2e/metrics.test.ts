import { describe, expect, test } from 'vitest'
import { liveIn, type RunningGateway, startGateway } from '../harness/gateway.ts'
import { rawExchange, request } from '../harness/http-client.ts'
import { lint, type Scrape, scrape } from '../harness/metrics.ts'
import { startOrigin } from '../harness/origin.ts'
import { needs } from '../harness/services.ts'

const METRICS = 'metrics: { prometheus: { addRoutersLabels: true } }'

const dynamicOf = (url: string): string => `
http:
  routers:
    app: { rule: "PathPrefix(\`/app\`)", service: app }
    dead: { rule: "PathPrefix(\`/dead\`)", service: dead }
    none: { rule: "PathPrefix(\`/none\`)", service: none }
    own: { rule: "PathPrefix(\`/own\`)", service: whoami@internal }
  services:
    app: { loadBalancer: { servers: [{ url: "${url}" }] } }
    dead: { loadBalancer: { servers: [{ url: "http://127.0.0.1:1" }] } }
    none: { loadBalancer: { servers: [] } }
`

const web = { entrypoint: 'web' }
const app = { router: 'app@file', service: 'app@file' }

/** An origin whose answer is as long, and of the status, as the query says. */
async function answering() {
  return startOrigin('app', ({ url }, response) => {
    const query = new URLSearchParams(url.split('?')[1])
    response.statusCode = Number(query.get('status') ?? 200)
    response.end('x'.repeat(Number(query.get('length') ?? 0)))
  })
}

/** Asks until everything that was sent is counted: the last octets reach a client before the exchange is over. */
async function counted(gateway: RunningGateway, name: string, labels: Readonly<Record<string, string>>, count: number): Promise<Scrape> {
  let seen = await scrape(gateway.pingPort)
  await expect
    .poll(
      async () => {
        seen = await scrape(gateway.pingPort)
        return seen.value(name, labels)
      },
      { timeout: 10_000 },
    )
    .toBe(count)
  return seen
}

for (const workers of [1, 4]) {
  describe(`with ${workers} workers`, () => {
    needs(
      ['promtool'],
      'every request is counted once at its entry point, its router and its service, and promtool is content',
      async () => {
        await using origin = await answering()
        await using gateway = await startGateway({ dynamic: dynamicOf(origin.url), static: METRICS, workers })
        for (let turn = 0; turn < 20; turn++) {
          await request(gateway.port, { path: '/app?length=1000' })
          await request(gateway.port, { path: '/app?status=418&length=5', method: 'POST', body: 'y'.repeat(300) })
        }
        await request(gateway.port, { path: '/app', method: 'BREW' })
        await request(gateway.port, { path: '/app?length=7', method: 'HEAD' })
        const seen = await counted(gateway, 'traefik_entrypoint_requests_total', web, 42)
        for (const [level, labels] of [
          ['entrypoint', web],
          ['router', app],
          ['service', { service: 'app@file' }],
        ] as const) {
          const get = { ...labels, code: '200', method: 'GET', protocol: 'http' }
          const post = { ...labels, code: '418', method: 'POST', protocol: 'http' }
          expect(seen.value(`traefik_${level}_requests_total`, labels)).toBe(42)
          expect(seen.value(`traefik_${level}_requests_total`, get)).toBe(20)
          expect(seen.value(`traefik_${level}_requests_total`, post)).toBe(20)
          expect(seen.value(`traefik_${level}_requests_total`, { ...labels, method: 'EXTENSION_METHOD' })).toBe(1)
          expect(seen.value(`traefik_${level}_responses_bytes_total`, get)).toBe(20_000)
          expect(seen.value(`traefik_${level}_requests_bytes_total`, get)).toBe(0)
          expect(seen.value(`traefik_${level}_requests_bytes_total`, post)).toBe(6000)
          expect(seen.value(`traefik_${level}_responses_bytes_total`, post)).toBe(100)
          expect(seen.value(`traefik_${level}_responses_bytes_total`, { ...labels, method: 'HEAD' })).toBe(0)
          expectHistogram(seen, `traefik_${level}_request_duration_seconds`, get, 20)
        }
        expect(lint(seen.text)).toBe('')
      },
    )
  })
}

function expectHistogram(seen: Scrape, name: string, labels: Readonly<Record<string, string>>, count: number): void {
  const buckets = seen.of(`${name}_bucket`, labels)
  expect(buckets.map((bucket) => bucket.labels.le)).toEqual(['0.1', '0.3', '1.2', '5', '+Inf'])
  const counts = buckets.map(({ value }) => value)
  expect(counts).toEqual(counts.toSorted((one, other) => one - other))
  expect([counts.at(-1), seen.value(`${name}_count`, labels)]).toEqual([count, count])
  expect(seen.value(`${name}_sum`, labels)).toBeGreaterThan(0)
}

test('what no server answers is counted by what the client gets', async () => {
  await using origin = await answering()
  await using gateway = await startGateway({ dynamic: dynamicOf(origin.url), static: METRICS })
  const texts = []
  for (const path of ['/nowhere', '/dead', '/none']) texts.push((await request(gateway.port, { path })).text)
  const seen = await counted(gateway, 'traefik_entrypoint_requests_total', web, 3)
  for (const [index, code] of ['404', '502', '503'].entries()) {
    expect(seen.value('traefik_entrypoint_requests_total', { ...web, code })).toBe(1)
    expect(seen.value('traefik_entrypoint_responses_bytes_total', { ...web, code })).toBe(texts[index]?.length)
  }
  expect(seen.of('traefik_router_requests_total').map(({ labels }) => `${labels.router} ${labels.code}`)).toEqual([
    'dead@file 502',
    'none@file 503',
  ])
  // Nobody was asked for the last one.
  expect(seen.of('traefik_service_requests_total').map(({ labels }) => `${labels.service} ${labels.code}`)).toEqual(['dead@file 502'])
  expect(seen.value('gateway_request_errors_total', { ...web, error: 'GTW_UPSTREAM_REFUSED' })).toBe(1)
})

const refusals = [
  { why: 'two Host fields', octets: 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', code: '400', error: 'GTW_HOST_INVALID' },
  {
    why: 'a head that is too large',
    octets: `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`,
    code: '431',
    error: 'GTW_HEAD_TOO_LARGE',
  },
  { why: 'a path with a fragment', octets: 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n', code: '400', error: 'GTW_TARGET_INVALID' },
]

for (const { why, octets, code, error } of refusals) {
  test(`a request that is refused before routing is counted: ${why}`, async () => {
    await using gateway = await startGateway({ dynamic: dynamicOf('http://127.0.0.1:1'), static: METRICS })
    await rawExchange(gateway.port, octets, { until: 1 })
    const seen = await counted(gateway, 'traefik_entrypoint_requests_total', web, 1)
    expect(seen.value('traefik_entrypoint_requests_total', { ...web, code })).toBe(1)
    expect(seen.value('gateway_request_errors_total', { ...web, error })).toBe(1)
  })
}

test('each attempt counts at the service, and the request once at its entry point', async () => {
  await using origin = await startOrigin('app', (_, response) => {
    response.statusCode = 503
    response.end()
  })
  const dynamic = `
http:
  routers: { app: { rule: "PathPrefix(\`/\`)", service: app, middlewares: [again] } }
  middlewares: { again: { retry: { attempts: 3, initialInterval: 1ms, status: ["503"] } } }
  services: { app: { loadBalancer: { servers: [{ url: "${origin.url}" }] } } }
`
  await using gateway = await startGateway({ dynamic, static: METRICS })
  expect((await request(gateway.port)).status).toBe(503)
  const seen = await counted(gateway, 'traefik_entrypoint_requests_total', web, 1)
  expect(origin.seen).toHaveLength(3)
  expect(seen.value('traefik_service_requests_total', { service: 'app@file', code: '503' })).toBe(3)
})

test('connections are counted while they are open', async () => {
  await using origin = await startOrigin('held', () => {})
  await using gateway = await startGateway({ dynamic: dynamicOf(origin.url), static: METRICS, workers: 4 })
  const held = Array.from({ length: 8 }, () => request(gateway.port, { path: '/app' }).catch(() => 'cut'))
  await counted(gateway, 'traefik_open_connections', { ...web, protocol: 'TCP' }, 8)
  origin.server.closeAllConnections()
  await Promise.all(held)
  const seen = await counted(gateway, 'traefik_open_connections', { ...web, protocol: 'TCP' }, 0)
  expect(seen.value('traefik_open_connections', { entrypoint: 'gateway' })).toBe(1)
})

test('routers of services of our own are counted only where that is wanted', async () => {
  for (const [addInternals, count] of [
    [false, undefined],
    [true, 1],
  ] as const) {
    const metrics = `metrics: { addInternals: ${addInternals}, prometheus: { addRoutersLabels: true } }`
    await using gateway = await startGateway({ dynamic: dynamicOf('http://127.0.0.1:1'), static: metrics })
    await request(gateway.port, { path: '/own' })
    await request(gateway.port, { path: '/nowhere' })
    const seen = await counted(gateway, 'traefik_entrypoint_requests_total', { ...web, code: '404' }, 1)
    expect(seen.value('traefik_router_requests_total', { router: 'own@file' })).toBe(count)
    expect(seen.value('traefik_entrypoint_requests_total', { ...web, code: '200' })).toBe(count)
  }
})

describe('what is counted', () => {
  test('levels can be left out, and buckets chosen', async () => {
    await using origin = await answering()
    const metrics =
      'metrics: { prometheus: { addEntryPointsLabels: false, addServicesLabels: false, addRoutersLabels: true, buckets: [2, 0.5] } }'
    await using gateway = await startGateway({ dynamic: dynamicOf(origin.url), static: metrics })
    await request(gateway.port, { path: '/app' })
    const seen = await counted(gateway, 'traefik_router_requests_total', app, 1)
    expect(seen.text).not.toMatch(/^traefik_(entrypoint|service)_request/m)
    expect(seen.of('traefik_router_request_duration_seconds_bucket').map(({ labels }) => labels.le)).toEqual(['0.5', '2', '+Inf'])
  })

  test('a router or an entry point can keep out of it', async () => {
    await using origin = await answering()
    const dynamic = `
http:
  routers:
    quiet: { rule: "Path(\`/quiet\`)", service: app, observability: { metrics: false } }
    app: { rule: "Path(\`/app\`)", service: app, observability: { metrics: true } }
    plain: { rule: "Path(\`/plain\`)", service: app }
  services:
    app: { loadBalancer: { servers: [{ url: "${origin.url}" }] } }
`
    await using gateway = await startGateway({ dynamic, static: METRICS, web: '    observability: { metrics: false }\n' })
    for (const path of ['/quiet', '/plain', '/nowhere', '/app']) await request(gateway.port, { path })
    const seen = await counted(gateway, 'traefik_router_requests_total', { router: 'app@file' }, 1)
    expect(seen.value('traefik_entrypoint_requests_total', web)).toBe(1)
    expect(seen.of('traefik_router_requests_total').map(({ labels }) => labels.router)).toEqual(['app@file'])
    expect(seen.value('traefik_service_requests_total', { service: 'app@file' })).toBe(1)
  })

  test('fields of requests become labels of their number, escaped, and the values of clients find an end', async () => {
    await using origin = await answering()
    const metrics = 'metrics: { prometheus: { headerLabels: { agent: User-Agent, host: host } } }'
    await using gateway = await startGateway({ dynamic: dynamicOf(origin.url), static: metrics })
    const agent = 'a "quoted" \\ agent'
    await request(gateway.port, { path: '/app', headers: { 'user-agent': agent, host: 'a.test' } })
    await request(gateway.port, { path: '/app', headers: { host: 'b.test' } })
    let seen = await counted(gateway, 'traefik_service_requests_total', { service: 'app@file' }, 2)
    expect(seen.value('traefik_service_requests_total', { agent, host: 'a.test' })).toBe(1)
    expect(seen.value('traefik_entrypoint_requests_total', { agent: '', host: 'b.test' })).toBe(1)
    expect(seen.of('traefik_entrypoint_request_duration_seconds_count')[0]?.labels).not.toHaveProperty('agent')
    const many = Array.from({ length: 1100 }, (_, index) => index)
    for (let at = 0; at < many.length; at += 50) {
      await Promise.all(
        many.slice(at, at + 50).map((index) => request(gateway.port, { path: '/nowhere', headers: { 'user-agent': `agent ${index}` } })),
      )
    }
    seen = await counted(gateway, 'traefik_entrypoint_requests_total', web, 1102)
    expect(seen.of('traefik_entrypoint_requests_total', web)).toHaveLength(1001)
    expect(seen.value('traefik_entrypoint_requests_total', { ...web, agent: 'other', host: 'other' })).toBe(102)
    await gateway.process.printed(/too many values.*name=web/)
  })
})

describe('where it is asked', () => {
  test('with manual routing a router of the user answers, and no other one', async () => {
    const dynamic = 'http: { routers: { mine: { rule: "Path(`/numbers`)", service: prometheus@internal } } }'
    await using gateway = await startGateway({ dynamic, static: 'metrics: { prometheus: { manualRouting: true } }' })
    expect((await request(gateway.pingPort, { path: '/metrics' })).status).toBe(404)
    const { status, headers } = await request(gateway.port, { path: '/numbers' })
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect((await scrape(gateway.port, '/numbers')).value('traefik_config_reloads_total')).toBe(1)
  })

  test('without metrics a router that wants to tell them is disabled with the reason', async () => {
    const dynamic = 'http: { routers: { mine: { rule: "Path(`/numbers`)", service: prometheus@internal } } }'
    await using gateway = await startGateway({ dynamic })
    await gateway.process.printed(/prometheus is not enabled/)
    expect((await request(gateway.port, { path: '/numbers' })).status).toBe(404)
    expect((await request(gateway.pingPort, { path: '/metrics' })).status).toBe(404)
  })
})

test('what is configured no more is told once, and begins at 0 when it comes back', async () => {
  await using origin = await answering()
  const dynamic = dynamicOf(origin.url)
  await using gateway = await startGateway({ dynamic, static: METRICS, workers: 4 })
  for (let turn = 0; turn < 10; turn++) await request(gateway.port, { path: '/app' })
  await counted(gateway, 'traefik_service_requests_total', { service: 'app@file' }, 10)
  await gateway.rewrite('http: {}')
  await expect.poll(() => liveIn(gateway), { timeout: 10_000 }).toBe(2)
  const last = await scrape(gateway.pingPort)
  expect([last.value('traefik_router_requests_total', app), last.value('traefik_service_requests_total')]).toEqual([10, 10])
  const after = await scrape(gateway.pingPort)
  expect(after.text).not.toMatch(/app@file/)
  expect(after.value('traefik_config_reloads_total')).toBe(2)
  expect(after.value('traefik_config_last_reload_success')).toBeGreaterThan(1e9)
  await gateway.rewrite(dynamic)
  await expect.poll(() => liveIn(gateway), { timeout: 10_000 }).toBe(3)
  await request(gateway.port, { path: '/app' })
  await counted(gateway, 'traefik_service_requests_total', { service: 'app@file' }, 1)
})

test('the process tells of itself under the usual names', async () => {
  await using gateway = await startGateway({ dynamic: 'http: {}', static: METRICS })
  const seen = await scrape(gateway.pingPort)
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_open_fds', 'process_start_time_seconds']) {
    expect(seen.value(name), name).toBeGreaterThan(0)
  }
  expect(seen.of('nodejs_version_info')).toHaveLength(1)
})
