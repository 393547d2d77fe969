import { describe, expect, test } from 'vitest'
import { apiOf } from '../../../test/harness/asked-api.ts'
import type { Question } from '../../thread/question.ts'

const app = { loadBalancer: { servers: [{ url: 'http://127.0.0.1:1' }] } }
const router = (rule: string, more: object = {}): object => ({ rule, service: 'app', ...more })

/** One of everything. */
const file = {
  http: {
    routers: {
      app: router('Host(`a.test`) && PathPrefix(`/<x>`)', { middlewares: ['strip'], priority: 1000 }),
      half: router('PathPrefix(`/half`)', { entryPoints: ['web', 'nowhere'] }),
      broken: router('Host(`'),
      secure: router('Host(`s.test`)', { tls: { certResolver: 'none' } }),
      child: router('Path(`/c`)', { parentRefs: ['parent'] }),
      parent: { rule: 'PathPrefix(`/c`)' },
    },
    services: { app, unused: app, shared: { weighted: { services: [{ name: 'app' }] } } },
    middlewares: { strip: { stripPrefix: { prefixes: ['/x'] } }, zip: { compress: {} } },
  },
  tcp: {
    routers: { raw: { rule: 'HostSNI(`*`)', service: 'raw' } },
    services: { raw: { loadBalancer: { servers: [{ address: '127.0.0.1:2' }] } } },
    middlewares: { few: { inFlightConn: { amount: 3 } } },
  },
  udp: {
    routers: { games: { service: 'games' } },
    services: { games: { loadBalancer: { servers: [{ address: '127.0.0.1:3' }] } } },
  },
}
const entryPoints = { web: { address: ':80' }, games: { address: ':81/udp' } }
const { ask, read } = apiOf({ static: { entryPoints }, said: { file } })

const observability = { accessLogs: true, metrics: true, tracing: true, traceVerbosity: 'minimal' }

const shapes: readonly (readonly [why: string, path: string, item: object])[] = [
  [
    'a router',
    'http/routers/app@file',
    {
      entryPoints: ['web'],
      middlewares: ['strip@file'],
      service: 'app',
      rule: 'Host(`a.test`) && PathPrefix(`/<x>`)',
      priority: 1000,
      observability,
      status: 'enabled',
      using: ['web'],
      name: 'app@file',
      provider: 'file',
      priorityStr: '1000',
    },
  ],
  [
    'a router whose priority follows from its rule, and that is served half',
    'http/routers/half@file',
    {
      entryPoints: ['web'],
      service: 'app',
      rule: 'PathPrefix(`/half`)',
      priority: 19,
      observability,
      error: ['http.routers.half.entryPoints[1] is "nowhere", an entry point that does not exist'],
      status: 'warning',
      using: ['web'],
      name: 'half@file',
      provider: 'file',
      priorityStr: '19',
    },
  ],
  [
    'a service',
    'http/services/app@file',
    {
      loadBalancer: {
        servers: [{ url: 'http://127.0.0.1:1', weight: 1 }],
        strategy: 'wrr',
        passHostHeader: true,
        responseForwarding: { flushInterval: '100ms' },
      },
      status: 'enabled',
      usedBy: ['app@file', 'broken@file', 'child@file', 'half@file', 'secure@file'],
      serverStatus: { 'http://127.0.0.1:1': 'UP' },
      name: 'app@file',
      provider: 'file',
      type: 'loadbalancer',
    },
  ],
  [
    'a service of services that nobody uses',
    'http/services/shared@file',
    {
      weighted: { services: [{ name: 'app', weight: 1 }] },
      status: 'enabled',
      name: 'shared@file',
      provider: 'file',
      type: 'weighted',
    },
  ],
  ['a service of the gateway itself', 'http/services/noop@internal', { status: 'enabled', name: 'noop@internal', provider: 'internal' }],
  [
    'a middleware',
    'http/middlewares/strip@file',
    {
      stripPrefix: { prefixes: ['/x'] },
      status: 'enabled',
      usedBy: ['app@file'],
      name: 'strip@file',
      provider: 'file',
      type: 'stripprefix',
    },
  ],
  [
    'a router of TCP',
    'tcp/routers/raw@file',
    {
      entryPoints: ['web'],
      service: 'raw',
      rule: 'HostSNI(`*`)',
      priority: -1,
      status: 'enabled',
      using: ['web'],
      name: 'raw@file',
      provider: 'file',
      priorityStr: '-1',
    },
  ],
  [
    'a service of TCP',
    'tcp/services/raw@file',
    {
      loadBalancer: { servers: [{ address: '127.0.0.1:2' }] },
      status: 'enabled',
      usedBy: ['raw@file'],
      serverStatus: { '127.0.0.1:2': 'UP' },
      name: 'raw@file',
      provider: 'file',
      type: 'loadbalancer',
    },
  ],
  [
    'a middleware of TCP',
    'tcp/middlewares/few@file',
    { inFlightConn: { amount: 3 }, status: 'enabled', name: 'few@file', provider: 'file', type: 'inflightconn' },
  ],
  [
    'a router of UDP',
    'udp/routers/games@file',
    { entryPoints: ['games'], service: 'games', status: 'enabled', using: ['games'], name: 'games@file', provider: 'file' },
  ],
]
for (const [why, path, item] of shapes) {
  test(`${why} has what is configured, what holds by default and how it is`, async () => {
    expect(await read(`/api/${path}`)).toEqual(item)
  })
}

test('a router that cannot be used is there all the same, and says why', async () => {
  const broken = await read('/api/http/routers/broken@file')
  expect(broken).toMatchObject({ status: 'disabled', rule: 'Host(`', error: [expect.stringContaining('the string is never closed')] })
  expect(await read('/api/http/services/app@file')).toMatchObject({ status: 'enabled' })
})

test('a router with TLS tells its options, and what is wrong with its resolver', async () => {
  const secure = await read('/api/http/routers/secure@file')
  expect(secure).toMatchObject({ status: 'warning', tls: { certResolver: 'none', options: 'default' } })
})

test('a router below another one has no entry points of its own', async () => {
  const child = await read('/api/http/routers/child@file')
  expect(child).toMatchObject({ parentRefs: ['parent'], status: 'enabled' })
  expect(child).not.toHaveProperty('using')
})

test('what an entry point adds makes routers of their own', async () => {
  const middlewares = { mark: { headers: {} } }
  const more = { web: { address: ':80', http: { middlewares: ['mark@file'] } }, other: { address: ':81' } }
  const split = apiOf({
    static: { entryPoints: more },
    said: { file: { http: { ...file.http, middlewares: { ...file.http.middlewares, ...middlewares } } } },
  })
  expect(await split.read('/api/http/routers/web-app@file')).toMatchObject({ using: ['web'], middlewares: ['mark@file', 'strip@file'] })
  expect(await split.read('/api/http/routers/app@file')).toMatchObject({ using: ['other'], middlewares: ['strip@file'] })
  expect(await split.read('/api/http/middlewares/mark@file')).toMatchObject({ usedBy: expect.arrayContaining(['web-app@file']) })
})

test('names may be escaped, whatever they hold', async () => {
  const odd = apiOf({ said: { file: { http: { routers: { 'foo/bar <x>': router('Path(`/`)') }, services: { app } } } } })
  expect(await odd.read('/api/http/routers/foo%2Fbar%20%3Cx%3E%40file')).toMatchObject({ name: 'foo/bar <x>@file' })
})

test('the gateway has routers of its own, whose priority is told in full', async () => {
  const { ask: askOpen } = apiOf({ static: { api: { insecure: true } } })
  const { content } = await askOpen('/api/http/routers/api@internal')
  expect(content).toContain('"priority":9223372036854775806,')
  expect(JSON.parse(String(content))).toMatchObject({ rule: 'PathPrefix(`/api`)', using: ['gateway'], priorityStr: '9223372036854775806' })
})

describe('lists', () => {
  const names = async (target: string): Promise<string[]> => (await read(target)).map(({ name }: { name: string }) => name)
  const lists: readonly (readonly [target: string, names: readonly string[]])[] = [
    ['http/routers?search=HALF', ['half@file']],
    ['http/routers?search=a.test', ['app@file']],
    ['http/routers?status=disabled', ['broken@file']],
    ['http/routers?middlewareName=strip@file', ['app@file']],
    ['http/routers?serviceName=none', []],
    ['http/routers?serviceName=app@file&sortBy=priority&direction=desc&per_page=1', ['app@file']],
    ['http/services?search=app', ['app@file']],
    ['http/services?sortBy=servers&direction=desc&per_page=2', ['unused@file', 'app@file']],
    ['http/services?sortBy=type&direction=desc&per_page=1', ['shared@file']],
    ['http/middlewares?sortBy=type', ['zip@file', 'strip@file']],
    ['tcp/routers', ['raw@file']],
    ['tcp/middlewares', ['few@file']],
    ['udp/services', ['games@file']],
    ['entrypoints', ['games', 'web']],
  ]
  for (const [target, found] of lists) {
    test(target, async () => {
      expect(await names(`/api/${target}`)).toEqual(found)
    })
  }

  test('the next page is told, 1 at the end', async () => {
    const page = async (number: number) => (await ask(`/api/http/routers?per_page=4&page=${number}`)).headers
    expect(await page(1)).toEqual(expect.arrayContaining(['X-Next-Page', '2']))
    expect(await page(2)).toEqual(expect.arrayContaining(['X-Next-Page', '1']))
  })
})

const told: readonly (readonly [why: string, target: string, question: Partial<Question>, status: number, message?: string])[] = [
  ['no such page', '/api/http/routers?page=9', {}, 400, 'invalid request: page: 9, per_page: 100'],
  ['no such router', '/api/http/routers/x@file', {}, 404, 'router not found: x@file'],
  ['a router without its provider', '/api/http/routers/app', {}, 404, 'router not found: app'],
  ['a router of another protocol', '/api/tcp/routers/app@file', {}, 404, 'router not found: app@file'],
  ['no such service', '/api/udp/services/x@file', {}, 404, 'service not found: x@file'],
  ['no such middleware', '/api/http/middlewares/x', {}, 404, 'middleware not found: x'],
  ['no such entry point', '/api/entrypoints/x', {}, 404, 'entry point not found: x'],
  ['no such certificate', '/api/certificates/x', {}, 404, 'certificate not found: x'],
  ['middlewares of UDP', '/api/udp/middlewares', {}, 404, 'page not found'],
  ['a name that is not encoded', '/api/http/routers/%zz', {}, 400, 'the name %zz is not encoded as it should be'],
  ['a path below an item', '/api/http/routers/app@file/x', {}, 404, 'page not found'],
  ['a path below a document', '/api/version/x', {}, 404, 'page not found'],
  ['nothing', '/api/', {}, 404, 'page not found'],
  ['a property of every object', '/api/constructor', {}, 404, 'page not found'],
  ['another path', '/other/version', {}, 404, 'page not found'],
  ['a change', '/api/version', { method: 'POST' }, 405, 'the API is only read'],
  ['the head alone', '/api/version', { method: 'HEAD' }, 200],
  ['a page of another site', '/api/version', { headers: ['Sec-Fetch-Site', 'cross-site'] }, 403, 'requests of other sites are refused'],
  ['a page of its own', '/api/version', { headers: ['Sec-Fetch-Site', 'same-origin'] }, 200],
]
for (const [why, target, question, status, message] of told) {
  test(`${why}: ${status}`, async () => {
    const answer = await ask(target, question)
    expect(answer.status).toBe(status)
    if (message !== undefined) expect(JSON.parse(String(answer.content))).toEqual({ message })
    const fields = status === 200 ? ['application/json'] : ['text/plain; charset=utf-8']
    expect(answer.headers).toEqual(expect.arrayContaining([...fields, 'nosniff', 'no-store']))
    expect(answer.headers.includes('GET, HEAD')).toBe(status === 405)
  })
}

test('the version tells what dashboards want to know, and nothing that is not set', async () => {
  expect(await read('/api/version')).toEqual({ Version: '1.2.3', Codename: 'gateway', startDate: expect.stringMatching(/^20.*Z$/) })
  const named = apiOf({ static: { api: { dashboardName: 'mine', disableDashboardAd: true } } })
  expect(await named.read('/api/version')).toMatchObject({ dashboardName: 'mine', disableDashboardAd: true })
})

test('the base path stands in front of all paths', async () => {
  const moved = apiOf({ static: { api: { basePath: '/gateway/', insecure: true } } })
  expect((await moved.ask('/gateway/api/version')).status).toBe(200)
  expect((await moved.ask('/api/version')).status).toBe(404)
  expect(await moved.read('/gateway/api/http/routers/api@internal')).toMatchObject({ rule: 'PathPrefix(`/gateway/api`)' })
})

test('the overview counts what there is and what is wrong', async () => {
  const none = { total: 0, warnings: 0, errors: 0 }
  expect(await read('/api/overview')).toEqual({
    http: {
      routers: { total: 6, warnings: 2, errors: 1 },
      services: { total: 7, warnings: 0, errors: 0 },
      middlewares: { total: 2, warnings: 0, errors: 0 },
    },
    tcp: { routers: { ...none, total: 1 }, services: { ...none, total: 1 }, middlewares: { ...none, total: 1 } },
    udp: { routers: { ...none, total: 1 }, services: { ...none, total: 1 } },
    certificates: none,
    features: { tracing: '', metrics: '', accessLog: false },
    providers: [],
  })
})

test('the raw data holds everything under its name, and no kind of which there is nothing', async () => {
  const data = await read('/api/rawdata')
  expect(Object.keys(data)).toEqual([
    'routers',
    'middlewares',
    'services',
    'tcpRouters',
    'tcpMiddlewares',
    'tcpServices',
    'udpRouters',
    'udpServices',
  ])
  expect(Object.keys(data.routers)).toEqual(['app@file', 'broken@file', 'child@file', 'half@file', 'parent@file', 'secure@file'])
  expect(data.services['app@file']).toMatchObject({ serverStatus: { 'http://127.0.0.1:1': 'UP' } })
  expect(data.services['app@file']).not.toHaveProperty('name')
  expect(Object.keys(await apiOf({}).read('/api/rawdata'))).toEqual(['services'])
})

test('findings are told as they are', async () => {
  const { ok, findings } = await read('/api/findings')
  expect(ok).toBe(false)
  expect(findings).toContainEqual(expect.objectContaining({ code: 'GTW_UNKNOWN_ENTRY_POINT', path: 'http.routers.half.entryPoints[1]' }))
})
