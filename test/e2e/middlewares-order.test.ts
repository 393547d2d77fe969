import { expect, test } from 'vitest'
import { startBehind } from '../harness/behind.ts'
import { startDataPlane } from '../harness/data-plane.ts'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startOrigin } from '../harness/origin.ts'
import { connectTo, startRawOrigin } from '../harness/peer.ts'

const prefix = (text: string) => ({ addPrefix: { prefix: text } })
const mark = (value: string) => ({ headers: { customResponseHeaders: { 'X-Mark': value } } })

test('a request meets the middlewares of the entry point, of the router and of the service; the response meets them the other way round', async () => {
  await using origin = await startOrigin('app')
  await using gateway = await startGateway({
    web: '    http: { middlewares: ["entry@file", "entry-mark@file"] }',
    dynamic: JSON.stringify({
      http: {
        routers: { app: { rule: 'PathPrefix(`/`)', service: 'app', middlewares: ['chained', 'router-mark'] } },
        services: { app: { loadBalancer: { servers: [{ url: origin.url }] }, middlewares: ['service', 'service-mark'] } },
        middlewares: {
          entry: prefix('/entry'),
          router: prefix('/router'),
          service: prefix('/service'),
          chained: { chain: { middlewares: ['router', 'inner'] } },
          inner: { chain: { middlewares: ['router'] } },
          'entry-mark': mark('entry'),
          'router-mark': mark('router'),
          'service-mark': mark('service'),
        },
      },
    }),
  })
  const response = await request(gateway.port, { path: '/x' })
  expect(origin.seen.map(({ url }) => url)).toEqual(['/service/router/router/entry/x'])
  expect(response.headers['x-mark']).toBe('entry')
})

for (const workers of [1, 4]) {
  test(`an entry point redirects everything to another one, but for what ping answers (${workers} workers)`, async () => {
    await using origin = await startOrigin('app')
    const http = {
      routers: {
        app: { rule: 'PathPrefix(`/`)', service: 'app' },
        first: { rule: 'Path(`/first`)', service: 'app', priority: 2000 },
      },
      services: { app: { loadBalancer: { servers: [{ url: origin.url }] } } },
    }
    await using gateway = await startGateway({
      web: '    http: { redirections: { entryPoint: { to: gateway, priority: 1000 } } }',
      dynamic: JSON.stringify({ http }),
      workers,
    })
    const ask = async (path: string, options: object = {}) => {
      const { status, headers, text } = await request(gateway.port, { path, headers: { host: 'a.test' }, ...options })
      return [status, headers.location ?? text]
    }
    const target = `https://a.test:${gateway.pingPort}`
    expect(await ask('/x?y=1')).toEqual([301, `${target}/x?y=1`])
    expect(await ask('/x', { method: 'POST' })).toEqual([308, `${target}/x`])
    // What has a higher priority is served.
    expect(await ask('/first')).toEqual([200, 'app'])
    expect((await request(gateway.pingPort, { path: '/ping' })).text).toBe('OK')
  })
}

test('a redirection to an entry point that does not exist is told, and nothing is redirected', async () => {
  await using gateway = await startGateway({
    web: '    http: { redirections: { entryPoint: { to: gatewey } } }',
    dynamic: 'http: { routers: { app: { rule: "PathPrefix(`/`)", service: whoami@internal } } }',
  })
  expect((await request(gateway.port)).status).toBe(200)
  expect(gateway.process.stdout + gateway.process.stderr).toContain(
    'entryPoints.web.http.redirections.entryPoint.to is "gatewey", an entry point that does not exist',
  )
})

test('what stands in front decorates what those behind answer, not the other way round', async () => {
  const middlewares = { mark: mark('a'), list: { ipAllowList: { sourceRange: ['1.1.1.1'] } } }
  for (const [order, marked] of [
    [['mark', 'list'], 'a'],
    [['list', 'mark'], undefined],
  ] as const) {
    await using behind = await startBehind({ middlewares, order })
    const response = await behind.ask('/')
    expect([response.status, response.headers['x-mark']]).toEqual([403, marked])
  }
})

test('what rewrites a path shows the new one to those behind it', async () => {
  const middlewares = {
    strip: { stripPrefix: { prefixes: ['/api'] } },
    redirect: { redirectRegex: { regex: '^(http://[^/]+)/old', replacement: '$1/new' } },
  }
  await using after = await startBehind({ middlewares })
  expect((await after.ask('/api/old/x')).headers.location).toMatch(/\/new\/x$/)
  await using before = await startBehind({ middlewares, order: ['redirect', 'strip'] })
  expect((await before.ask('/api/old/x')).status).toBe(200)
  expect(before.seen.map(({ url }) => url)).toEqual(['/old/x'])
})

const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Own: app\r\n\r\n'
const ALL = {
  fields: {
    headers: {
      customRequestHeaders: { 'X-New': '1' },
      customResponseHeaders: { 'X-Own': 'b', 'X-New': '1' },
      frameDeny: true,
      accessControlAllowOriginList: ['*'],
    },
  },
  pages: { errors: { status: ['100-599'], service: 'pages' } },
  type: { contentType: {} },
  web: { grpcWeb: { allowOrigins: ['*'] } },
  strip: { stripPrefix: { prefixes: ['/api'] } },
}

test('a switch of protocols passes as the server made it', async () => {
  await using origin = await startRawOrigin((peer) => {
    if (peer.text.endsWith('\r\n\r\n')) peer.send(`${SWITCHED}hello`)
  })
  const http = {
    routers: { app: { rule: 'PathPrefix(`/`)', service: 'app', middlewares: Object.keys(ALL) } },
    services: { app: { loadBalancer: { servers: [{ url: origin.url }] } }, pages: { loadBalancer: {} } },
    middlewares: ALL,
  }
  await using plane = await startDataPlane({ dynamic: JSON.stringify({ http }) })
  await using client = await connectTo(plane.port)
  client.send('GET /api/x HTTP/1.1\r\nHost: a\r\nOrigin: https://a.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  await client.until(({ text }) => text.endsWith('hello'))
  expect(client.text.toLowerCase()).not.toMatch(/x-new|x-frame|access-control/)
  expect(client.text).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n(.*\r\n)*X-Own: app\r\n(.*\r\n)*\r\nhello$/)
  expect(origin.peers[0]?.text).toMatch(/^GET \/x HTTP\/1.1\r\n(.*\r\n)*X-New: 1\r\n/)
})

test('content flows through both ways while it comes, and interim responses pass', async () => {
  await using origin = await startRawOrigin()
  const http = {
    routers: { app: { rule: 'PathPrefix(`/`)', service: 'app', middlewares: Object.keys(ALL) } },
    services: { app: { loadBalancer: { servers: [{ url: origin.url }] } }, pages: { loadBalancer: {} } },
    middlewares: { ...ALL, pages: { errors: { status: ['500'], service: 'pages' } } },
  }
  await using plane = await startDataPlane({ dynamic: JSON.stringify({ http }) })
  await using client = await connectTo(plane.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
  await origin.until(([peer]) => peer?.text.endsWith('3\r\none\r\n'))
  const [server] = origin.peers
  server?.send('HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n')
  await client.until(({ text }) => text.startsWith('HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n'))
  server?.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n')
  await client.until(({ text }) => text.endsWith('3\r\nyes\r\n'))
  client.send('3\r\ntwo\r\n0\r\n\r\n')
  await origin.until(([peer]) => peer?.text.endsWith('3\r\ntwo\r\n0\r\n\r\n'))
  server?.send('2\r\nno\r\n0\r\nX-Trailer: t\r\n\r\n')
  await client.until(({ text }) => text.endsWith('2\r\nno\r\n0\r\nX-Trailer: t\r\n\r\n'))
  expect(client.text).toMatch(/HTTP\/1.1 200 OK\r\n(.*\r\n)*X-New: 1\r\n/)
})

test('HEAD meets the same middlewares as GET', async () => {
  await using behind = await startBehind({ middlewares: { ...ALL, pages: { errors: { status: ['404'], service: 'app' } } } })
  const response = await behind.ask('/api/x', { method: 'HEAD' })
  expect([response.status, response.headers['x-new'], response.text]).toEqual([200, '1', ''])
  expect(behind.seen.map(({ method, url }) => [method, url])).toEqual([['HEAD', '/x']])
})

const KINDS = `
http:
  routers:
    app: { rule: "PathPrefix(\`/app\`)", service: app, middlewares: [admit, pages, strip, fields] }
    secret: { rule: "PathPrefix(\`/secret\`)", service: app, middlewares: [refuse] }
    moved: { rule: "PathPrefix(\`/moved\`)", service: app, middlewares: [moved] }
    rewritten: { rule: "PathPrefix(\`/rewritten\`)", service: app, middlewares: [rewrite] }
  services:
    app: { loadBalancer: { servers: [{ url: "URL" }] } }
  middlewares:
    admit: { ipWhiteList: { sourceRange: [127.0.0.1] } }
    refuse: { ipAllowList: { sourceRange: 10.0.0.0/8, ipStrategy: {} } }
    pages: { errors: { status: 404, service: app, query: "/page?{status}" } }
    strip: { stripPrefixRegex: { regex: ["^/app/v[0-9]+"] } }
    fields: { headers: { customResponseHeaders: { X-New: 1 }, sslRedirect: true } }
    moved: { redirectRegex: { regex: "/moved/(.*)", replacement: "/new/$1", permanent: true } }
    rewrite: { replacePathRegex: { regex: "^/rewritten", replacement: "/new" } }
`

for (const workers of [1, 4]) {
  test(`every kind is read from a file and served by every worker (${workers} workers)`, async () => {
    await using origin = await startOrigin('app', ({ url }, response) => {
      response.statusCode = url === '/missing' ? 404 : 200
      response.end(url)
    })
    await using gateway = await startGateway({ dynamic: KINDS.replace('URL', origin.url), workers })
    const ask = async (path: string) => {
      const { status, headers, text } = await request(gateway.port, { path })
      return [status, headers['x-new'], headers.location?.replace(/^.*?\d\//, '/') ?? text]
    }
    const served = [
      ['/app/v1/x', 200, '1', '/x'],
      ['/app/v1/missing', 404, undefined, '/page?404'],
      ['/secret', 403, undefined, 'Forbidden'],
      ['/moved/a?b', 301, undefined, '/new/a?b'],
      ['/rewritten/a?b', 200, undefined, '/new/a?b'],
    ] as const
    for (const [path, ...expected] of served) {
      const answers = await Promise.all(Array.from({ length: 2 * workers }, () => ask(path)))
      expect({ path, answers }).toEqual({ path, answers: answers.map(() => expected) })
    }
    const output = gateway.process.stdout + gateway.process.stderr
    expect(output).toContain('old option "ipWhiteList" (it is called `ipAllowList` now) in http.middlewares.admit')
    expect(output).toContain('old option "sslRedirect" (it has no effect: use `redirectScheme`) in http.middlewares.fields.headers')
  })
}
