import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { type CompiledRule, compileRule, literalHosts } from './compile.ts'
import { parseRule } from './parser.ts'
import { RouteInput } from './route-input.ts'
import { RuleError } from './rule-error.ts'
import { type RuleSyntax, vocabularyOf } from './syntaxes.ts'

/** Bounds in short: `a.test` or `*.a.test` for hosts, `/x` or `/x*` for paths. */
const places: { rule: string; hosts?: string[]; paths?: string[]; syntax?: RuleSyntax }[] = [
  { rule: 'Host(`A.test.`)', hosts: ['a.test'] },
  { rule: 'Host(`*`)' },
  { rule: '!Host(`*`)', hosts: [], paths: [] },
  { rule: 'Host(`*.a.test`)', hosts: ['*.a.test'] },
  { rule: 'Host(`*a`)', hosts: [] },
  { rule: '!Host(`*a`)' },
  { rule: '!Host(`a`)' },
  { rule: '!!Host(`a`)', hosts: ['a'] },
  { rule: 'Host(`a`) || Host(`b`) || Host(`a`)', hosts: ['a', 'b'] },
  { rule: 'Host(`a`) || Path(`/`)' },
  { rule: 'Host(`a`) && Path(`/`)', hosts: ['a'], paths: ['/'] },
  { rule: 'Host(`a`) && Path(`/x`) || Host(`b`) && PathPrefix(`/y`)', hosts: ['a', 'b'], paths: ['/x', '/y*'] },
  { rule: '(Host(`a`) || Host(`b`)) && (Host(`b`) || Host(`c`))', hosts: ['b'] },
  { rule: 'Host(`a`) && Host(`b`)', hosts: [] },
  { rule: 'Host(`*.b`) && (Host(`a.b`) || Host(`c.a.b`))', hosts: ['a.b'] },
  { rule: 'Host(`*.b`) && Host(`*.b`)', hosts: ['*.b'] },
  { rule: 'Host(`*.a`) && Host(`*.b`)', hosts: [] },
  { rule: '!(!Host(`a`) && !Host(`b`))', hosts: ['a', 'b'] },
  { rule: '!(!Host(`a`) || Path(`/`))', hosts: ['a'] },
  { rule: 'PathPrefix(`/a`) && PathPrefix(`/a/b`)', paths: ['/a/b*'] },
  { rule: 'PathPrefix(`/a/b`) && PathPrefix(`/a`)', paths: ['/a/b*'] },
  { rule: 'PathPrefix(`/a`) && PathPrefix(`/b`)', paths: [] },
  { rule: 'PathPrefix(`/a`) && Path(`/ab`)', paths: ['/ab'] },
  { rule: 'Path(`/`) && PathPrefix(`/a`)', paths: [] },
  { rule: 'Path(`/a`) && Path(`/b`)', paths: [] },
  { rule: 'PathPrefix(`/a`) || PathRegexp(`^/b`)' },
  { rule: 'Host(`a`, `*.b`)', hosts: ['a', '*.b'], syntax: 'v2' },
  { rule: 'Path(`/a`, `/b/{x}`) && HostHeader(`a`)', hosts: ['a'], paths: ['/a', '/b/*'], syntax: 'v2' },
  { rule: 'PathPrefix(`/a`)', paths: ['/a*'], syntax: 'v2' },
]

for (const { rule, hosts, paths, syntax = 'v3' } of places) {
  test(`${rule} of ${syntax} needs the hosts ${JSON.stringify(hosts)} and the paths ${JSON.stringify(paths)}`, () => {
    const compiled = compileRule(rule, syntax)
    expect(compiled.hosts?.map(({ text, isExact }) => (isExact ? text : `*${text}`))).toEqual(hosts)
    expect(compiled.paths?.map(({ text, isExact }) => (isExact ? text : `${text}*`))).toEqual(paths)
  })
}

test('every name of a Host matcher is a literal host, once, whatever is negated', () => {
  const rule = 'Host(`A.test.`) && !(Host(`b.test`) || Path(`/`)) || Host(`*.c.test`) && Host(`a.test`) && HostRegexp(`^d`)'
  expect(literalHosts(parseRule(rule))).toEqual(['a.test', 'b.test', '*.c.test'])
  expect(literalHosts(parseRule('Host(`a`, `b`) || HostHeader(`c`)', 'v2'))).toEqual(['a', 'b'])
})

test('whatever the text, a rule compiles or throws a RuleError', () => {
  const argument = fc.oneof(fc.constantFrom('a', '/a', '*', '10.0.0.1', '', 'k=v', '/{a:b}', '{', '(a+)+', '[', '\\'), fc.string())
  const name = fc.constantFrom(...vocabularyOf('v3').names, ...vocabularyOf('v2').names)
  const call = fc
    .tuple(name, fc.array(argument, { minLength: 1, maxLength: 3 }))
    .map(([matcher, args]) => `${matcher}(${args.map((arg) => JSON.stringify(arg)).join()})`)
  const request = new RequestHead('GET', '/a', new Headers(['a', 'b']))
  request.host = 'a'
  request.query = 'k=v'
  const input = new RouteInput()
  input.prepare(request)
  const count = { v3: 0, v2: 0 }
  fc.assert(
    fc.property(
      fc.array(call, { minLength: 1, maxLength: 2 }),
      fc.constantFrom(' && ', ' || ', ' || !'),
      fc.constantFrom('v3' as const, 'v2' as const),
      (calls, operator, syntax) => {
        const rule = calls.join(operator)
        const compiled = attempt(rule, syntax)
        if (compiled instanceof RuleError) return
        count[syntax]++
        expect(typeof compiled.predicate(input)).toBe('boolean')
      },
    ),
    { numRuns: 2000 },
  )
  expect(Math.min(count.v3, count.v2)).toBeGreaterThan(20)
})

function attempt(rule: string, syntax: RuleSyntax): CompiledRule | RuleError {
  try {
    return compileRule(rule, syntax)
  } catch (error) {
    if (error instanceof RuleError) return error
    throw error
  }
}
