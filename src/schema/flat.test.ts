import {
  array,
  boolean as booleans,
  constantFrom,
  dictionary,
  integer as integers,
  property,
  assert as prove,
  record,
  string as texts,
} from 'fast-check'
import { expect, test } from 'vitest'
import {
  anything,
  boolean,
  check,
  duration,
  type Flat,
  fromFlat,
  integer,
  list,
  map,
  object,
  type Schema,
  string,
  unsupported,
} from './index.ts'

const tls = object(
  't',
  { certResolver: string('c'), domains: list(object('d', { main: string('m'), sans: list(string('s'), 's') }), 'd') },
  { standalone: true },
)
const schema = object('root', {
  rule: string('r'),
  priority: integer('p'),
  on: boolean('o'),
  wait: duration('w'),
  entryPoints: list(string('e'), 'e'),
  tls,
  headers: map(string('h'), 'h'),
  routers: map(object('r', { rule: string('r'), tls }), 'r'),
  plugin: map(anything('p'), 'p'),
  later: unsupported('l'),
})

function flat(names: readonly string[], options?: { foldCase?: boolean }): Flat {
  const entries = names.map((name) => {
    const [key = '', ...value] = name.split('=')
    return { path: key.split('.'), value: value.join('='), source: { kind: 'flag', flag: key } as const }
  })
  return fromFlat(schema, entries, options)
}

const cases: [string, string[], unknown][] = [
  ['names are compared without regard to case', ['RULE=a', 'Routers.App.Rule=b'], { rule: 'a', routers: { App: { rule: 'b' } } }],
  ['a scalar said twice has the last value', ['rule=a', 'rule=b'], { rule: 'b' }],
  ['a list said twice is appended to', ['entryPoints=a, b', 'entrypoints=c'], { entryPoints: ['a', 'b', 'c'] }],
  ['an element of a list is not split', ['entryPoints[0]=a,b', 'entryPoints[1]=c'], { entryPoints: ['a,b', 'c'] }],
  ['an index may stand alone', ['entryPoints.0=a', 'entryPoints.1=b'], { entryPoints: ['a', 'b'] }],
  ['indexes are sorted as numbers', ['entryPoints[10]=b', 'entryPoints[2]=a'], { entryPoints: ['a', 'b'] }],
  [
    'what is no index follows in the order of texts',
    ['entryPoints.b=y', 'entryPoints.a=x', 'entryPoints.7=w'],
    { entryPoints: ['w', 'x', 'y'] },
  ],
  [
    'a list of sections is gathered by index',
    ['tls.domains[1].main=b', 'tls.domains[0].main=a', 'tls.domains[0].sans=c,d'],
    { tls: { domains: [{ main: 'a', sans: ['c', 'd'] }, { main: 'b' }] } },
  ],
  ['any segment below a list is one element', ['tls.domains.x.main=a'], { tls: { domains: [{ main: 'a' }] } }],
  ['a section is on with true', ['tls=TRUE'], { tls: {} }],
  ['a section is on with nothing', ['tls='], { tls: {} }],
  ['a section on and its options go together', ['tls=true', 'tls.certResolver=le'], { tls: { certResolver: 'le' } }],
  ['a section that is off is off whatever stands below it', ['tls=false', 'tls.certResolver=le'], {}],
  ['anything but true is off', ['tls=yes', 'tls.certResolver=le'], {}],
  [
    'free keys keep their first spelling and merge',
    ['headers.X-Foo=a', 'headers.x-foo=b', 'HEADERS.Y=c'],
    { headers: { 'X-Foo': 'b', Y: 'c' } },
  ],
  ['an empty value is a value', ['headers.X-Foo='], { headers: { 'X-Foo': '' } }],
  [
    'a plugin takes any tree, indexes make lists',
    ['plugin.p.Key.a=1', 'plugin.p.list[0]=x', 'plugin.p.list[1]=y'],
    { plugin: { p: { Key: { a: '1' }, list: ['x', 'y'] } } },
  ],
]
for (const [why, names, expected] of cases) {
  test(`${why}: ${names.join(' ')}`, () => {
    const { tree, issues } = flat(names)
    const checked = check(schema, tree)
    expect([...issues, ...checked.issues]).toEqual([])
    expect(checked.value).toEqual(expected)
  })
}

test('free keys become lower case where case is folded', () => {
  expect(flat(['HEADERS.X_FOO=a'], { foldCase: true }).tree).toEqual({ headers: { x_foo: 'a' } })
})

const wrong: [string, string, object][] = [
  ['an unknown name', 'routers.app.rul=x', { code: 'GTW_UNKNOWN_KEY', message: 'unknown key "rul" in routers.app', suggestion: 'rule' }],
  ['a name below a scalar', 'rule.x=y', { code: 'GTW_UNKNOWN_KEY', message: 'unknown key "x" in rule' }],
  ['a wrong value', 'priority=high', { code: 'GTW_WRONG_TYPE', message: 'priority is "high"' }],
  ['a section that does not stand alone', 'routers.app=true', { code: 'GTW_WRONG_TYPE', message: 'routers.app is "true"' }],
  ['a map with a text', 'routers=true', { code: 'GTW_WRONG_TYPE', message: 'routers is "true"' }],
  ['a list of sections with a text', 'tls.domains=a', { code: 'GTW_WRONG_TYPE', message: 'tls.domains is "a"' }],
  ['an empty segment', 'routers..rule=x', { code: 'GTW_UNKNOWN_KEY', message: 'refused key "" in routers' }],
  ['a bare index', 'routers.[0].rule=x', { code: 'GTW_UNKNOWN_KEY', message: 'refused key "[0]" in routers' }],
  ['a prototype', 'headers.__proto__.x=y', { code: 'GTW_UNKNOWN_KEY', message: 'refused key "__proto__" in headers' }],
  ['a prototype in another case', 'headers.Constructor=y', { code: 'GTW_UNKNOWN_KEY', message: 'refused key "Constructor" in headers' }],
  ['a prototype below an index', 'plugin.p[0].__proto__=y', { code: 'GTW_UNKNOWN_KEY', message: 'refused key "__proto__" in plugin.p.0' }],
  ['an index of four digits', 'plugin.p.x[1000]=y', { code: 'GTW_UNKNOWN_KEY', message: 'refused key "x[1000]" in plugin.p' }],
  ['a name without end', `plugin.${'a.'.repeat(40)}b=c`, { code: 'GTW_BAD_VALUE', expected: 'at most 32 levels' }],
  ['an option that is not supported', 'later.some.thing=1', { code: 'GTW_UNSUPPORTED', severity: 'warning' }],
]
for (const [why, name, expected] of wrong) {
  test(`${why} is one issue, and its name is found`, () => {
    const { tree, issues, locate } = flat([name])
    const all = [...issues, ...check(schema, tree).issues]
    expect(all).toHaveLength(1)
    expect(all).toMatchObject([expected])
    expect(locate(all[0]?.path ?? [])).toEqual({ kind: 'flag', flag: name.split('=')[0] })
  })
}

test('a value is located by its own name, a missing one by the first name beside it', () => {
  const { locate } = flat(['routers.a.tls.domains[4].main=x', 'routers.a.rule=y', 'entryPoints=a,b', 'entryPoints=c'])
  expect(locate(['routers', 'a', 'rule'])).toEqual({ kind: 'flag', flag: 'routers.a.rule' })
  expect(locate(['ROUTERS', 'A', 'TLS', 'domains', 0, 'main'])).toEqual({ kind: 'flag', flag: 'routers.a.tls.domains[4].main' })
  expect(locate(['routers', 'a', 'service'])).toEqual({ kind: 'flag', flag: 'routers.a.tls.domains[4].main' })
  expect(locate(['entryPoints', 2])).toEqual({ kind: 'flag', flag: 'entryPoints' })
  expect(flat([]).locate(['rule'])).toBeUndefined()
})

test('a tree that is flattened and built again checks alike', () => {
  const word = texts({ unit: constantFrom('a', 'b', 'C', '-', '_', '1'), minLength: 1, maxLength: 4 })
  const free = word.map((text) => `k${text.toLowerCase()}`)
  const trees = record(
    {
      rule: texts(),
      priority: integers(),
      on: booleans(),
      wait: integers({ min: 0, max: 1_000 }),
      entryPoints: array(word, { minLength: 1, maxLength: 9 }),
      tls: record({ certResolver: word, domains: array(record({ main: word }), { minLength: 1, maxLength: 9 }) }, { requiredKeys: [] }),
      headers: dictionary(free, texts(), { minKeys: 1 }),
      routers: dictionary(free, record({ rule: word }), { minKeys: 1 }),
    },
    { requiredKeys: [] },
  )
  prove(
    property(trees, (tree) => {
      const entries = flatten(tree).map((entry) => ({ ...entry, source: { kind: 'default' } as const }))
      const built = fromFlat(schema, entries)
      expect(built.issues).toEqual([])
      expect(check(schema, built.tree)).toEqual(check(schema, tree))
    }),
  )
})

function flatten(tree: unknown, path: string[] = []): { path: string[]; value: string }[] {
  if (typeof tree !== 'object' || tree === null) return [{ path, value: String(tree) }]
  const entries = Object.entries(tree)
  return entries.length === 0 ? [{ path, value: 'true' }] : entries.flatMap(([key, value]) => flatten(value, [...path, key]))
}

test('a schema that is no object is built too', () => {
  const source = { kind: 'default' } as const
  const build = (one: Schema) => fromFlat(one, [{ path: ['a', 'b'], value: 'c', source }]).tree
  expect(build(anything('x'))).toEqual({ a: { b: 'c' } })
  expect(build(map(map(string('s'), 'm'), 'm'))).toEqual({ a: { b: 'c' } })
})
