import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { startDataPlane } from '../harness/data-plane.ts'
import { startGateway } from '../harness/gateway.ts'
import { type RequestOptions, request } from '../harness/http-client.ts'
import { type Origin, startOrigin } from '../harness/origin.ts'
import { freePort } from '../harness/ports.ts'
import { ask } from '../harness/tls-client.ts'

/** Names a service after its origin: the answer tells who was asked. */
const servicesOf = (origins: Readonly<Record<string, Origin>>) =>
  Object.fromEntries(Object.entries(origins).map(([name, { url }]) => [name, { loadBalancer: { servers: [{ url }] } }]))

const MIDDLEWARES = {
  strip: { stripPrefix: { prefixes: ['/api'] } },
  one: { addPrefix: { prefix: '/1' } },
  two: { addPrefix: { prefix: '/2' } },
  three: { addPrefix: { prefix: '/3' } },
  noSlash: { encodedCharacters: { allowEncodedSlash: false, allowEncodedPercent: true } },
}

const dynamicOf = (routers: object, services: object = {}): string => stringify({ http: { routers, services, middlewares: MIDDLEWARES } })

interface Case {
  readonly why: string
  readonly ask: RequestOptions
  /** What the client reads, and where that comes from a server the path that it saw. */
  readonly answer: string
}

const NOT_FOUND = '404 404 page not found\n'

const cases: readonly Case[] = [
  { why: 'a child sees the path that the middlewares of its parent left', ask: { path: '/api/users' }, answer: '200 a /users' },
  { why: 'a longer rule of a child is asked first', ask: { path: '/api/users/7' }, answer: '200 b /users/7' },
  { why: 'a priority counts among children', ask: { path: '/api/vip' }, answer: '200 b /vip' },
  { why: 'a child sees the header that a middleware of its parent set', ask: { path: '/api/tagged' }, answer: '200 a /tagged' },
  { why: 'a child sees the method', ask: { path: '/api/users', method: 'DELETE' }, answer: '200 b /users' },
  { why: 'a child sees a header of the client', ask: { path: '/api/any', headers: { 'x-to': 'b' } }, answer: '200 b /any' },
  { why: 'a child sees the query', ask: { path: '/api/any?to=b' }, answer: '200 b /any?to=b' },
  { why: 'where no child matches, nothing is found', ask: { path: '/api/none' }, answer: NOT_FOUND },
  { why: 'no other router is asked once a parent was found', ask: { path: '/api/fallback' }, answer: NOT_FOUND },
  { why: 'a child is not reached past its parent', ask: { path: '/users' }, answer: NOT_FOUND },
  { why: 'middlewares run from the first layer to the last', ask: { path: '/deep/x' }, answer: '200 a /3/2/1/deep/x' },
  { why: 'three layers end where the last one matches nothing', ask: { path: '/deep/y' }, answer: NOT_FOUND },
  { why: 'a middleware of a parent refuses before its children are asked', ask: { path: '/deep/x%2Fy' }, answer: '400 ' },
]

const routers = {
  api: { rule: 'PathPrefix(`/api`)', middlewares: ['strip'] },
  fallback: { rule: 'Path(`/api/fallback`)', priority: 1, service: 'b' },
  users: { rule: 'PathPrefix(`/users`)', service: 'a', parentRefs: ['api'] },
  user: { rule: 'PathPrefix(`/users/`)', service: 'b', parentRefs: ['api'] },
  remove: { rule: 'Path(`/users`) && Method(`DELETE`)', service: 'b', parentRefs: ['api'] },
  vips: { rule: 'Path(`/vip`) || Path(`/a-rule-that-is-longer`)', service: 'a', parentRefs: ['api'] },
  vip: { rule: 'Path(`/vip`)', priority: 100, service: 'b', parentRefs: ['api@file'] },
  tagged: { rule: 'Path(`/tagged`) && Header(`X-Forwarded-Prefix`, `/api`)', service: 'a', parentRefs: ['api'] },
  header: { rule: 'Path(`/any`) && Header(`X-To`, `b`)', service: 'b', parentRefs: ['api'] },
  query: { rule: 'Path(`/any`) && Query(`to`, `b`)', service: 'b', parentRefs: ['api'] },
  deep: { rule: 'PathPrefix(`/deep`)', middlewares: ['noSlash', 'one'] },
  deeper: { rule: 'PathPrefix(`/1`)', middlewares: ['two'], parentRefs: ['deep'] },
  deepest: { rule: 'Path(`/2/1/deep/x`)', middlewares: ['three'], service: 'a', parentRefs: ['deeper'] },
}

test('children route on what the middlewares of their parents leave', async () => {
  await using a = await startOrigin('a', ({ url }, response) => response.end(`a ${url}`))
  await using b = await startOrigin('b', ({ url }, response) => response.end(`b ${url}`))
  await using plane = await startDataPlane({ dynamic: dynamicOf(routers, servicesOf({ a, b })) })
  for (const { why, ask: asked, answer } of cases) {
    const { status, text } = await request(plane.port, asked)
    expect(`${why}: ${status} ${text}`).toBe(`${why}: ${answer}`)
  }
})

test('a request that no child takes gets the answer of one that no router takes', async () => {
  await using plane = await startDataPlane({
    dynamic: dynamicOf({ api: routers.api, child: { ...routers.users, service: 'noop@internal' } }),
  })
  const [unknown, untaken] = [await request(plane.port, { path: '/' }), await request(plane.port, { path: '/api/' })]
  const told = ({ headers, ...others }: typeof unknown) => ({ ...others, headers: { ...headers, date: '' }, rawHeaders: [] })
  expect(told(untaken)).toEqual(told(unknown))
  expect(untaken.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
})

test('children of a router with TLS are reached through TLS alone', async () => {
  const api = { ...routers.api, tls: {} }
  await using plane = await startDataPlane({ dynamic: dynamicOf({ api, users: { ...routers.users, service: 'noop@internal' } }) })
  expect((await ask(plane.port, { path: '/api/users' })).status).toBe(418)
  expect((await ask(plane.port, { path: '/users' })).status).toBe(404)
  expect((await request(plane.port, { path: '/api/users' })).status).toBe(404)
})

const whoami = (parentRefs: readonly string[], path: string) => ({ rule: `Path(\`${path}\`)`, service: 'whoami@internal', parentRefs })

for (const workers of [1, 4]) {
  test(`a reload adds, moves and removes children (${workers} workers)`, async () => {
    const api = routers.api
    const dynamic = (children: object): string => dynamicOf({ api, ...children })
    await using gateway = await startGateway({ dynamic: dynamic({ a: whoami(['api'], '/a') }), workers })
    const status = async (path: string): Promise<number> => (await request(gateway.port, { path })).status
    expect([await status('/api/a'), await status('/api/b')]).toEqual([200, 404])
    await gateway.rewrite(dynamic({ a: whoami(['api'], '/a'), b: whoami(['api'], '/b') }))
    await gateway.process.printed(/configuration 2 is live/)
    expect([await status('/api/a'), await status('/api/b')]).toEqual([200, 200])
    await gateway.rewrite(
      dynamic({ low: { rule: 'PathPrefix(`/`)', middlewares: ['one'], parentRefs: ['api'] }, b: whoami(['low'], '/1/b') }),
    )
    await gateway.process.printed(/configuration 3 is live/)
    expect([await status('/api/a'), await status('/api/b')]).toEqual([404, 200])
    await gateway.rewrite(dynamic({}))
    await gateway.process.printed(/http\.routers\.api\.service is missing/)
    await gateway.process.printed(/configuration 4 is live/)
    expect(await status('/api/b')).toBe(404)
  })
}

test('what entry points add to a parent holds in front of its children on each of them', async () => {
  const open = await freePort()
  await using gateway = await startGateway({
    dynamic: dynamicOf({ top: { rule: 'PathPrefix(`/`)' }, plain: whoami(['top'], '/x'), prefixed: whoami(['top'], '/1/x') }),
    web: '    http: { middlewares: ["one@file"] }',
    args: [`--entryPoints.open.address=127.0.0.1:${open}`],
  })
  expect((await request(gateway.port, { path: '/x' })).text).toContain('GET /1/x HTTP/1.1')
  expect((await request(open, { path: '/x' })).text).toContain('GET /x HTTP/1.1')
})

test('a child that is wrong is told with its place, and its siblings are served', async () => {
  await using gateway = await startGateway({
    dynamic: dynamicOf({
      api: routers.api,
      good: whoami(['api'], '/good'),
      lost: whoami(['apy'], '/lost'),
      bad: { ...whoami(['api'], '/bad'), tls: {} },
    }),
  })
  await gateway.process.printed(/http\.routers\.lost\.parentRefs\[0\] is "apy", a router that does not exist/)
  await gateway.process.printed(/http\.routers\.bad\.tls is set/)
  const statuses = await Promise.all(
    ['good', 'lost', 'bad'].map(async (name) => (await request(gateway.port, { path: `/api/${name}` })).status),
  )
  expect(statuses).toEqual([200, 404, 404])
})
