import { expect, test } from 'vitest'
import { RuleError } from './rule-error.ts'
import type { RuleSyntax } from './syntaxes.ts'
import { compileTcpRule, isCatchAllRule } from './tcp.ts'
import type { TcpInput } from './tcp-input.ts'

type Asked = Partial<TcpInput>

const inputFor = (asked: Asked): TcpInput => ({ serverName: '', protocols: [], address: '192.0.2.1', ...asked })

const cases: { rule: string; syntax?: RuleSyntax; yes?: Asked[]; no?: Asked[] }[] = [
  { rule: 'HostSNI(`*`)', yes: [{}, { serverName: 'a.test' }] },
  { rule: 'HostSNI(`A.test.`)', yes: [{ serverName: 'a.test' }], no: [{}, { serverName: 'b.a.test' }] },
  { rule: 'hostsni(`*.a.test`)', yes: [{ serverName: 'b.a.test' }], no: [{ serverName: 'a.test' }, { serverName: 'c.b.a.test' }, {}] },
  { rule: '!HostSNI(`a.test`)', yes: [{}, { serverName: 'b.test' }], no: [{ serverName: 'a.test' }] },
  { rule: 'HostSNIRegexp(`^[a-z]\\.test$`)', yes: [{ serverName: 'a.test' }], no: [{ serverName: 'ab.test' }, {}] },
  { rule: 'HostSNIRegexp(`a`)', yes: [{ serverName: 'xax.test' }] },
  { rule: 'ClientIP(`192.0.2.0/24`)', yes: [{}, { address: '::ffff:192.0.2.9' }], no: [{ address: '192.0.3.1' }] },
  { rule: 'CLIENTIP(`2001:db8::/32`)', yes: [{ address: '2001:db8::1' }], no: [{}] },
  { rule: 'ALPN(`h2`) || ALPN(`imap`)', yes: [{ protocols: ['x', 'imap'] }], no: [{}, { protocols: ['H2'] }] },
  {
    rule: 'HostSNI(`a.test`) && (ALPN(`x`) || !ClientIP(`192.0.2.1`))',
    yes: [
      { serverName: 'a.test', protocols: ['x'] },
      { serverName: 'a.test', address: '192.0.2.2' },
    ],
    no: [{ serverName: 'a.test' }, { protocols: ['x'] }],
  },
  { rule: 'HostSNI(`a.test`, `b.test`)', syntax: 'v2', yes: [{ serverName: 'b.test' }], no: [{ serverName: 'c.test' }] },
  { rule: 'HostSNIRegexp(`{sub:[a-z]+}.a.test`)', syntax: 'v2', yes: [{ serverName: 'b.a.test' }], no: [{ serverName: '1.a.test' }] },
  { rule: 'ClientIP(`10.0.0.1`, `192.0.2.1`)', syntax: 'v2', yes: [{}], no: [{ address: '10.0.0.2' }] },
  { rule: 'ALPN(`x`, `y`)', syntax: 'v2', yes: [{ protocols: ['y'] }], no: [{}] },
]

for (const { rule, syntax = 'v3', yes = [], no = [] } of cases) {
  test(`${rule} (${syntax}) holds for what it says and nothing else`, () => {
    const { predicate } = compileTcpRule(rule, syntax, true)
    expect(yes.filter((asked) => !predicate(inputFor(asked)))).toEqual([])
    expect(no.filter((asked) => predicate(inputFor(asked)))).toEqual([])
  })
}

const wrong: { rule: string; message: string; column?: number; syntax?: RuleSyntax; clear?: true }[] = [
  { rule: 'HostSNI(`a`, `b`)', message: 'unexpected number of parameters' },
  { rule: 'HostSNI(``)', message: 'empty args' },
  { rule: 'HostSNI(`a_b!`)', message: 'not a valid hostname', column: 9 },
  { rule: 'HostSNI(`a.*.test`)', message: 'not a valid hostname' },
  { rule: 'HostSNI(`café.test`)', message: 'non-ASCII' },
  { rule: 'HostSNIRegexp(`(`)', message: 'compiling HostSNIRegexp' },
  { rule: 'ClientIP(`nowhere`)', message: 'neither an IP address' },
  { rule: 'ALPN(`acme-tls/1`)', message: 'not allowed', column: 6 },
  { rule: 'Host(`a.test`)', message: 'unsupported function: Host' },
  { rule: 'HostSNI(`a.test`) || HostSNI(`*`)', message: 'no TLS on router', column: 9, clear: true },
  { rule: '!(HostSNI(`*`) && !HostSNI(`a.test`))', message: 'no TLS on router', clear: true },
]

for (const { rule, message, column, syntax = 'v3', clear } of wrong) {
  test(`${rule} is refused: ${message}`, () => {
    const compile = () => compileTcpRule(rule, syntax, clear !== true)
    expect(compile).toThrow(RuleError)
    expect(compile).toThrow(message)
    if (column !== undefined) expect(compile).toThrow(expect.objectContaining({ column }))
  })
}

test('a rule without TLS may ask for addresses, and for everyone', () => {
  expect(compileTcpRule('ClientIP(`10.0.0.0/8`)', 'v3', false).isCatchAll).toBe(false)
  expect(compileTcpRule('HostSNI(`*`)', 'v3', false).isCatchAll).toBe(true)
})

test('only HostSNI(`*`) alone is for everyone', () => {
  const rules = ['HostSNI(`*`)', ' hostsni( "*" ) ', '(HostSNI(`*`))', 'HostSNI(`*`) && ALPN(`x`)', 'HostSNI(`a.test`)', 'HostSNI(']
  expect(rules.map((rule) => isCatchAllRule(rule, 'v3'))).toEqual([true, true, true, false, false, false])
})
