import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { snapshotWith, transportOf } from '../../../test/harness/health-checks.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { checkedServer, watchedChecker } from '../../../test/harness/watched-checker.ts'
import type { Snapshot, StreamRecords } from '../../config/snapshot.ts'
import { tcpServersTransport } from '../../config/tcp.ts'
import { check } from '../../schema/index.ts'
import { serverKey } from '../../services/server-state.ts'
import { tcpServiceKey } from '../../tcp/keys.ts'
import { tcpLoadBalancer } from '../../tcp/options.ts'

const every10s = { interval: '10s' }

const NO_STREAMS: StreamRecords = {
  tcpRouters: {},
  tcpServices: {},
  tcpMiddlewares: {},
  tcpServersTransports: {},
  udpRouters: {},
  udpServices: {},
}

test('each change is logged once with its reason, told and counted', async () => {
  await using server = await checkedServer()
  await using watched = watchedChecker()
  const healthy = server.url.replace('//', '//user:secret@')
  watched.apply({ app: { servers: [server.url, 'http://127.0.0.1:1'], healthCheck: every10s }, b: { servers: [healthy] } })
  await watched.pass(10_000, 2)
  server.plan.status = 503
  await watched.pass(10_000, 4)
  await watched.pass(10_000, 6)
  server.plan.status = 200
  await watched.pass(10_000, 8)
  const about = { service: 'app', server: server.url, servers: 2 }
  expect(watched.lines).toEqual([
    { level: 'warn', message: 'a server is down', ...about, server: 'http://127.0.0.1:1', serversUp: 1, reason: expect.any(String) },
    { level: 'warn', message: 'a server is down', ...about, serversUp: 0, reason: 'it answers with status 503' },
    { level: 'info', message: 'a server is up again', ...about, serversUp: 1 },
  ])
  expect(watched.changes).toEqual(['app DOWN', 'app DOWN', 'app UP'])
  expect(watched.checker.counts).toEqual({ checks: 8, failures: 6, changes: 3 })
})

test('user information of a URL does not enter the log', async () => {
  await using server = await checkedServer()
  await using watched = watchedChecker()
  server.plan.status = 500
  watched.apply({ app: { servers: [server.url.replace('//', '//user:secret@')], healthCheck: every10s } })
  await watched.pass(10_000, 1)
  expect(JSON.stringify(watched.lines)).toContain(server.url)
  expect(JSON.stringify(watched.lines)).not.toContain('secret')
})

test('gRPC is the mode of a server that answers HTTP only: down', async () => {
  await using server = await checkedServer()
  await using watched = watchedChecker()
  watched.apply({ app: { servers: [server.url], healthCheck: { ...every10s, mode: 'grpc' } } })
  await watched.pass(10_000, 1)
  expect(watched.isUp('app', server.url)).toBe(false)
})

test('a URL that stands twice in a service is checked once, and in another service on its own', async () => {
  await using server = await checkedServer()
  await using watched = watchedChecker()
  watched.apply({
    app: { servers: [server.url, server.url], healthCheck: every10s },
    other: { servers: [server.url], healthCheck: { ...every10s, status: 201 } },
  })
  await watched.pass(10_000, 2)
  expect(watched.checker.status.http).toEqual(
    new Map([
      ['app', new Map([[server.url, 'UP']])],
      ['other', new Map([[server.url, 'DOWN']])],
    ]),
  )
})

test('services of HTTP and of TCP may have one name: each has its own servers', async () => {
  await using server = await checkedServer()
  await using watched = watchedChecker()
  const address = `127.0.0.1:${await freePort()}`
  const { value: loadBalancer } = check(tcpLoadBalancer, { servers: [{ address }], healthCheck: every10s })
  const { value: transport } = check(tcpServersTransport, {})
  const snapshot = snapshotWith({ app: { servers: [server.url], healthCheck: every10s } })
  const key = serverKey(tcpServiceKey('app'), address)
  const streams = { ...NO_STREAMS, tcpServices: { app: { loadBalancer } } }
  watched.checker.update({ ...snapshot, streams, cells: { ...snapshot.cells, [key]: 1 } }, transportOf(), transport)
  await watched.pass(10_000, 2)
  expect(watched.checker.status).toEqual({
    http: new Map([['app', new Map([[server.url, 'UP']])]]),
    tcp: new Map([['app', new Map([[address, 'DOWN']])]]),
  })
  expect(watched.lines).toMatchObject([{ kind: 'tcp', service: 'app', server: address, serversUp: 0, servers: 1 }])
})

test('what has no place in shared memory, because nothing uses its service, is not checked', async () => {
  await using watched = watchedChecker()
  const snapshot: Snapshot = { ...snapshotWith({ app: { servers: ['http://a'], healthCheck: every10s } }), cells: {} }
  watched.checker.update(snapshot, transportOf())
  expect([watched.timers.armed, watched.checker.status.http]).toEqual([0, new Map()])
})

describe('a new configuration', () => {
  test('leaves the phase and the state of what did not change', async () => {
    await using server = await checkedServer()
    await using watched = watchedChecker()
    server.plan.status = 500
    const app = { servers: [server.url], healthCheck: every10s }
    watched.apply({ app })
    await watched.pass(10_000, 1)
    watched.timers.advance(7_000)
    watched.apply({ app: { ...app, servers: ['http://127.0.0.1:1', server.url] }, more: { servers: ['http://a'] } })
    expect([watched.isUp('app', server.url), watched.timers.next]).toEqual([false, 3_000])
    expect(watched.checker.status.http.get('app')).toEqual(
      new Map([
        [server.url, 'DOWN'],
        ['http://127.0.0.1:1', 'UP'],
      ]),
    )
  })

  test('with other options checks in the new way and keeps the state until then', async () => {
    await using server = await checkedServer()
    await using watched = watchedChecker()
    server.plan.status = 404
    const app = { servers: [server.url], healthCheck: { interval: '10s' } }
    watched.apply({ app })
    await watched.pass(10_000, 1)
    watched.apply({ app: { ...app, healthCheck: { interval: '4s', status: 404 } } })
    expect([watched.isUp('app', server.url), watched.timers.armed, watched.timers.next]).toEqual([false, 1, 4_000])
    await watched.pass(4_000, 2)
    expect(watched.isUp('app', server.url)).toBe(true)
  })

  test('with another transport counts as other options; one with other timeouts does not', async () => {
    await using server = await checkedServer()
    await using watched = watchedChecker()
    const app = { servers: [server.url], healthCheck: every10s, serversTransport: 'slow' }
    watched.apply({ app }, { slow: {} })
    watched.timers.advance(6_000)
    watched.apply({ app }, { slow: { forwardingTimeouts: { dialTimeout: '1s' } } })
    expect(watched.timers.next).toBe(4_000)
    watched.apply({ app }, { slow: { insecureSkipVerify: true } })
    expect(watched.timers.next).toBe(10_000)
  })

  for (const [what, next] of [
    ['the server', { servers: [] as string[], healthCheck: every10s }],
    ['the health check', { servers: ['keep'] }],
  ] as const) {
    test(`without ${what} ends the check, and nothing speaks against the server any more`, async () => {
      await using server = await checkedServer()
      await using watched = watchedChecker()
      server.plan.status = 500
      watched.apply({ app: { servers: [server.url], healthCheck: every10s } })
      await watched.pass(10_000, 1)
      expect(watched.isUp('app', server.url)).toBe(false)
      watched.apply({ app: { ...next, servers: next.servers.map(() => server.url) } })
      expect([watched.isUp('app', server.url), watched.timers.armed, watched.checker.status.http]).toEqual([true, 0, new Map()])
    })
  }

  test('that comes during a check leaves it without effect', async () => {
    await using server = await checkedServer()
    await using watched = watchedChecker()
    server.plan.holds = true
    watched.apply({ app: { servers: [server.url], healthCheck: every10s } })
    watched.timers.advance(10_000)
    await server.asked(1)
    watched.apply({})
    await Promise.all(server.sockets.map((socket) => socket.closed || once(socket, 'close')))
    expect([watched.isUp('app', server.url), watched.timers.armed, watched.checker.counts.checks, watched.lines]).toEqual([true, 0, 0, []])
  })
})

test('no more than 64 checks are under way at the same time', async () => {
  await using server = await checkedServer()
  await using watched = watchedChecker()
  server.plan.holds = true
  const servers = Array.from({ length: 100 }, (_, index) => `${server.url}/${index}`)
  watched.apply({ app: { servers, healthCheck: { interval: '10s', timeout: '60s' } } })
  watched.timers.advance(10_000)
  await server.asked(64)
  expect(server.requests).toBe(64)
  server.plan.holds = false
  for (const response of server.held) response.end()
  await watched.pass(0, 100)
  expect(server.requests).toBe(100)
})

describe('the end', () => {
  test('waits for checks under way and leaves no timer, no connection and no further check', async () => {
    await using server = await checkedServer()
    const watched = watchedChecker()
    server.plan.holds = true
    const servers = Array.from({ length: 70 }, (_, index) => `${server.url}/${index}`)
    watched.apply({ app: { servers, healthCheck: every10s } })
    watched.timers.advance(10_000)
    await server.asked(64)
    await watched.checker.stop()
    await Promise.all(server.sockets.map((socket) => socket.closed || once(socket, 'close')))
    watched.apply({ app: { servers, healthCheck: every10s } })
    expect([watched.timers.armed, server.requests, watched.lines]).toEqual([0, 64, []])
  })

  test('leaves a server that is down in its state', async () => {
    await using server = await checkedServer()
    const watched = watchedChecker()
    server.plan.status = 500
    watched.apply({ app: { servers: [server.url], healthCheck: every10s } })
    await watched.pass(10_000, 1)
    await watched.checker.stop()
    expect(watched.isUp('app', server.url)).toBe(false)
  })
})
