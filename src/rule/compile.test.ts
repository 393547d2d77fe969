import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { compileRule } from './compile.ts'
import { RouteInput } from './route-input.ts'
import { RuleError } from './rule-error.ts'

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

const cases: { rule: string; yes?: Asked[]; no?: Asked[] }[] = [
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
]

for (const { rule, yes = [], no = [] } of cases) {
  test(`${rule} holds for what it says`, () => {
    const { predicate, hosts } = compileRule(rule)
    for (const asked of yes) {
      expect(predicate(inputFor(asked)), JSON.stringify(asked)).toBe(true)
      if (hosts !== undefined) expect(hosts).toContain(inputFor(asked).domain)
    }
    for (const asked of no) expect(predicate(inputFor(asked)), JSON.stringify(asked)).toBe(false)
  })
}

const errors: { rule: string; message: string; column: number; length: number; expected?: string; code?: string }[] = [
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
  { rule: 'HostRegexp(`^a`)', message: 'matcher HostRegexp is not supported yet', column: 1, length: 10, code: 'GTW_UNSUPPORTED' },
  { rule: 'pathregexp(`^a`)', message: 'matcher PathRegexp is not supported yet', column: 1, length: 10, code: 'GTW_UNSUPPORTED' },
  { rule: 'HeaderRegexp(`a`, `b`)', message: 'matcher HeaderRegexp is not supported yet', column: 1, length: 12, code: 'GTW_UNSUPPORTED' },
  { rule: 'QueryRegexp(`a`)', message: 'matcher QueryRegexp is not supported yet', column: 1, length: 11, code: 'GTW_UNSUPPORTED' },
]

for (const { rule, code = 'GTW_BAD_RULE', ...what } of errors) {
  test(`${rule} is refused: ${what.message}`, () => expect(errorOf(rule)).toMatchObject({ ...what, code }))
}

const hosts: { rule: string; hosts: string[] | undefined }[] = [
  { rule: 'Host(`A.test.`)', hosts: ['a.test'] },
  { rule: 'Path(`/`)', hosts: undefined },
  { rule: 'Host(`*`)', hosts: undefined },
  { rule: '!Host(`*`)', hosts: [] },
  { rule: 'Host(`*.a.test`)', hosts: undefined },
  { rule: 'Host(`*a`)', hosts: [] },
  { rule: '!Host(`*a`)', hosts: undefined },
  { rule: '!Host(`a`)', hosts: undefined },
  { rule: '!!Host(`a`)', hosts: ['a'] },
  { rule: 'Host(`a`) || Host(`b`) || Host(`a`)', hosts: ['a', 'b'] },
  { rule: 'Host(`a`) || Path(`/`)', hosts: undefined },
  { rule: 'Host(`a`) && Path(`/`)', hosts: ['a'] },
  { rule: '(Host(`a`) || Host(`b`)) && (Host(`b`) || Host(`c`))', hosts: ['b'] },
  { rule: 'Host(`a`) && Host(`b`)', hosts: [] },
  { rule: '!(!Host(`a`) && !Host(`b`))', hosts: ['a', 'b'] },
  { rule: '!(!Host(`a`) || Path(`/`))', hosts: ['a'] },
]

for (const { rule, hosts: necessary } of hosts) {
  test(`${rule} needs the hosts ${JSON.stringify(necessary)}`, () => expect(compileRule(rule).hosts).toEqual(necessary))
}

test('whatever the text, a rule compiles or throws a RuleError', () => {
  const argument = fc.oneof(fc.constantFrom('a', '/a', '*', '10.0.0.1', ''), fc.string())
  const name = fc.constantFrom('Host', 'path', 'PATHPREFIX', 'Method', 'Header', 'Query', 'Clientip', 'HostRegexp')
  const call = fc
    .tuple(name, fc.array(argument, { maxLength: 3 }))
    .map(([matcher, args]) => `${matcher}(${args.map((arg) => JSON.stringify(arg)).join()})`)
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 4 }), fc.constantFrom(' && ', ' || ', ' || !'), (calls, operator) => {
      const error = errorOf(calls.join(operator))
      if (error === undefined) expect(typeof compileRule(calls.join(operator)).predicate(inputFor({ host: 'a' }))).toBe('boolean')
    }),
  )
})

function errorOf(rule: string): RuleError | undefined {
  try {
    compileRule(rule)
    return undefined
  } catch (error) {
    if (error instanceof RuleError) return error
    throw error
  }
}
