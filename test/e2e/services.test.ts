import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { stickyValue } from '../../src/services/sticky/sticky.ts'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { type RequestOptions, type Response, rawExchange, request } from '../harness/http-client.ts'
import { type Origin, startOrigin } from '../harness/origin.ts'
import { freePort } from '../harness/ports.ts'

const APP = { rule: 'PathPrefix(`/`)', service: 'app' }

/** Services, and a router that leads to the one called `app`. */
const dynamicOf = (services: object, more: object = {}): string => stringify({ http: { routers: { app: APP }, services, ...more } })

const serversOf = (origins: readonly Pick<Origin, 'url'>[], weights: readonly number[] = []) =>
  origins.map(({ url }, index) => ({ url, weight: weights[index] ?? 1 }))

const service = (origins: readonly Pick<Origin, 'url'>[], options: object = {}) => ({
  loadBalancer: { servers: serversOf(origins), ...options },
})

async function tally(count: number, ask: () => Promise<Response>): Promise<Record<string, number>> {
  const seen: Record<string, number> = {}
  for (let turn = 0; turn < count; turn++) {
    const { text } = await ask()
    seen[text] = (seen[text] ?? 0) + 1
  }
  return seen
}

const cookieOf = ({ headers }: Response): string => (headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ')

describe.each([1, 4])('with %i workers', (workers) => {
  const start = (dynamic: string): Promise<RunningGateway> => startGateway({ dynamic, workers })
  const ask = (gateway: RunningGateway, options?: RequestOptions): Promise<Response> => request(gateway.port, options)

  test('servers get exact shares, on connections that any worker may have', async () => {
    await using a = await startOrigin('a')
    await using b = await startOrigin('b')
    await using c = await startOrigin('c')
    await using gateway = await start(dynamicOf({ app: { loadBalancer: { servers: serversOf([a, b, c], [3, 2, 1]) } } }))
    expect(await tally(60, () => ask(gateway))).toEqual({ a: 30, b: 20, c: 10 })
  })

  test('p2c knows what a server works on, whichever worker sent it', async () => {
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow = ({ url }: { url: string }, response: { end(text: string): void }): void => {
      if (url === '/slow') void held.then(() => response.end('slow'))
      else response.end('a')
    }
    await using a = await startOrigin('a', slow)
    await using b = await startOrigin('b', slow)
    await using gateway = await start(dynamicOf({ app: service([a, b], { strategy: 'p2c' }) }))
    const waiting = ask(gateway, { path: '/slow', withinMs: 30_000 })
    await expect.poll(() => a.seen.length + b.seen.length).toBe(1)
    const [busy, idle] = a.seen.length === 1 ? [a, b] : [b, a]
    for (let count = 0; count < 20; count++) await ask(gateway)
    // An answer can reach the client a moment before its worker has counted it: a few may meet servers that look alike.
    expect(busy.seen.length + idle.seen.length).toBe(21)
    expect(idle.seen.length).toBeGreaterThanOrEqual(17)
    release()
    expect((await waiting).text).toBe('slow')
  })

  test('hrw keeps a client with one server', async () => {
    await using a = await startOrigin('a')
    await using b = await startOrigin('b')
    await using gateway = await start(dynamicOf({ app: service([a, b], { strategy: 'hrw' }) }))
    expect(Object.values(await tally(20, () => ask(gateway)))).toEqual([20])
  })

  test('leasttime prefers the server that answers sooner', async () => {
    await using a = await startOrigin('a', (_seen, response) => setTimeout(() => response.end('a'), 50))
    await using b = await startOrigin('b')
    await using gateway = await start(dynamicOf({ app: service([a, b], { strategy: 'leasttime' }) }))
    const seen = await tally(60, () => ask(gateway))
    // Each worker tries each server once.
    expect(seen.a).toBeLessThanOrEqual(2 * workers)
  })

  test('a sticky client stays over connections, a reload and a restart', async () => {
    await using a = await startOrigin('a')
    await using b = await startOrigin('b')
    const services = { app: service([a, b], { sticky: { cookie: { httpOnly: true, sameSite: 'lax' } } }) }
    const first = await (async () => {
      await using gateway = await start(dynamicOf(services))
      const answer = await ask(gateway)
      expect(answer.headers['set-cookie']?.[0]).toMatch(/^_[0-9a-f]{5}=[0-9a-f]{16}; Path=\/; HttpOnly; SameSite=Lax$/)
      const headers = { cookie: cookieOf(answer) }
      expect(await tally(10, () => ask(gateway, { headers }))).toEqual({ [answer.text]: 10 })
      await gateway.rewrite(dynamicOf({ ...services, other: service([a]) }))
      await gateway.process.printed(/configuration 2 is live/)
      expect(await tally(10, () => ask(gateway, { headers }))).toEqual({ [answer.text]: 10 })
      return answer
    })()
    await using gateway = await start(dynamicOf(services))
    const again = await ask(gateway, { headers: { cookie: cookieOf(first) } })
    expect([again.text, again.headers['set-cookie']]).toEqual([first.text, undefined])
  })

  test('the cookie is set on 502, on 101, and on what a service below answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    await using origin = await startOrigin('a')
    origin.server.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'),
    )
    const sticky = { cookie: { name: 'c' } }
    const routers = { app: APP, up: { rule: 'PathPrefix(`/up`)', service: 'up' }, none: { rule: 'PathPrefix(`/none`)', service: 'none' } }
    const services = {
      app: service([{ url }], { sticky }),
      up: service([origin], { sticky }),
      none: { weighted: { services: [{ name: 'empty' }], sticky } },
      empty: service([]),
    }
    await using gateway = await start(stringify({ http: { routers, services } }))
    const failed = await ask(gateway)
    expect([failed.status, failed.text, failed.headers['set-cookie']]).toEqual([502, 'Bad Gateway', [`c=${stickyValue(url)}; Path=/`]])
    const none = await ask(gateway, { path: '/none' })
    expect([none.status, none.headers['set-cookie']]).toEqual([503, [`c=${stickyValue('empty')}; Path=/`]])
    const upgrade = 'GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'
    const switched = String(await rawExchange(gateway.port, upgrade))
    expect(switched).toMatch(/^HTTP\/1\.1 101 /)
    expect(switched).toContain(`Set-Cookie: c=${stickyValue(origin.url)}; Path=/\r\n`)
  })

  test('a server that fails is left alone by all workers, also after a reload', async () => {
    await using bad = await startOrigin('bad', (_seen, response) => response.writeHead(500).end('bad'))
    await using good = await startOrigin('good')
    const services = { app: service([bad, good], { passiveHealthCheck: { failureWindow: '60s', maxFailedAttempts: 2 } }) }
    await using gateway = await start(dynamicOf(services))
    const before = await tally(40, () => ask(gateway))
    expect(before).toEqual({ bad: 2, good: 38 })
    await gateway.rewrite(dynamicOf({ ...services, other: service([good]) }))
    await gateway.process.printed(/configuration 2 is live/)
    expect(await tally(20, () => ask(gateway))).toEqual({ good: 20 })
  })

  test('a server that fails is tried again when its time is over', async () => {
    let isWell = false
    await using origin = await startOrigin('a', (_seen, response) => response.writeHead(isWell ? 200 : 500).end('a'))
    await using gateway = await start(dynamicOf({ app: service([origin], { passiveHealthCheck: { failureWindow: '300ms' } }) }))
    expect((await ask(gateway)).status).toBe(500)
    const down = await ask(gateway)
    expect([down.status, down.text]).toEqual([503, 'no available server\n'])
    isWell = true
    await expect.poll(async () => (await ask(gateway)).status).toBe(200)
  })

  test('weighted spreads over services and their middlewares', async () => {
    await using a = await startOrigin('a')
    await using b = await startOrigin('b')
    const services = {
      app: { weighted: { services: [{ name: 'one', weight: 3 }, { name: 'two@file' }] } },
      one: service([a]),
      two: { ...service([b]), middlewares: ['prefix'] },
    }
    await using gateway = await start(dynamicOf(services, { middlewares: { prefix: { addPrefix: { prefix: '/two' } } } }))
    expect(await tally(40, () => ask(gateway, { path: '/x?y' }))).toEqual({ a: 30, b: 10 })
    expect([a.seen[0]?.url, b.seen[0]?.url]).toEqual(['/x?y', '/two/x?y'])
  })

  test('mirrors get their percentage with the whole content, and never delay or change the answer', async () => {
    await using main = await startOrigin('main')
    await using mirror = await startOrigin('mirror', () => {})
    const services = {
      app: { mirroring: { service: 'main', mirrors: [{ name: 'mirror', percent: 50 }], maxBodySize: 200_000 } },
      main: service([main]),
      mirror: service([mirror]),
    }
    await using gateway = await start(dynamicOf(services))
    const body = 'x'.repeat(150_000)
    expect(await tally(20, () => ask(gateway, { method: 'POST', path: '/a', headers: { 'X-A': '1' }, body }))).toEqual({ main: 20 })
    await expect.poll(() => mirror.seen.length).toBe(10)
    expect(main.seen.every(({ content }) => content === body)).toBe(true)
    expect(mirror.seen.every(({ content, url, incoming }) => content === body && url === '/a' && incoming.headers['x-a'] === '1')).toBe(
      true,
    )
    const forwarded = mirror.seen.map(({ incoming }) => incoming.headers['x-forwarded-for'])
    expect(new Set(forwarded)).toEqual(new Set(['127.0.0.1']))
    await ask(gateway, { method: 'POST', body: 'x'.repeat(200_001) })
    await ask(gateway, { method: 'POST', body: 'x'.repeat(200_001) })
    await ask(gateway, { method: 'POST', body: 'last' })
    await ask(gateway, { method: 'POST', body: 'last' })
    await expect.poll(() => mirror.seen.length).toBe(11)
    expect(mirror.seen.at(-1)?.content).toBe('last')
  })

  test('failover answers from the fallback with the same request, and refuses what it could not send again', async () => {
    await using main = await startOrigin('main', (_seen, response) => response.writeHead(503, { 'x-main': '1' }).end('sorry'))
    await using fallback = await startOrigin('fallback')
    const errors = { status: ['500-599'], maxRequestBodyBytes: 100_000 }
    const services = {
      app: { failover: { service: 'main', fallback: 'fallback', errors } },
      main: service([main]),
      fallback: service([fallback]),
    }
    await using gateway = await start(dynamicOf(services))
    const plain = await ask(gateway, { path: '/a' })
    expect([plain.status, plain.text, plain.headers['x-main']]).toEqual([200, 'fallback', undefined])
    const body = 'x'.repeat(100_000)
    for (const headers of [
      { 'Content-Length': body.length },
      { 'Transfer-Encoding': 'chunked' },
      { Expect: '100-continue', 'Content-Length': body.length },
    ]) {
      expect((await ask(gateway, { method: 'POST', path: '/b', headers, body })).text).toBe('fallback')
    }
    expect([main, fallback].map(({ seen }) => seen.map(({ url, content }) => `${url} ${content.length}`))).toEqual(
      Array.from({ length: 2 }, () => ['/a 0', '/b 100000', '/b 100000', '/b 100000']),
    )
    expect(fallback.seen.map(({ incoming }) => incoming.headers['x-forwarded-for'])).toEqual(Array.from({ length: 4 }, () => '127.0.0.1'))
    for (const headers of [{}, { 'Transfer-Encoding': 'chunked' }]) {
      const refused = await ask(gateway, { method: 'POST', headers, body: `${body}x` })
      expect([refused.status, refused.text]).toEqual([413, 'Request body too large\n'])
    }
    expect(main.seen).toHaveLength(4)
  })

  test('failover turns to the fallback where the main service cannot be reached', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    await using fallback = await startOrigin('fallback')
    const services = {
      app: { failover: { service: 'main', fallback: 'fallback', errors: { status: ['502'] } } },
      main: service([{ url }]),
      fallback: service([fallback]),
    }
    await using gateway = await start(dynamicOf(services))
    expect((await ask(gateway, { method: 'POST', body: 'hello' })).text).toBe('fallback')
    expect(fallback.seen.map(({ content }) => content)).toEqual(['hello'])
  })
})

test('services that cannot be built are told with their places, and the others live', async () => {
  const dynamic = `
http:
  routers:
    good: { rule: "Path(\`/good\`)", service: good }
    bad: { rule: "Path(\`/bad\`)", service: bad }
  services:
    good: { weighted: { services: [{ name: whoami@internal }] } }
    bad:
      failover:
        service: good
        fallback: nowhere
`
  await using gateway = await startGateway({ dynamic })
  expect((await request(gateway.port, { path: '/good' })).status).toBe(200)
  expect((await request(gateway.port, { path: '/bad' })).status).toBe(404)
  await gateway.process.printed(/dynamic\.yml:11:19|http\.services\.bad\.failover\.fallback is "nowhere"/)
})
