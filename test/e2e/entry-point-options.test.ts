import { connect } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { type RequestOptions, rawExchange, request } from '../harness/http-client.ts'
import { type Origin, startOrigin } from '../harness/origin.ts'
import { connectTo } from '../harness/peer.ts'
import { freePort } from '../harness/ports.ts'

const dynamicOf = ({ url }: Origin, routers: object = { app: { rule: 'PathPrefix(`/`)', service: 'app' } }, more: object = {}): string =>
  stringify({ http: { routers, services: { app: { loadBalancer: { servers: [{ url }] } } }, ...more } })

/** Options of the entry point `web`, as the harness wants them. */
const web = (options: object): string => stringify(options).replace(/^/gm, '    ').trimEnd()

const get = (path = '/', fields: readonly string[] = []): string =>
  `GET ${path} HTTP/1.1\r\nHost: a.test\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`

test('routers without entry points are on those that say asDefault, never on the internal one', async () => {
  await using origin = await startOrigin('app')
  const [marked, plain] = [await freePort(), await freePort()]
  const routers = {
    app: { rule: 'PathPrefix(`/`)', service: 'app' },
    own: { rule: 'Path(`/own`)', service: 'app', entryPoints: ['plain'] },
  }
  const statuses = async (gateway: RunningGateway): Promise<number[]> =>
    Promise.all([marked, plain, gateway.pingPort].map(async (port) => (await request(port, { path: '/x' })).status))
  const args = [`--entryPoints.marked.address=127.0.0.1:${marked}`, `--entryPoints.plain.address=127.0.0.1:${plain}`]
  {
    await using gateway = await startGateway({ dynamic: dynamicOf(origin, routers), args })
    expect(await statuses(gateway)).toEqual([200, 200, 404])
  }
  await using gateway = await startGateway({ dynamic: dynamicOf(origin, routers), args: [...args, '--entryPoints.marked.asDefault=true'] })
  expect(await statuses(gateway)).toEqual([200, 404, 404])
  expect((await request(plain, { path: '/own' })).status).toBe(200)
})

test('middlewares of an entry point run before those of each router, whichever provider they are of', async () => {
  await using origin = await startOrigin('app')
  const prefix = (text: string): object => ({ addPrefix: { prefix: text } })
  const routers = { app: { rule: 'PathPrefix(`/`)', service: 'app', middlewares: ['own'] } }
  await using gateway = await startGateway({
    dynamic: dynamicOf(origin, routers, { middlewares: { own: prefix('/own'), outer: prefix('/outer') } }),
    web: web({ http: { middlewares: ['outer@file'] } }),
  })
  await request(gateway.port, { path: '/x' })
  // The inner one adds to what the outer one has made.
  expect(origin.seen.at(-1)?.url).toBe('/own/outer/x')
})

test('TLS of an entry point holds for every router of it', async () => {
  await using origin = await startOrigin('app')
  await using gateway = await startGateway({ dynamic: dynamicOf(origin), web: web({ http: { tls: {} } }) })
  expect((await request(gateway.port)).status).toBe(404)
  const socket = connect({ port: gateway.port, host: '127.0.0.1', rejectUnauthorized: false })
  socket.write(get('/', ['Connection: close']))
  const received = Buffer.concat(await socket.toArray()).toString()
  expect(received).toMatch(/^HTTP\/1\.1 200 /)
})

test('a connection is asked to close after so many requests, or when it is so old', async () => {
  await using origin = await startOrigin('app')
  {
    await using gateway = await startGateway({ dynamic: dynamicOf(origin), web: web({ transport: { keepAliveMaxRequests: 2 } }) })
    const received = (await rawExchange(gateway.port, get() + get() + get())).toString()
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    expect(received.match(/^connection: close/gim)).toHaveLength(1)
  }
  await using gateway = await startGateway({ dynamic: dynamicOf(origin), web: web({ transport: { keepAliveMaxTime: '1ms' } }) })
  await using client = await connectTo(gateway.port)
  for (let asked = 1; !/^connection: close/im.test(client.text); asked++) {
    client.send(get())
    await client.until(({ text }) => text.split('\r\n\r\napp').length > asked)
  }
  await client.untilEnd()
})

test('heads that are too large, clients that are too slow and idle connections end', async () => {
  await using origin = await startOrigin('app')
  await using gateway = await startGateway({
    dynamic: dynamicOf(origin),
    web: web({ http: { maxHeaderBytes: 1_000 }, transport: { respondingTimeouts: { readTimeout: '300ms', idleTimeout: '300ms' } } }),
  })
  expect((await rawExchange(gateway.port, get('/', [`X-Long: ${'x'.repeat(1_000)}`]))).toString()).toMatch(/^HTTP\/1\.1 431 /)
  expect((await rawExchange(gateway.port, 'GET / HT')).toString()).toMatch(/^HTTP\/1\.1 408 /)
  expect((await rawExchange(gateway.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nsome')).toString()).toMatch(
    /^HTTP\/1\.1 408 /,
  )
  await using client = await connectTo(gateway.port)
  client.send(get())
  await client.until(({ text }) => text.endsWith('app'))
  await client.untilEnd()
})

test('an answer that takes longer than writeTimeout breaks off', async () => {
  await using origin = await startOrigin('app', (_seen, response) => response.write('some'))
  await using gateway = await startGateway({
    dynamic: dynamicOf(origin),
    web: web({ transport: { respondingTimeouts: { writeTimeout: '300ms' } } }),
  })
  const received = (await rawExchange(gateway.port, get())).toString()
  expect(received).toContain('some')
  expect(received).not.toContain('\r\n0\r\n\r\n')
})

test('content that comes too slowly breaks off where it says so', async () => {
  await using origin = await startOrigin('app')
  await using gateway = await startGateway({
    dynamic: dynamicOf(origin),
    web: web({ transport: { respondingTimeouts: { readTimeout: 0, bodyIdleTimeout: '100ms', minBodyRate: 0 } } }),
  })
  const received = await rawExchange(gateway.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nsome', { withinMs: 30_000 })
  expect(received.toString()).toMatch(/^HTTP\/1\.1 408 /)
  expect(origin.seen).toEqual([])
})

const CLAIMS = [
  'X-Forwarded-For: 192.0.2.1',
  'X-Forwarded-Proto: https',
  'X_Forwarded_Host: evil',
  'X-Real-Ip: 192.0.2.2',
  'X-Scheme: gopher',
]

const forwardings: readonly {
  readonly why: string
  readonly forwardedHeaders: object
  readonly seen: object
  readonly fields?: string[]
}[] = [
  {
    why: 'nobody is believed by default',
    forwardedHeaders: {},
    seen: {
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-real-ip': '127.0.0.1',
      'x-scheme': undefined,
      x_forwarded_host: undefined,
    },
  },
  {
    why: 'insecure believes everybody',
    forwardedHeaders: { insecure: true },
    seen: { 'x-forwarded-for': '192.0.2.1, 127.0.0.1', 'x-forwarded-proto': 'https', 'x-real-ip': '192.0.2.2', 'x-forwarded-port': '443' },
  },
  {
    why: 'a trusted address is believed',
    forwardedHeaders: { trustedIPs: ['127.0.0.0/8'] },
    seen: { 'x-forwarded-for': '192.0.2.1, 127.0.0.1', 'x-real-ip': '192.0.2.2' },
  },
  {
    why: 'another address is not',
    forwardedHeaders: { trustedIPs: ['10.0.0.1'] },
    seen: { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' },
  },
  {
    why: 'the peer is not added where nobody wants it',
    forwardedHeaders: { insecure: true, notAppendXForwardedFor: true },
    seen: { 'x-forwarded-for': '192.0.2.1' },
  },
  {
    why: 'the scheme has two more names where somebody wants them',
    forwardedHeaders: { insecure: true, addXForwardedSchemeHeaders: true },
    seen: { 'x-scheme': 'https', 'x-forwarded-scheme': 'https', 'x-forwarded-proto': 'https' },
  },
  {
    why: 'a field that Connection names goes',
    forwardedHeaders: {},
    fields: ['X-Hop: 1', 'Connection: x-hop, x-forwarded-proto'],
    seen: { 'x-hop': undefined, 'x-forwarded-proto': 'http' },
  },
  {
    why: 'a field that Connection names stays where the entry point says so',
    forwardedHeaders: { connection: ['X-Hop'] },
    fields: ['X-Hop: 1', 'Connection: x-hop'],
    seen: { 'x-hop': '1' },
  },
]

describe('forwardedHeaders', () => {
  for (const { why, forwardedHeaders, seen, fields = CLAIMS } of forwardings) {
    test(why, async () => {
      await using origin = await startOrigin('app')
      await using gateway = await startGateway({ dynamic: dynamicOf(origin), web: web({ forwardedHeaders }) })
      await rawExchange(gateway.port, get('/', fields), { until: 1 })
      const { headers = {} } = origin.seen.at(-1)?.incoming ?? {}
      expect(Object.fromEntries(Object.keys(seen).map((name) => [name, headers[name]]))).toEqual(seen)
    })
  }
})

for (const [strategy, status, seen] of [
  ['keep', 200, '1'],
  ['delete', 200, undefined],
  ['reject', 400, 'nothing'],
] as const) {
  test(`underscores in names of fields: ${strategy}`, async () => {
    await using origin = await startOrigin('app')
    await using gateway = await startGateway({ dynamic: dynamicOf(origin), web: web({ http: { underscoreHeadersStrategy: strategy } }) })
    const options: RequestOptions = { headers: { x_a: '1' } }
    expect((await request(gateway.port, options)).status).toBe(status)
    expect(origin.seen.length === 0 ? 'nothing' : origin.seen[0]?.incoming.headers.x_a).toBe(seen)
  })
}

test('observability is told to be without effect, and its router is served', async () => {
  await using origin = await startOrigin('app')
  const routers = { app: { rule: 'PathPrefix(`/`)', service: 'app', observability: { accessLogs: false } } }
  await using gateway = await startGateway({ dynamic: dynamicOf(origin, routers) })
  expect((await request(gateway.port)).text).toBe('app')
  await gateway.process.printed(/WRN .*observability.*GTW_UNSUPPORTED/)
})
