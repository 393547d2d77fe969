import { request as sendRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { stickyValue } from '../../src/services/sticky/sticky.ts'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { type RequestOptions, type Response, rawExchange, request } from '../harness/http-client.ts'
import { startOrigin } from '../harness/origin.ts'
import { freePort } from '../harness/ports.ts'
import { balancer, dynamicOf } from '../harness/routed-services.ts'

const ask = ({ port }: RunningGateway, path: string, options: RequestOptions = {}): Promise<Response> => request(port, { path, ...options })

const cookiesOf = ({ headers }: Response): readonly string[] => headers['set-cookie'] ?? []

const pairOf = (cookie = ''): string => cookie.split(';')[0] ?? ''

describe.each([1, 4])('with %i workers', (workers) => {
  const start = (dynamic: string): Promise<RunningGateway> => startGateway({ dynamic, workers })

  async function tally(gateway: RunningGateway, path: string, options: RequestOptions = {}): Promise<Record<string, number>> {
    const seen: Record<string, number> = {}
    for (let turn = 0; turn < 20; turn++) {
      const { status, text: name } = await ask(gateway, path, options)
      const key = status === 200 ? name : String(status)
      seen[key] = (seen[key] ?? 0) + 1
    }
    return seen
  }

  test('the URL, the weight and the Host of a server are used as they say', async () => {
    await using a = await startOrigin('a')
    await using b = await startOrigin('b')
    const based = { url: `${a.url}/base/?k=1` }
    await using gateway = await start(
      dynamicOf({
        ignored: balancer([based]),
        kept: balancer([{ ...based, preservePath: true }]),
        own: balancer([a], { passHostHeader: false }),
        zero: balancer([{ ...a, weight: 0 }, b]),
        below: balancer([{ ...a, weight: -1 }, b]),
        none: balancer([{ ...a, weight: 0 }]),
        empty: balancer([]),
        equal: balancer([{ ...a, weight: 0 }, b], { strategy: 'p2c' }),
      }),
    )
    const seenBy = async (path: string): Promise<readonly (string | undefined)[]> => {
      await ask(gateway, path, { headers: { host: 'client.test' } })
      const { url, incoming } = a.seen.at(-1) ?? {}
      return [url, incoming?.headers.host]
    }
    expect(await seenBy('/ignored?q=2')).toEqual(['/ignored?q=2', 'client.test'])
    expect(await seenBy('/kept?q=2')).toEqual(['/base/kept?q=2', 'client.test'])
    expect(await seenBy('/own')).toEqual(['/own', a.url.slice('http://'.length)])
    expect(await tally(gateway, '/zero')).toEqual({ b: 20 })
    expect(await tally(gateway, '/below')).toEqual({ b: 20 })
    for (const path of ['/none', '/empty']) {
      const { status, text: content, headers } = await ask(gateway, path)
      expect([status, content, headers['content-type']]).toEqual([503, 'no available server\n', 'text/plain; charset=utf-8'])
    }
    // This strategy looks at no weights.
    expect(Object.keys(await tally(gateway, '/equal')).sort()).toEqual(['a', 'b'])
  })

  test('every attribute of a sticky cookie is there, and values of older versions are replaced', async () => {
    await using a = await startOrigin('a')
    await using b = await startOrigin('b')
    const cookie = {
      name: 'my app=1',
      secure: true,
      httpOnly: true,
      sameSite: 'STRICT',
      maxAge: 60,
      path: '/full',
      domain: '.example.test',
    }
    await using gateway = await start(
      dynamicOf({
        full: balancer([a, b], { sticky: { cookie } }),
        plain: balancer([a, b], { sticky: { cookie: { path: '', maxAge: -1, domain: 'no domain' } } }),
      }),
    )
    const [full] = cookiesOf(await ask(gateway, '/full'))
    expect(full).toMatch(/^my_app_1=[0-9a-f]{16}; Path=\/full; Domain=example\.test; Max-Age=60; HttpOnly; Secure; SameSite=Strict$/)
    expect(cookiesOf(await ask(gateway, '/plain'))[0]).toMatch(/^_[0-9a-f]{5}=[0-9a-f]{16}; Max-Age=0$/)

    const current = `my_app_1=${stickyValue(a.url)}`
    const known = await ask(gateway, '/full', { headers: { cookie: `x=y; ${current}` } })
    expect([known.text, cookiesOf(known)]).toEqual(['a', []])
    const old = await ask(gateway, '/full', { headers: { cookie: `my_app_1=${a.url}` } })
    expect([old.text, pairOf(cookiesOf(old)[0])]).toEqual(['a', current])
    const unknown = await ask(gateway, '/full', { headers: { cookie: 'my_app_1=0123456789abcdef' } })
    expect(cookiesOf(unknown)).toHaveLength(1)
  })

  test('a fenced server keeps its clients and gets no others', async () => {
    await using a = await startOrigin('a')
    await using b = await startOrigin('b')
    const name = 'c'
    await using gateway = await start(dynamicOf({ app: balancer([{ ...a, fenced: true }, b], { sticky: { cookie: { name } } }) }))
    expect(await tally(gateway, '/app')).toEqual({ b: 20 })
    expect(await tally(gateway, '/app', { headers: { cookie: `${name}=${stickyValue(a.url)}` } })).toEqual({ a: 20 })
  })

  test('sticky services above sticky servers have a cookie each', async () => {
    await using a = await startOrigin('a')
    await using b = await startOrigin('b')
    const sticky = (name: string): object => ({ sticky: { cookie: { name } } })
    await using gateway = await start(
      dynamicOf({
        app: { weighted: { services: [{ name: 'one' }, { name: 'two' }], ...sticky('above') } },
        one: balancer([a], sticky('one')),
        two: balancer([b], sticky('two')),
      }),
    )
    const first = await ask(gateway, '/app')
    const names = cookiesOf(first).map((cookie) => pairOf(cookie).split('=')[0])
    expect(names.sort()).toEqual(['above', first.text === 'a' ? 'one' : 'two'])
    const headers = { cookie: cookiesOf(first).map(pairOf).join('; ') }
    expect(await tally(gateway, '/app', { headers })).toEqual({ [first.text]: 20 })
    expect(cookiesOf(await ask(gateway, '/app', { headers }))).toEqual([])
  })

  test('highestRandomWeight and hrw give a client to one of them by its address, whatever it says of itself', async () => {
    await using a = await startOrigin('a')
    await using b = await startOrigin('b')
    await using gateway = await start(
      dynamicOf({
        high: { highestRandomWeight: { services: [{ name: 'one' }, { name: 'two', weight: 1 }, { name: 'off', weight: 0 }] } },
        servers: balancer([a, b], { strategy: 'hrw', sticky: { cookie: {} } }),
        one: balancer([a]),
        two: balancer([b]),
        off: balancer([]),
      }),
    )
    for (const path of ['/high', '/servers']) {
      const chosen = await Promise.all(
        Array.from({ length: 32 }, async (_, index) => {
          const from = `127.0.0.${index + 1}`
          const answers = [await askFrom(gateway, path, from), await askFrom(gateway, path, from), await askFrom(gateway, path, from)]
          expect(new Set(answers).size).toBe(1)
          return answers[0]
        }),
      )
      expect([...new Set(chosen)].sort()).toEqual(['a', 'b'])
    }
    // Where the address decides there is nothing to remember.
    expect(cookiesOf(await ask(gateway, '/servers'))).toEqual([])
  })

  test('health is told to the services above, through all of their kinds', async () => {
    await using a = await startOrigin('a', healthOf('a'))
    await using b = await startOrigin('b', healthOf('b'))
    await using spare = await startOrigin('spare')
    const healthCheck = { path: '/health', interval: '100ms' }
    const follow = { healthCheck: {} }
    await using gateway = await start(
      dynamicOf(
        {
          app: { failover: { service: 'main', fallback: 'spare' } },
          main: { mirroring: { service: 'high', ...follow } },
          high: { highestRandomWeight: { services: [{ name: 'spread' }], ...follow } },
          spread: { weighted: { services: [{ name: 'one' }, { name: 'two' }], ...follow } },
          one: balancer([a], { healthCheck }),
          two: { ...(balancer([b], { healthCheck }) as object), middlewares: ['mark'] },
          spare: balancer([spare]),
          both: { failover: { service: 'one', fallback: 'two', ...follow } },
        },
        { middlewares: { mark: { headers: { customResponseHeaders: { 'X-Mark': 'two' } } } } },
      ),
    )
    expect(await tally(gateway, '/app')).toEqual({ a: 10, b: 10 })
    well.delete('a')
    await gateway.process.printed(new RegExp(`a server is down.*${a.url}`))
    expect(await tally(gateway, '/app')).toEqual({ b: 20 })
    expect((await ask(gateway, '/both')).headers['x-mark']).toBe('two')
    well.delete('b')
    await gateway.process.printed(new RegExp(`a server is down.*${b.url}`))
    expect(await tally(gateway, '/app')).toEqual({ spare: 20 })
    const neither = await ask(gateway, '/both')
    expect([neither.status, neither.text]).toEqual([503, 'Service Unavailable\n'])
    well.add('b')
    await gateway.process.printed(new RegExp(`a server is up again.*${b.url}`))
    expect(await tally(gateway, '/app')).toEqual({ b: 20 })
    well.add('a')
  })

  test('a mirror gets no content where it is not wanted, exactly its share, and cannot hurt', async () => {
    await using main = await startOrigin('main')
    await using mirror = await startOrigin('mirror')
    await using none = await startOrigin('none')
    const dead = { url: `http://127.0.0.1:${await freePort()}` }
    const mirrors = [
      { name: 'mirror', percent: 30 },
      { name: 'none', percent: 0 },
      { name: 'dead', percent: 100 },
    ]
    await using gateway = await start(
      dynamicOf({
        app: { mirroring: { service: 'main', mirrors, mirrorBody: false } },
        main: balancer([main]),
        mirror: balancer([mirror]),
        none: balancer([none]),
        dead: balancer([dead]),
      }),
    )
    for (let turn = 0; turn < 100; turn++)
      expect((await ask(gateway, '/app', turn % 2 === 0 ? {} : { method: 'POST', body: 'hello' })).status).toBe(200)
    await expect.poll(() => mirror.seen.length).toBe(30)
    expect(main.seen.filter(({ content }) => content === 'hello')).toHaveLength(50)
    expect(mirror.seen.filter(({ content }) => content !== '')).toEqual([])
    expect(none.seen).toEqual([])
  })
})

const well = new Set(['a', 'b'])

/** Answers its name, and at /health how a test says it is. */
function healthOf(name: string): Parameters<typeof startOrigin>[1] {
  return ({ url }, response) => response.writeHead(url === '/health' && !well.has(name) ? 500 : 200).end(name)
}

async function askFrom({ port }: RunningGateway, path: string, localAddress: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const headers = { 'x-forwarded-for': `192.0.2.${Math.ceil(Math.random() * 250)}` }
  sendRequest({ port, host: '127.0.0.1', path, localAddress, agent: false, headers }, (incoming) => resolve(text(incoming)))
    .once('error', reject)
    .end()
  return promise
}

test('an upgrade that is mirrored reaches its client', async () => {
  await using main = await startOrigin('main')
  await using mirror = await startOrigin('mirror')
  for (const { server } of [main, mirror]) {
    server.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello'),
    )
  }
  await using gateway = await startGateway({
    dynamic: dynamicOf({
      app: { mirroring: { service: 'main', mirrors: [{ name: 'mirror', percent: 100 }] } },
      main: balancer([main]),
      mirror: balancer([mirror]),
    }),
  })
  const upgraded = await rawExchange(gateway.port, 'GET /app HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  expect(String(upgraded)).toMatch(/^HTTP\/1\.1 101 .*hello$/s)
  expect((await ask(gateway, '/app')).text).toBe('main')
})
