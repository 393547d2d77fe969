import { anything as anyValue, property, assert as prove } from 'fast-check'
import { expect, test } from 'vitest'
import {
  anything,
  boolean,
  check,
  duration,
  enumeration,
  filled,
  int64,
  integer,
  list,
  map,
  number,
  object,
  required,
  type Schema,
  section,
  string,
  unsupported,
} from './index.ts'

const port = (value: string) => (value.startsWith(':') ? undefined : 'a text that starts with a colon')

interface Case {
  readonly field: Schema
  readonly given: unknown
  readonly value?: unknown
  readonly issue?: string
  readonly expected?: string
}

const kinds: Record<string, Case[]> = {
  string: [
    { field: string('x'), given: 'a', value: 'a' },
    { field: string('x'), given: 5, value: '5' },
    { field: string('x'), given: true, value: 'true' },
    { field: string('x'), given: '', value: '' },
    { field: string('x', { default: 'd' }), given: null, value: 'd' },
    { field: string('x'), given: {}, issue: 'x is an object', expected: 'a string' },
    { field: string('x'), given: ['a'], issue: 'x is a list', expected: 'a string' },
    { field: string('x', { check: port }), given: ':80', value: ':80' },
    { field: string('x', { check: port }), given: '80', issue: 'x is "80"', expected: 'a text that starts with a colon' },
    {
      field: string('x', { check: port }),
      given: 'http://a:pw@b',
      issue: 'x is "http://***@b"',
      expected: 'a text that starts with a colon',
    },
    { field: string('x', { secret: true, check: port }), given: 'pw', issue: 'x is "***"', expected: 'a text that starts with a colon' },
  ],
  integer: [
    { field: integer('x'), given: 5, value: 5 },
    { field: integer('x'), given: '5', value: 5 },
    { field: integer('x'), given: 5n, value: 5 },
    { field: integer('x'), given: 'high', issue: 'x is "high"', expected: 'an integer' },
    { field: integer('x'), given: 1.5, issue: 'x is 1.5', expected: 'an integer' },
    { field: integer('x'), given: 2n ** 60n, issue: 'x is 1152921504606846976', expected: 'at most 9007199254740991' },
    { field: integer('x', { min: 0 }), given: -1, issue: 'x is -1', expected: 'at least 0' },
    { field: integer('x', { max: 9 }), given: '10', issue: 'x is "10"', expected: 'at most 9' },
    { field: integer('x', { default: 3 }), given: 'high', value: 3, issue: 'x is "high"', expected: 'an integer' },
  ],
  int64: [
    { field: int64('x'), given: 5, value: 5n },
    { field: int64('x'), given: '9223372036854775807', value: 9223372036854775807n },
    { field: int64('x'), given: 9223372036854775807n, value: 9223372036854775807n },
    { field: int64('x', { default: 9223372036854775806n }), given: undefined, value: 9223372036854775806n },
    { field: int64('x'), given: '9223372036854775808', issue: 'x is "9223372036854775808"', expected: 'at most 9223372036854775807' },
  ],
  number: [
    { field: number('x'), given: '0.5', value: 0.5 },
    { field: number('x', { max: 1 }), given: 1.5, issue: 'x is 1.5', expected: 'at most 1' },
    { field: number('x'), given: Number.NaN, issue: 'x is NaN', expected: 'a number' },
  ],
  boolean: [
    { field: boolean('x'), given: 'T', value: true },
    { field: boolean('x', { default: true }), given: false, value: false },
    { field: boolean('x'), given: 'yes', issue: 'x is "yes"', expected: 'true or false' },
  ],
  duration: [
    { field: duration('x'), given: 5, value: 5_000 },
    { field: duration('x'), given: '100ms', value: 100 },
    { field: duration('x', { default: '1m30s' }), given: undefined, value: 90_000 },
    { field: duration('x', { min: '1s' }), given: '10ms', issue: 'x is "10ms"', expected: 'at least 1s' },
    { field: duration('x'), given: '1 day', issue: 'x is "1 day"', expected: 'a duration, for instance 10s or 1m30s' },
  ],
  enumeration: [
    { field: enumeration(['keep', 'VersionTLS12'], 'x'), given: 'versiontls12', value: 'VersionTLS12' },
    { field: enumeration(['keep', 'drop'], 'x', { default: 'keep' }), given: undefined, value: 'keep' },
    { field: enumeration(['keep', 'drop'], 'x'), given: 'kep', issue: 'x is "kep"', expected: 'one of keep, drop' },
  ],
  list: [
    { field: list(string('i'), 'x'), given: ['a', 5], value: ['a', '5'] },
    { field: list(string('i'), 'x'), given: ' a , b,', value: ['a', 'b'] },
    { field: list(integer('i'), 'x'), given: '1,2', value: [1, 2] },
    { field: list(integer('i'), 'x'), given: 7, value: [7] },
    { field: list(integer('i'), 'x', { default: [1, 2] }), given: null, value: [1, 2] },
    { field: list(integer('i'), 'x'), given: [1, 'b', null, 2], value: [1, 2], issue: 'x[1] is "b"', expected: 'an integer' },
    { field: list(string('i'), 'x'), given: { a: 1 }, issue: 'x is an object', expected: 'a list' },
    { field: list(object('o', {}), 'x'), given: 'a', issue: 'x is "a"', expected: 'a list' },
    { field: list(string('i'), 'x', { minItems: 1 }), given: [], issue: 'x is empty', expected: 'at least 1' },
    { field: list(string('i', { secret: true }), 'x'), given: [{ a: 'pw' }], value: [], issue: 'x[0] is an object', expected: 'a string' },
  ],
  map: [
    { field: map(string('i'), 'x'), given: { 'X-Foo': 1, 'a.b': 'c' }, value: { 'X-Foo': '1', 'a.b': 'c' } },
    { field: map(integer('i'), 'x'), given: { a: 'b', c: 1 }, value: { c: 1 }, issue: 'x.a is "b"', expected: 'an integer' },
    { field: map(integer('i'), 'x'), given: { 'a.b': 'c' }, value: {}, issue: 'x."a.b" is "c"', expected: 'an integer' },
    { field: map(string('i'), 'x'), given: 'a', issue: 'x is "a"', expected: 'an object' },
  ],
  section: [
    { field: section(object('o', { a: integer('a', { default: 1 }) })), given: undefined },
    { field: section(object('o', { a: integer('a', { default: 1 }) })), given: {}, value: { a: 1 } },
    { field: object('o', { a: integer('a', { default: 1 }) }), given: true, issue: 'x is true', expected: 'an object' },
    { field: filled(object('o', { a: integer('a', { default: 1 }) })), given: undefined, value: { a: 1 } },
    {
      field: filled(object('o', { a: integer('a', { default: 1 }) })),
      given: 'b',
      value: { a: 1 },
      issue: 'x is "b"',
      expected: 'an object',
    },
    {
      field: filled(object('o', { a: required(integer('a')) })),
      given: undefined,
      value: {},
      issue: 'x.a is missing',
      expected: 'an integer',
    },
    { field: required(object('o', {})), given: null, issue: 'x is missing', expected: 'an object' },
  ],
  'standalone section': [true, 'true', 'TRUE', '', {}]
    .map((given): Case => ({ field: object('o', { a: integer('a', { default: 1 }) }, { standalone: true }), given, value: { a: 1 } }))
    .concat([
      { field: object('o', {}, { standalone: true }), given: false },
      { field: object('o', {}, { standalone: true }), given: 'False' },
      { field: object('o', {}, { standalone: true }), given: 'yes', issue: 'x is "yes"', expected: 'an object or true' },
    ]),
  anything: [
    { field: anything('x'), given: { a: [1, null, { B: 'c' }] }, value: { a: [1, null, { B: 'c' }] } },
    { field: anything('x'), given: new Map(), issue: 'x is an object', expected: 'plain data' },
  ],
}

for (const [kind, cases] of Object.entries(kinds)) {
  for (const { field, given, value, issue, expected } of cases) {
    const shown = JSON.stringify(given, (_, one) => (typeof one === 'bigint' ? `${one}n` : one)) ?? 'nothing'
    test(`${kind}: ${shown} ${issue === undefined ? 'is taken' : `is refused, expected ${expected}`}`, () => {
      const checked = check(object('root', { x: field }), { x: given })
      expect(checked.value).toEqual(value === undefined ? {} : { x: value })
      expect(checked.issues.map(({ message, expected }) => ({ message, expected }))).toEqual(
        issue === undefined ? [] : [{ message: issue, expected }],
      )
    })
  }
}

const router = object('A router.', {
  entryPoints: list(string('e'), 'e'),
  rule: string('r', { required: true }),
  priority: int64('p', { default: 0 }),
  tls: object('t', { certResolver: string('c') }, { standalone: true }),
  observability: unsupported('o'),
})

test('keys are compared without regard to case and come back in their canonical spelling and order', () => {
  const { value, issues } = check(router, { RULE: 'Host(`a`)', ENTRYPOINTS: 'web', TLS: { CERTRESOLVER: 'le' } })
  expect(issues).toEqual([])
  expect(value).toEqual({ entryPoints: ['web'], rule: 'Host(`a`)', priority: 0n, tls: { certResolver: 'le' } })
  expect(Object.keys(value)).toEqual(['entryPoints', 'rule', 'priority', 'tls'])
})

test('every issue is collected, each with the path as it was written', () => {
  const { issues } = check(map(router, 'Routers.'), {
    app: { Rul: 'x', Priority: 'high', entryPoints: { a: 1 }, observability: { metrics: false } },
  })
  expect(issues.map(({ code, severity, path, at, message, suggestion }) => ({ code, severity, path, at, message, suggestion }))).toEqual([
    {
      code: 'GTW_UNKNOWN_KEY',
      severity: 'error',
      path: ['app', 'Rul'],
      at: 'key',
      message: 'unknown key "Rul" in app',
      suggestion: 'rule',
    },
    {
      code: 'GTW_WRONG_TYPE',
      severity: 'error',
      path: ['app', 'entryPoints'],
      at: 'value',
      message: 'app.entryPoints is an object',
      suggestion: undefined,
    },
    { code: 'GTW_MISSING', severity: 'error', path: ['app', 'rule'], at: 'value', message: 'app.rule is missing', suggestion: undefined },
    {
      code: 'GTW_WRONG_TYPE',
      severity: 'error',
      path: ['app', 'Priority'],
      at: 'value',
      message: 'app.Priority is "high"',
      suggestion: undefined,
    },
    {
      code: 'GTW_UNSUPPORTED',
      severity: 'warning',
      path: ['app', 'observability'],
      at: 'key',
      message: 'unsupported option "observability" in app',
      suggestion: undefined,
    },
  ])
})

test('an unknown key at the root says so', () => {
  expect(check(router, { rule: 'a', zzzz: 1 }).issues[0]).toMatchObject({ message: 'unknown key "zzzz" at the top level' })
})

test('two spellings of one key are an issue, and the first one counts', () => {
  const { value, issues } = check(router, { rule: 'a', Rule: 'b' })
  expect(value.rule).toBe('a')
  expect(issues).toMatchObject([{ code: 'GTW_DUPLICATE_KEY', path: ['Rule'], at: 'key' }])
})

const middleware = object(
  'A middleware.',
  { addPrefix: object('a', { prefix: string('p') }), compress: object('c', {}, { standalone: true }), plugin: unsupported('p') },
  { exactlyOne: true },
)
const exactlyOne: [string, unknown, object[]][] = [
  ['one is right', { addPrefix: {} }, []],
  ['none is missing', {}, [{ code: 'GTW_MISSING', message: 'm is empty', expected: 'exactly one of addPrefix, compress, plugin' }]],
  ['one that is switched off is none', { compress: false }, [{ code: 'GTW_MISSING' }]],
  [
    'two are too many',
    { addPrefix: {}, compress: true },
    [{ code: 'GTW_BAD_VALUE', path: ['m', 'compress'], message: '"compress" beside "addPrefix" in m' }],
  ],
  ['a misspelt one is only said once', { adPrefix: {} }, [{ code: 'GTW_UNKNOWN_KEY', suggestion: 'addPrefix' }]],
  ['an unsupported one leaves nothing', { plugin: {} }, [{ code: 'GTW_UNSUPPORTED', severity: 'error' }]],
]
for (const [why, given, expected] of exactlyOne) {
  test(`of several kinds, ${why}`, () => {
    const { issues } = check(map(middleware, 'm'), { m: given })
    expect(issues).toHaveLength(expected.length)
    expect(issues).toMatchObject(expected)
  })
}

test('what may stand beside the one kind is none itself', () => {
  const one = object('x', { a: object('a', {}), b: object('b', {}), c: integer('c') }, { exactlyOne: true, beside: ['c'] })
  expect(check(one, { a: {}, c: 1 })).toEqual({ value: { a: {}, c: 1 }, issues: [] })
  expect(check(one, { c: 1 }).issues).toMatchObject([{ code: 'GTW_MISSING', expected: 'exactly one of a, b' }])
  expect(check(one, { c: 1, a: {}, b: {} }).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path: ['b'] }])
})

test('a root that is no object is an issue, and the defaults stand', () => {
  expect(check(router, ['a'])).toMatchObject({ value: { priority: 0n }, issues: [{ message: 'the configuration is a list' }] })
  expect(check(router, undefined).issues).toMatchObject([{ code: 'GTW_MISSING' }])
})

test('keys that reach for a prototype are refused everywhere and leave no trace', () => {
  const evil = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "prototype": "x"}')
  const schema = object('x', { headers: map(anything('h'), 'h'), rest: anything('r') })
  const { value, issues } = check(schema, { ...evil, headers: evil, rest: { deep: [evil] } })
  expect(issues.filter(({ code }) => code === 'GTW_UNKNOWN_KEY')).toHaveLength(9)
  expect(value).toEqual({ headers: {}, rest: { deep: [{}] } })
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect(Object.getPrototypeOf(value.headers)).toBe(Object.prototype)
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
})

test('a tree without end stops at 32 levels', () => {
  const endless: { again?: object } = {}
  endless.again = endless
  expect(check(object('x', { rest: anything('r') }), { rest: endless }).issues).toMatchObject([
    { code: 'GTW_BAD_VALUE', expected: 'at most 32 levels' },
  ])
})

test('no value whatever makes check throw', () => {
  const schema = object('x', {
    router,
    middleware,
    routers: map(router, 'r'),
    list: list(router, 'l'),
    times: list(duration('t'), 't'),
    rest: anything('r'),
    big: int64('b'),
    rate: number('r'),
  })
  const wild = anyValue({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
  })
  prove(
    property(wild, (value) => {
      for (const given of [
        value,
        { router: value },
        { routers: { a: value } },
        { list: [value] },
        { times: value },
        { rest: value },
        { big: value, rate: value },
      ]) {
        for (const { message } of check(schema, given).issues) expect(message).not.toBe('')
      }
    }),
  )
})
