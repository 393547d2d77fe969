import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { startGateway } from '../harness/gateway.ts'
import { rawExchange } from '../harness/http-client.ts'
import { type Origin, startOrigin } from '../harness/origin.ts'
import { freePort } from '../harness/ports.ts'

/** What a request says beside `GET / HTTP/1.1` and `Host: a.test`. */
interface Ask {
  readonly method?: string
  readonly target?: string
  /** '' for a request without the field, in HTTP/1.0. */
  readonly host?: string
  readonly fields?: readonly string[]
}

interface Case {
  readonly rule: string
  readonly syntax?: 'v2'
  readonly takes?: readonly Ask[]
  readonly leaves?: readonly Ask[]
}

const CASES: readonly Case[] = [
  // Operators and spelling.
  {
    rule: 'Host(`a.test`) || Host(`b.test`) && PathPrefix(`/x`)',
    takes: [{ target: '/any' }, { host: 'b.test', target: '/x' }],
    leaves: [{ host: 'b.test', target: '/any' }],
  },
  {
    rule: '!(Host(`a.test`) || Path(`/x`))',
    takes: [{ host: 'b.test', target: '/y' }],
    leaves: [{ target: '/y' }, { host: 'b.test', target: '/x' }, { target: '/x' }],
  },
  { rule: '!Host(`a.test`) && !Host(`b.test`)', takes: [{ host: 'c.test' }], leaves: [{}, { host: 'b.test' }] },
  { rule: 'HOST(`a.test`) && host(`a.test`) && Pathprefix(`/x`)', takes: [{ target: '/x' }], leaves: [{ target: '/' }] },
  { rule: 'Host("a.test",) /* who */ && // and where\nPath(`/x`)', takes: [{ target: '/x' }], leaves: [{}] },
  // Host and HostRegexp.
  {
    rule: 'Host(`a.test`)',
    takes: [{ host: 'A.TEST:8080' }, { host: 'a.test.' }, { target: 'http://a.test/x' }],
    leaves: [{ host: 'b.test' }, { host: 'x.a.test' }, { host: '' }],
  },
  { rule: 'Host(`A.Test.`)', takes: [{ host: 'a.test' }] },
  { rule: 'Host(`*.a.test`)', takes: [{ host: 'b.a.test' }, { host: 'B.A.test:1' }], leaves: [{}, { host: 'c.b.a.test' }] },
  { rule: 'Host(`*`)', takes: [{}, { host: '' }] },
  { rule: 'Host(`*a.test`)', leaves: [{}, { host: 'xa.test' }, { host: 'b.a.test' }] },
  { rule: 'Host(`xn--9ca.test`)', takes: [{ host: 'xn--9ca.test' }] },
  { rule: 'Host(`::1`)', takes: [{ host: '[::1]:80' }, { host: '[::1]' }] },
  { rule: 'HostRegexp(`a\\.test`)', takes: [{}, { host: 'xa.test.evil' }, { host: 'A.TEST' }], leaves: [{ host: 'atest' }] },
  { rule: 'HostRegexp(`.*`)', takes: [{}, { host: '' }] },
  { rule: 'HostRegexp(`^.+$`)', takes: [{}], leaves: [{ host: '' }] },
  { rule: 'HostRegexp("^[a-z]+\\\\.test$")', takes: [{}, { host: 'abc.test:80' }], leaves: [{ host: 'a1.test' }] },
  // Paths.
  {
    rule: 'Path(`/x`)',
    takes: [{ target: '/x' }, { target: '/x?q=1' }, { target: '/%78' }],
    leaves: [{ target: '/x/' }, { target: '/X' }],
  },
  {
    rule: 'PathPrefix(`/products`)',
    takes: [{ target: '/products-for-sale' }, { target: '/products/1' }],
    leaves: [{ target: '/product' }],
  },
  { rule: 'PathPrefix(`/foo/bar`)', takes: [{ target: '/foo//bar' }, { target: '/foo/./bar' }], leaves: [{ target: '/foo%2Fbar' }] },
  { rule: 'Path(`/foo%2Fbar`)', takes: [{ target: '/foo%2Fbar' }, { target: '/foo%2fbar' }] },
  { rule: 'Path(`/foo bar`)', takes: [{ target: '/foo%20bar' }] },
  { rule: 'Path(`/café`)', takes: [{ target: '/caf%C3%A9' }, { target: '/caf%c3%a9' }] },
  { rule: 'Path(`/bar`)', takes: [{ target: '/foo/%2E%2E/bar' }] },
  { rule: 'Path(`/a%3Bb`)', takes: [{ target: '/a%3bb' }], leaves: [{ target: '/a;b' }] },
  { rule: 'Path(`/{x}`)', takes: [{ target: '/%7Bx%7D' }] },
  { rule: 'PathRegexp(`^/\\d+$`)', takes: [{ target: '/42' }], leaves: [{ target: '/a' }] },
  { rule: 'PathRegexp("^/\\\\d+$")', takes: [{ target: '/42' }], leaves: [{ target: '/42a' }] },
  { rule: 'PathRegexp(`(?i)api`)', takes: [{ target: '/v1/API/x' }], leaves: [{ target: '/ap' }] },
  // Method, fields, query, address.
  { rule: 'Method(`post`)', takes: [{ method: 'POST' }], leaves: [{}, { method: 'post' }] },
  {
    rule: 'Header(`x-a`, `1`)',
    takes: [{ fields: ['X-A: 1'] }, { fields: ['X-A: 0', 'x-a: 1'] }],
    leaves: [{}, { fields: ['X-A: 0, 1'] }, { fields: ['X-A: 11'] }],
  },
  { rule: 'Header(`Host`, `a.test`)', leaves: [{}] },
  { rule: 'HeaderRegexp(`X-A`, `^[0-9]+$`)', takes: [{ fields: ['x-a: b', 'X-A: 42'] }], leaves: [{ fields: ['X-A: 4b'] }, {}] },
  { rule: 'Query(`k`)', takes: [{ target: '/?k' }, { target: '/?a=1&k=' }], leaves: [{ target: '/?k=1' }, { target: '/?j' }, {}] },
  {
    rule: 'Query(`k`, `1 é`)',
    takes: [{ target: '/?k=0&k=1+%C3%A9' }, { target: '/?%6B=1%20%c3%a9' }],
    leaves: [{ target: '/?k=1' }, { target: '/?k=%zz' }],
  },
  { rule: 'QueryRegexp(`k`, `^a+$`)', takes: [{ target: '/?k=b&k=aa' }], leaves: [{ target: '/?k=ab' }, {}] },
  { rule: 'QueryRegexp(`k`)', takes: [{ target: '/?k' }], leaves: [{ target: '/?k=1' }] },
  { rule: 'ClientIP(`127.0.0.0/8`)', takes: [{}, { fields: ['X-Forwarded-For: 10.1.1.1'] }] },
  { rule: 'ClientIP(`10.0.0.0/8`)', leaves: [{}, { fields: ['X-Forwarded-For: 10.1.1.1'] }] },
  { rule: 'ClientIP(`127.0.0.1`) || ClientIP(`::1`)', takes: [{}] },
  // The syntax of Traefik 2.
  {
    syntax: 'v2',
    rule: 'Host(`a.test`, `b.test`) && Path(`/x`, `/y/{id}`)',
    takes: [{ target: '/x' }, { host: 'B.test.', target: '/y/7' }],
    leaves: [{ target: '/y/7/8' }, { target: '/y/' }, { host: 'c.test', target: '/x' }],
  },
  { syntax: 'v2', rule: 'HostHeader(`a.test`)', takes: [{}], leaves: [{ host: 'b.test' }] },
  {
    syntax: 'v2',
    rule: 'HostRegexp(`{sub:[a-z]+}.a.test`, `{any}.b.test`)',
    takes: [{ host: 'x.A.test' }, { host: 'x1.b.test' }],
    leaves: [{ host: 'x1.a.test' }, { host: 'x.y.b.test' }, { host: 'x.a.test.evil' }],
  },
  { syntax: 'v2', rule: 'PathPrefix(`/p/{n:[0-9]+}`)', takes: [{ target: '/p/1/x' }], leaves: [{ target: '/p/x' }] },
  { syntax: 'v2', rule: 'Method(`get`, `POST`)', takes: [{}, { method: 'POST' }], leaves: [{ method: 'PUT' }] },
  { syntax: 'v2', rule: 'Headers(`X-A`, `1`, `X-B`, `2`)', takes: [{ fields: ['x-a: 1', 'x-b: 2'] }], leaves: [{ fields: ['x-a: 1'] }] },
  { syntax: 'v2', rule: 'HeadersRegexp(`X-A`, `^1`)', takes: [{ fields: ['x-a: 12'] }], leaves: [{ fields: ['x-a: 21'] }] },
  {
    syntax: 'v2',
    rule: 'Query(`a=1`, `b={n:[0-9]+}`, `c=`)',
    takes: [{ target: '/?a=1&b=22&c=x' }],
    leaves: [{ target: '/?a=1&b=x&c=' }, { target: '/?a=1&b=2' }, { target: '/?a=0&a=1&b=2&c' }],
  },
  { syntax: 'v2', rule: 'ClientIP(`10.0.0.1`, `127.0.0.0/8`)', takes: [{}] },
]

const nameOf = (index: number): string => `case${index}`

function routersOf(cases: readonly Case[]): object {
  const entries = cases.map(({ rule, syntax }, index) => {
    // A newline ends a comment; the closing bracket may stand behind it.
    const own = syntax === 'v2' ? `Headers("X-Case", "${nameOf(index)}")` : `Header("X-Case", "${nameOf(index)}")`
    return [nameOf(index), { rule: `${own} && (${rule})`, service: 'app', ...(syntax === undefined ? {} : { ruleSyntax: syntax }) }]
  })
  return Object.fromEntries(entries)
}

const servicesOf = ({ url }: Pick<Origin, 'url'>) => ({ app: { loadBalancer: { servers: [{ url }] } } })

async function statusOf(port: number, { method = 'GET', target = '/', host = 'a.test', fields = [] }: Ask, name: string): Promise<number> {
  const lines = [`X-Case: ${name}`, 'Connection: close', ...fields, ...(host === '' ? [] : [`Host: ${host}`])]
  const head = `${method} ${target} HTTP/1.${host === '' ? 0 : 1}\r\n${lines.join('\r\n')}\r\n\r\n`
  return Number((await rawExchange(port, head)).toString('latin1').split(' ')[1])
}

describe('rules', async () => {
  await using stack = new AsyncDisposableStack()
  const origin = stack.use(await startOrigin('app'))
  const gateway = stack.use(
    await startGateway({ dynamic: stringify({ http: { routers: routersOf(CASES), services: servicesOf(origin) } }) }),
  )
  const kept = stack.move()

  test.each(CASES.map((one, index) => ({ ...one, name: nameOf(index) })))('$rule', async ({ name, takes = [], leaves = [] }) => {
    for (const ask of takes) expect([ask, await statusOf(gateway.port, ask, name)]).toEqual([ask, 200])
    for (const ask of leaves) expect([ask, await statusOf(gateway.port, ask, name)]).toEqual([ask, 404])
  })

  test('the gateway has nothing to say about them, and ends', async () => {
    expect(gateway.process.stdout).not.toMatch(/ (WRN|ERR) /)
    await kept.disposeAsync()
  })
})

const WRONG: readonly { readonly rule: string; readonly says: string; readonly syntax?: 'v2' }[] = [
  { rule: '', says: 'rule' },
  { rule: 'PATHprefix(`/x`)', says: 'unsupported function: PATHprefix' },
  { rule: 'hOST(`a`)', says: 'unsupported function: hOST' },
  { rule: 'PathRegexp("^/\\d+")', says: 'escape' },
  { rule: "Host('a.test')", says: 'quote' },
  { rule: 'Host(`a.test`, `b.test`)', says: 'unexpected number of parameters; got 2, expected one of [1]' },
  { rule: 'Host()', says: 'no args for matcher Host' },
  { rule: 'Host("")', says: 'empty args for matcher Host, []' },
  { rule: 'Path(`x`)', says: `path "x" does not start with a '/'` },
  { rule: 'PathPrefix(`x`)', says: `path "x" does not start with a '/'` },
  { rule: 'Host(`é.test`)', says: 'non-ASCII characters are not allowed' },
  { rule: 'HostRegexp(`é`)', says: 'non-ASCII characters are not allowed' },
  { rule: 'HostRegexp(`(`)', says: 'HostRegexp matcher' },
  { rule: 'ClientIP(`nobody`)', says: '"nobody" is neither an IP address nor a CIDR' },
  { rule: 'Host(`a.test`)\n&& Path(`/`)', says: 'rule' },
  { rule: 'Host(`a.test`) &&', says: 'rule' },
  { rule: 'Headers(`a`, `b`)', says: 'unsupported function: Headers' },
  { syntax: 'v2', rule: 'Headers(`a`)', says: 'number of parameters must be multiple of 2' },
  { syntax: 'v2', rule: 'Query(`a`)', says: 'has no "="' },
  { syntax: 'v2', rule: 'Path(`/{a`)', says: 'unbalanced braces' },
  { syntax: 'v2', rule: 'PathRegexp(`/`)', says: 'unsupported function: PathRegexp' },
]

test('a rule that is wrong is told with its place and its reason, and takes no other router with it', async () => {
  await using origin = await startOrigin('app')
  const routers = Object.fromEntries(
    WRONG.map(({ rule, syntax }, index) => [
      nameOf(index),
      { rule, service: 'app', priority: 9, ...(syntax === undefined ? {} : { ruleSyntax: syntax }) },
    ]),
  )
  const dynamic = stringify({
    http: { routers: { ...routers, good: { rule: 'PathPrefix(`/`)', service: 'app' } }, services: servicesOf(origin) },
  })
  await using gateway = await startGateway({ dynamic })
  expect(await statusOf(gateway.port, {}, 'good')).toBe(200)
  const lines = gateway.process.stdout.split('\n')
  for (const [index, { rule, says }] of WRONG.entries()) {
    const line = lines.find((one) => one.includes(`http.routers.${nameOf(index)}.rule`) || one.includes(`"${nameOf(index)}@file"`))
    expect([rule, line?.replaceAll('\\"', '"') ?? 'nothing']).toEqual([rule, expect.stringContaining(says)])
    expect(line).toMatch(/dynamic\.yml:\d+:\d+/)
  }
})

test('the longest rule wins, then the priority that is written, and a router that is off leaves the request to the next', async () => {
  await using short = await startOrigin('short')
  await using long = await startOrigin('long')
  await using high = await startOrigin('high')
  const services = Object.fromEntries(
    Object.entries({ short, long, high }).map(([name, { url }]) => [name, { loadBalancer: { servers: [{ url }] } }]),
  )
  const routers = {
    short: { rule: 'Host(`a.test`)', service: 'short' },
    long: { rule: 'Host(`a.test`) && PathPrefix(`/`)', service: 'long' },
    // Eleven octets in ten characters.
    octets: { rule: 'Path(`/é`)', service: 'high' },
    equal: { rule: 'Path(`/é`) ', priority: 11, service: 'short' },
    low: { rule: 'PathPrefix(`/`)', priority: -5, service: 'high' },
    high: { rule: 'Path(`/high`)', priority: 9_007_199_254_740_993n, service: 'high' },
    tooHigh: { rule: 'Path(`/high`)', priority: 9_223_372_036_854_774_808n, service: 'short' },
    broken: { rule: 'PathPrefix(`/`)', priority: 1000, service: 'nobody' },
  }
  const dynamic = stringify({ http: { routers, services } })
  await using gateway = await startGateway({ dynamic })
  const seenBy = async (target: string, host = 'a.test'): Promise<string> =>
    (await rawExchange(gateway.port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))
      .toString()
      .split('\r\n')
      .at(-1) ?? ''
  expect(await seenBy('/')).toContain('long')
  expect(await seenBy('/high')).toContain('high')
  expect(await seenBy('/', 'b.test')).toContain('high')
  // Equal priorities: by name.
  expect(await seenBy('/%C3%A9', 'b.test')).toContain('short')
  expect(gateway.process.stdout).toContain('http.routers.tooHigh.priority is 9223372036854774808')
})

const PATHS: readonly { readonly target: string; readonly sanitized: string | 400; readonly raw: string | 400 }[] = [
  { target: '/a//b/../c/', sanitized: '/a/c/', raw: '/a//b/../c/' },
  { target: '/a/../b/%41%42%43//%2f/', sanitized: '/b/ABC/%2F/', raw: '/a/../b/ABC//%2F/' },
  { target: '/a/..%2Fb/', sanitized: '/a/..%2Fb/', raw: '/a/..%2Fb/' },
  { target: '/%61%2fb', sanitized: '/a%2Fb', raw: '/a%2Fb' },
  { target: '/a/%2e%2e/b', sanitized: '/b', raw: '/a/../b' },
  { target: '/../../x', sanitized: '/x', raw: '/../../x' },
  { target: '/a%zz', sanitized: 400, raw: 400 },
  { target: '/a#b', sanitized: 400, raw: 400 },
  { target: '/a?x=1;y=2', sanitized: '/a?x=1&y=2', raw: '/a?x=1%3By=2' },
]

describe.each([true, false])('with sanitizePath: %s', (sanitizePath) => {
  test('a path reaches the server in its normal form', async () => {
    await using origin = await startOrigin('app')
    const routers = { app: { rule: 'PathPrefix(`/`)', service: 'app' } }
    await using gateway = await startGateway({
      dynamic: stringify({ http: { routers, services: servicesOf(origin) } }),
      web: `    http: { sanitizePath: ${sanitizePath}, encodeQuerySemicolons: ${!sanitizePath} }`,
    })
    for (const { target, sanitized, raw } of PATHS) {
      const expected = sanitizePath ? sanitized : raw
      const status = await statusOf(gateway.port, { target }, 'any')
      expect([target, status === 200 ? origin.seen.at(-1)?.url : status]).toEqual([target, expected])
    }
  })
})

test('a router of a default rule marks its requests, and takes none of its own back', async () => {
  await using origin = await startOrigin('app')
  const port = await freePort()
  const routers = {
    r: { rule: 'Path(`/once`)', ruleSyntax: 'default', service: 'app' },
    loop: { rule: 'Path(`/loop`)', ruleSyntax: 'default', service: 'self' },
  }
  const services = { ...servicesOf(origin), self: { loadBalancer: { servers: [{ url: `http://127.0.0.1:${port}` }] } } }
  await using gateway = await startGateway({
    dynamic: stringify({ http: { routers, services } }),
    args: [`--entryPoints.self.address=127.0.0.1:${port}`],
  })
  expect(await statusOf(gateway.port, { target: '/once', fields: ['X-Traefik-Router: another'] }, 'any')).toBe(200)
  expect(origin.seen.at(-1)?.incoming.headers['x-traefik-router']).toBe('another, da4dc9641651781')
  const looped = (await rawExchange(gateway.port, 'GET /loop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toString()
  expect(looped).toMatch(/^HTTP\/1\.1 400 .*\r\n\r\n$/s)
})
