import { expect, test } from 'vitest'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { compileRule } from './compile.ts'
import { RouteInput } from './route-input.ts'
import { RuleError } from './rule-error.ts'
import type { RuleSyntax } from './syntaxes.ts'

interface Asked {
  readonly method?: string
  readonly host?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: readonly string[]
  readonly contentLength?: number
  readonly peer?: string
}

function inputFor({ method = 'GET', host = '', path = '/', query, headers = [], contentLength = -1, peer = '' }: Asked): RouteInput {
  const request = new RequestHead(method, path, new Headers([...headers]))
  request.host = host
  request.query = query
  request.headers.contentLength = contentLength
  request.peer = { address: peer, port: 1, localAddress: '', localPort: 80 }
  const input = new RouteInput()
  input.prepare(request)
  return input
}

const EITHER = '!(Host(`a.test`) || Path(`/x`))'

interface Case {
  readonly rule: string
  readonly yes?: readonly Asked[]
  readonly no?: readonly Asked[]
}

const cases: readonly Case[] = [
  {
    rule: 'Host(`a.test`) || Host(`b.test`) && PathPrefix(`/x`)',
    yes: [
      { host: 'a.test', path: '/any' },
      { host: 'b.test', path: '/x' },
    ],
    no: [{ host: 'b.test' }],
  },
  { rule: EITHER, yes: [{ host: 'b.test' }], no: [{ host: 'a.test' }, { host: 'b.test', path: '/x' }, { host: 'a.test', path: '/x' }] },
  { rule: 'Host(`a.test`) || Host(`b.test`) || Host(`c.test`)', yes: [{ host: 'a.test' }, { host: 'c.test' }], no: [{ host: 'd.test' }] },
  {
    rule: 'Method(`GET`) && PathPrefix(`/a`) && !Path(`/a/b`)',
    yes: [{ path: '/a' }],
    no: [{ path: '/a/b' }, { path: '/b' }, { path: '/a', method: 'PUT' }],
  },

  {
    rule: 'Host(`a.test`)',
    yes: [{ host: 'A.TEST:8080' }, { host: 'a.test.' }, { host: 'a.test.:80' }],
    no: [{ host: 'b.a.test' }, { host: '' }],
  },
  { rule: 'HOST(`A.Test.`)', yes: [{ host: 'a.test' }, { host: 'a.test.' }], no: [{ host: 'a.test..' }] },
  { rule: 'Host(`*`)', yes: [{ host: '' }, { host: 'a.test' }] },
  {
    rule: 'Host(`*.A.test`)',
    yes: [{ host: 'b.a.test' }, { host: 'B.a.test.:80' }],
    no: [{ host: 'a.test' }, { host: 'c.b.a.test' }, { host: '.a.test' }, { host: 'ba.test' }, { host: '' }],
  },
  { rule: 'Host(`*foo.com`)', no: [{ host: 'foo.com' }, { host: 'xfoo.com' }, { host: '*foo.com' }] },
  { rule: 'Host(`a.*.com`)', no: [{ host: 'a.b.com' }, { host: 'a.*.com' }] },
  { rule: 'Host(`*.`)', no: [{ host: 'a' }, { host: 'a.' }, { host: '*' }, { host: '' }] },
  { rule: 'Host(`.`)', yes: [{ host: '.' }], no: [{ host: '' }] },
  { rule: 'Host(`::1`)', yes: [{ host: '[::1]:80' }, { host: '[::1]' }] },
  { rule: 'Host(`xn--9ca.test`)', yes: [{ host: 'XN--9CA.test' }] },

  { rule: 'Path(`/products`)', yes: [{ path: '/products' }], no: [{ path: '/products/' }, { path: '/Products' }] },
  { rule: 'PathPrefix(`/products`)', yes: [{ path: '/products-for-sale' }, { path: '/products/1' }], no: [{ path: '/product' }] },
  { rule: 'PathPrefix(`/foo/bar`)', no: [{ path: '/foo%2Fbar' }] },
  { rule: 'Path(`/foo%2Fbar`)', yes: [{ path: '/foo%2Fbar' }, { path: '/foo%2fbar' }], no: [{ path: '/foo/bar' }] },
  { rule: 'Path(`/foo bar`)', yes: [{ path: '/foo%20bar' }] },
  { rule: 'Path(`/café`)', yes: [{ path: '/caf%C3%A9' }] },
  { rule: 'Path("/caf\\u00e9")', yes: [{ path: '/caf%c3%a9' }] },
  { rule: 'Path(`/a`)', yes: [{ path: '/a', query: 'x=/b' }] },

  { rule: 'Method(`get`)', yes: [{ method: 'GET' }], no: [{ method: 'get' }] },

  {
    rule: 'Header(`x-a`, `1`)',
    yes: [{ headers: ['X-A', '0', 'X-A', '1'] }],
    no: [{ headers: ['X-A', '0, 1'] }, { headers: ['X-B', '1'] }, {}],
  },
  { rule: 'Header(`X-A`, `é`)', yes: [{ headers: ['x-a', '\u00c3\u00a9'] }], no: [{ headers: ['x-a', '\u00e9'] }] },
  { rule: 'Header(`Host`, `a.test`)', no: [{ host: 'a.test', headers: ['Host', 'a.test'] }] },
  { rule: 'Header(`content-length`, `5`)', yes: [{ contentLength: 5 }], no: [{}, { contentLength: 50 }] },
  { rule: 'Header(`content-length`, `-1`)', no: [{}] },

  {
    rule: 'Query(`k`)',
    yes: [{ query: 'k' }, { query: 'k=' }, { query: 'a=1&k' }, { query: 'k=1&k=' }],
    no: [{ query: 'k=1' }, { query: 'j' }, { query: '' }, { query: '&' }, {}],
  },
  {
    rule: 'Query(`k`, `1`)',
    yes: [{ query: 'k=0&k=1' }, { query: '%6b=%31' }],
    no: [{ query: 'k=' }, { query: 'kk=1' }, { query: 'k=11' }, { query: 'a&b=k=1' }],
  },
  { rule: 'Query(`k`, `a b=é`)', yes: [{ query: 'k=a+b=%C3%A9' }, { query: 'k=a%20b%3D%c3%a9' }], no: [{ query: 'k=a b' }] },
  { rule: 'Query(`k`, `%zz`)', no: [{ query: 'k=%zz' }], yes: [{ query: 'k=%25zz' }] },
  { rule: 'Query(`k`, `1`) || Query(`j`)', yes: [{ query: '%=1&k=1' }, { query: 'k=%2&j' }] },

  {
    rule: 'ClientIP(`10.0.0.0/8`)',
    yes: [{ peer: '10.1.1.1' }, { peer: '::ffff:10.1.1.1' }],
    no: [{ peer: '1.1.1.1', headers: ['X-Forwarded-For', '10.1.1.1'] }, { peer: '' }],
  },
  { rule: 'ClientIP(`::1`)', yes: [{ peer: '::1' }], no: [{ peer: '::2' }] },

  { rule: 'HostRegexp(`a\\.test`)', yes: [{ host: 'xa.test.evil' }, { host: 'A.TEST:80' }], no: [{ host: 'axtest' }, { host: '' }] },
  { rule: 'HostRegexp(`^a\\.test$`)', yes: [{ host: 'a.test:8080' }], no: [{ host: 'a.test.' }, { host: 'b.a.test' }] },
  { rule: 'HostRegexp(`^A`)', no: [{ host: 'a.test' }] },
  { rule: 'HostRegexp(`^.+$`)', yes: [{ host: 'a' }], no: [{ host: '' }] },
  { rule: 'HostRegexp(`.*`)', yes: [{ host: 'a' }, { host: '' }] },
  { rule: 'HostRegexp(`^$`)', yes: [{ host: 'a' }, { host: '' }] },
  { rule: '!HostRegexp(`.*`)', no: [{ host: 'a' }, { host: '' }] },
  { rule: 'PathRegexp("^/\\\\d+")', yes: [{ path: '/12' }, { path: '/1x' }], no: [{ path: '/x' }] },
  { rule: 'PathRegexp(`é$`)', yes: [{ path: '/caf%C3%A9' }], no: [{ path: '/cafe' }] },
  { rule: 'PathRegexp(`^/a/b$`)', no: [{ path: '/a%2Fb' }] },
  {
    rule: 'HeaderRegexp(`x-a`, `^v[0-9]$`)',
    yes: [{ headers: ['X-A', 'x', 'X-A', 'v1'] }],
    no: [{ headers: ['X-A', 'v10'] }, { headers: ['X-B', 'v1'] }, {}],
  },
  {
    rule: 'HeaderRegexp(`x-a`, `^é.$`)',
    yes: [{ headers: ['X-A', '\u00c3\u00a9\u00c3\u00a9'] }, { headers: ['X-A', '\u00c3\u00a9\u00ff'] }],
    no: [{ headers: ['X-A', '\u00e9\u00e9'] }, { headers: ['X-A', '\u00c3\u00a9\u00e2\u0082'] }],
  },
  { rule: 'HeaderRegexp(`Host`, `.*`)', no: [{ host: 'a.test', headers: ['Host', 'a.test'] }] },
  { rule: 'HeaderRegexp(`content-length`, `^5`)', yes: [{ contentLength: 50 }], no: [{}, { contentLength: 0 }] },
  {
    rule: 'QueryRegexp(`k`, `^é+$`)',
    yes: [{ query: 'k=1&k=%C3%A9%c3%a9' }],
    no: [{ query: 'k=e' }, { query: 'j=%C3%A9' }, { query: 'k=%C3' }, {}],
  },
  { rule: 'QueryRegexp(`k`)', yes: [{ query: 'k' }, { query: 'k=' }], no: [{ query: 'k=1' }, {}] },
]

const casesV2: readonly Case[] = [
  {
    rule: 'Host(`a.test`, `B.test.`)',
    yes: [{ host: 'A.TEST:80' }, { host: 'b.test' }, { host: 'b.test.' }],
    no: [{ host: 'c.test' }, { host: '' }],
  },
  { rule: 'HostHeader(`a.test`)', yes: [{ host: 'a.test' }], no: [{ host: 'b.test' }] },
  { rule: 'Host(`*.a.test`)', no: [{ host: 'b.a.test' }] },
  { rule: 'Host(`*`)', no: [{ host: 'a' }, { host: '' }] },
  {
    rule: 'HostRegexp(`{sub:[a-z]+}.a.test`, `{any}.b.test`)',
    yes: [{ host: 'www.a.test' }, { host: 'WWW.A.test:80' }, { host: '1.b.test' }],
    no: [{ host: '1.a.test' }, { host: 'a.a.test.evil' }, { host: 'wwwxa.test' }, { host: 'x.y.b.test' }],
  },
  { rule: 'HostRegexp(`{id:[0-9]{2}}.test`)', yes: [{ host: '12.test' }], no: [{ host: '123.test' }] },
  { rule: 'Path(`/a`, `/b`)', yes: [{ path: '/a' }, { path: '/b' }], no: [{ path: '/a/' }, { path: '/c' }] },
  { rule: 'Path(`/u/{id}/x.y`)', yes: [{ path: '/u/1/x.y' }], no: [{ path: '/u/1/2/x.y' }, { path: '/u/1/x-y' }, { path: '/u/1/x.y/' }] },
  { rule: 'Path(`/u/{id:[0-9]+|me}`)', yes: [{ path: '/u/12' }, { path: '/u/me' }], no: [{ path: '/u/you' }, { path: '/u/12/' }] },
  { rule: 'PathPrefix(`/a`, `/b/{n:[0-9]+}`)', yes: [{ path: '/ab' }, { path: '/b/1/c' }], no: [{ path: '/b/c' }, { path: '/x/a' }] },
  { rule: 'Method(`get`, `HEAD`)', yes: [{ method: 'GET' }, { method: 'HEAD' }], no: [{ method: 'get' }, { method: 'PUT' }] },
  {
    rule: 'Headers(`X-A`, `1`, `x-b`, `2`)',
    yes: [{ headers: ['x-a', '0', 'x-a', '1', 'X-B', '2'] }],
    no: [{ headers: ['x-a', '1'] }, { headers: ['x-a', '1', 'x-b', '1'] }],
  },
  { rule: 'HeadersRegexp(`X-A`, `^[0-9]+$`)', yes: [{ headers: ['x-a', '12'] }], no: [{ headers: ['x-a', '12a'] }, {}] },
  {
    rule: 'Query(`a=1`, `b={n:[0-9]+}`)',
    yes: [{ query: 'b=22&a=1' }],
    no: [{ query: 'a=1' }, { query: 'a=0&a=1&b=2' }, { query: 'a=1&b=x' }, { query: 'a=11&b=2' }, {}],
  },
  { rule: 'Query(`a=`, `b={any}`)', yes: [{ query: 'a=x&b=y' }, { query: 'a&b' }, { query: 'a=%C3%A9&b=1' }], no: [{ query: 'a=1' }] },
  { rule: 'Query(`a=b=c`)', yes: [{ query: 'a=b=c' }, { query: 'a=b%3Dc' }], no: [{ query: 'a=b' }] },
  { rule: 'ClientIP(`10.0.0.0/8`, `::1`)', yes: [{ peer: '10.1.1.1' }, { peer: '::1' }], no: [{ peer: '1.1.1.1' }] },
  { rule: 'Host(`a`) && Path(`/x`) || !Method(`GET`)', yes: [{ host: 'a', path: '/x' }, { method: 'PUT' }], no: [{ host: 'a' }] },
]

for (const [syntax, all] of [['v3', cases] as const, ['v2', casesV2] as const]) {
  for (const { rule, yes = [], no = [] } of all) {
    test(`${rule} of ${syntax} holds for what it says`, () => {
      const { predicate } = compileRule(rule, syntax)
      for (const asked of yes) expect(predicate(inputFor(asked)), JSON.stringify(asked)).toBe(true)
      for (const asked of no) expect(predicate(inputFor(asked)), JSON.stringify(asked)).toBe(false)
    })
  }
}

interface Refused {
  readonly rule: string
  readonly message: string
  readonly column: number
  readonly length: number
  readonly expected?: string
}

const errors: readonly Refused[] = [
  { rule: 'Host()', message: 'no args for matcher Host', column: 1, length: 4, expected: '1 argument' },
  { rule: 'Host("")', message: 'empty args for matcher Host, []', column: 6, length: 2 },
  { rule: 'Query(`k`, ``)', message: 'empty args for matcher Query, [k ]', column: 12, length: 2 },
  { rule: 'Path(`/`) && host(`a`, `b`)', message: 'unexpected number of parameters; got 2, expected one of [1]', column: 14, length: 4 },
  { rule: 'Query(`a`, `b`, `c`)', message: 'unexpected number of parameters; got 3, expected one of [1 2]', column: 1, length: 5 },
  { rule: 'Header(`a`)', message: 'unexpected number of parameters; got 1, expected one of [2]', column: 1, length: 6 },
  { rule: 'Path(`x`)', message: 'path "x" does not start with a \'/\'', column: 6, length: 3, expected: '/x' },
  { rule: 'PathPrefix(`x`)', message: 'path "x" does not start with a \'/\'', column: 12, length: 3, expected: '/x' },
  {
    rule: 'Host(`é.test`)',
    message: 'invalid value "é.test" for Host matcher, non-ASCII characters are not allowed',
    column: 6,
    length: 8,
  },
  { rule: 'ClientIP(`10.0.0.0/99`)', message: '"10.0.0.0/99" is neither an IP address nor a CIDR', column: 10, length: 13 },
  {
    rule: 'HostRegexp(`é`)',
    message: 'invalid value "é" for HostRegexp matcher, non-ASCII characters are not allowed',
    column: 12,
    length: 3,
  },
  {
    rule: 'HostRegexp(`(a`)',
    message: 'compiling HostRegexp matcher: error parsing regexp: missing closing ): `(a`',
    column: 12,
    length: 4,
  },
  { rule: 'pathregexp(`[`)', message: 'compiling PathRegexp matcher: error parsing regexp: missing closing ]: `[`', column: 12, length: 3 },
  {
    rule: 'HeaderRegexp(`a`, `*`)',
    message: 'compiling HeaderRegexp matcher: error parsing regexp: missing argument to repetition operator: `*`',
    column: 19,
    length: 3,
  },
  {
    rule: 'QueryRegexp(`a`, `)`)',
    message: 'compiling QueryRegexp matcher: error parsing regexp: unexpected ): `)`',
    column: 18,
    length: 3,
  },
  { rule: 'HeaderRegexp(`a`)', message: 'unexpected number of parameters; got 1, expected one of [2]', column: 1, length: 12 },
]

const errorsV2: readonly Refused[] = [
  { rule: 'Host()', message: 'no args for matcher Host', column: 1, length: 4, expected: 'one argument or more' },
  { rule: 'Host(`a`, ``)', message: 'empty args for matcher Host, [a ]', column: 11, length: 2 },
  {
    rule: 'HostHeader(`a`, `é`)',
    message: 'invalid value "é" for Host matcher, non-ASCII characters are not allowed',
    column: 17,
    length: 3,
  },
  { rule: 'Path(`/a`, `b`)', message: 'mux: path must start with a slash, got "b"', column: 12, length: 3, expected: '/b' },
  { rule: 'Path(`/{a`)', message: 'mux: unbalanced braces in "/{a"', column: 6, length: 5 },
  { rule: 'PathPrefix(`/a}{b}`)', message: 'mux: unbalanced braces in "/a}{b}"', column: 12, length: 8 },
  { rule: 'Path(`/{}`)', message: 'mux: missing name or pattern in "{}"', column: 6, length: 5 },
  { rule: 'Path(`/{a:}`)', message: 'mux: missing name or pattern in "{a:}"', column: 6, length: 7 },
  { rule: 'Path(`/{:a}`)', message: 'mux: missing name or pattern in "{:a}"', column: 6, length: 7 },
  { rule: 'Path(`/{a:x)|(y}`)', message: 'compiling template: error parsing regexp: unexpected ): `x)|(y`', column: 6, length: 12 },
  { rule: 'Headers(`a`)', message: 'mux: number of parameters must be multiple of 2, got [a]', column: 1, length: 7 },
  { rule: 'HeadersRegexp(`a`, `b`, `c`)', message: 'mux: number of parameters must be multiple of 2, got [a b c]', column: 1, length: 13 },
  {
    rule: 'HeadersRegexp(`a`, `(`)',
    message: 'compiling HeadersRegexp matcher: error parsing regexp: missing closing ): `(`',
    column: 20,
    length: 3,
  },
  { rule: 'Query(`a=1`, `b`)', message: 'query "b" has no "="', column: 14, length: 3, expected: 'b=value' },
  { rule: 'ClientIP(`::1`, `x`)', message: '"x" is neither an IP address nor a CIDR', column: 17, length: 3 },
  { rule: 'PathRegexp(`a`)', message: 'unsupported function: PathRegexp', column: 1, length: 10 },
]

for (const [syntax, all] of [['v3', errors] as const, ['v2', errorsV2] as const]) {
  for (const { rule, ...what } of all) {
    test(`${rule} of ${syntax} is refused: ${what.message}`, () => {
      expect(errorOf(rule, syntax)).toMatchObject({ ...what, code: 'GTW_BAD_RULE' })
    })
  }
}

function errorOf(rule: string, syntax: RuleSyntax): RuleError | undefined {
  try {
    compileRule(rule, syntax)
    return undefined
  } catch (error) {
    if (error instanceof RuleError) return error
    throw error
  }
}
