import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import {
  anything,
  boolean,
  check,
  deprecated,
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
  section,
  string,
  toJsonSchema,
  unsupported,
} from './index.ts'

const schema = object('All kinds.', {
  text: string('Text.', { default: 'a' }),
  secret: string('Secret.', { secret: true }),
  count: integer('Count.', { min: 0, max: 9, default: 1 }),
  large: int64('Large.', { default: 9223372036854775806n }),
  rate: number('Rate.', { min: 0 }),
  on: boolean('On.', { default: true }),
  wait: duration('Wait.', { default: '1m30s' }),
  mode: enumeration(['keep', 'drop'], 'Mode.', { default: 'keep' }),
  names: list(string('Name.'), 'Names.'),
  servers: list(object('Server.', { url: string('Address.', { required: true }) }), 'Servers.', { minItems: 1 }),
  headers: map(string('Value.'), 'Headers.'),
  deep: filled(object('Deep.', { one: integer('One.') })),
  tls: section(object('Tls.', { resolver: string('Resolver.') }, { standalone: true }), 'Another description.'),
  kind: object('Kind.', { a: object('A.', {}), b: object('B.', {}) }, { exactlyOne: true }),
  beside: object('Beside.', { a: object('A.', {}), b: object('B.', {}), c: integer('C.') }, { exactlyOne: true, beside: ['c'] }),
  level: required(enumeration(['low', 'high'], 'Level.')),
  rest: anything('Rest.'),
  later: unsupported('Later.'),
  old: deprecated(string('Old.'), 'has no effect'),
})

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })
const validate = ajv.compile(toJsonSchema(schema, { title: 'Test', id: 'https://example.com/test.json' }))

const fixtures: [unknown, boolean][] = [
  [{}, false],
  [{ level: 'low' }, true],
  [{ level: 'none' }, false],
  [[], false],
  [{ level: 'low', unknown: 1 }, false],
  [{ level: 'low', text: 5 }, true],
  [{ level: 'low', text: {} }, false],
  [{ level: 'low', count: '5' }, true],
  [{ level: 'low', count: 5 }, true],
  [{ level: 'low', count: 10 }, false],
  [{ level: 'low', count: 1.5 }, false],
  [{ level: 'low', count: 'five' }, false],
  [{ level: 'low', large: '9223372036854775807' }, true],
  [{ level: 'low', rate: '1.5e3' }, true],
  [{ level: 'low', rate: -1 }, false],
  [{ level: 'low', rate: 'fast' }, false],
  [{ level: 'low', on: 'T' }, true],
  [{ level: 'low', on: 'yes' }, false],
  [{ level: 'low', wait: 5 }, true],
  [{ level: 'low', wait: '1h2m3.5s' }, true],
  [{ level: 'low', wait: '1d' }, false],
  [{ level: 'low', wait: true }, false],
  [{ level: 'low', names: 'a,b' }, true],
  [{ level: 'low', names: ['a', 1] }, true],
  [{ level: 'low', names: { a: 1 } }, false],
  [{ level: 'low', beside: { a: {}, c: 1 } }, true],
  [{ level: 'low', beside: { c: 1 } }, false],
  [{ level: 'low', beside: { a: {}, b: {} } }, false],
  [{ level: 'low', servers: [{ url: 'http://a' }] }, true],
  [{ level: 'low', servers: [] }, false],
  [{ level: 'low', servers: [{}] }, false],
  [{ level: 'low', servers: 'http://a' }, false],
  [{ level: 'low', headers: { 'X-A': 'b' } }, true],
  [{ level: 'low', headers: { 'X-A': [] } }, false],
  [{ level: 'low', deep: { one: 1 } }, true],
  [{ level: 'low', deep: true }, false],
  [{ level: 'low', tls: true }, true],
  [{ level: 'low', tls: false }, true],
  [{ level: 'low', tls: { resolver: 'le' } }, true],
  [{ level: 'low', tls: 'yes' }, false],
  [{ level: 'low', kind: { a: {} } }, true],
  [{ level: 'low', kind: {} }, false],
  [{ level: 'low', kind: { a: {}, b: {} } }, false],
  [{ level: 'low', rest: [{ a: null }] }, true],
  [{ level: 'low', later: { some: 'thing' } }, true],
]
for (const [value, valid] of fixtures) {
  test(`ajv and check agree that ${JSON.stringify(value)} is ${valid ? 'right' : 'wrong'}`, () => {
    expect(check(schema, value).issues.every(({ severity }) => severity !== 'error')).toBe(valid)
    expect(validate(value)).toBe(valid)
  })
}

test('the document says what it is, with descriptions, defaults and no trace of ours', () => {
  const json = toJsonSchema(schema, { title: 'Test', id: 'https://example.com/test.json' })
  expect(json).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://example.com/test.json',
    title: 'Test',
    description: 'All kinds.',
    required: ['level'],
    properties: {
      large: { default: '9223372036854775806' },
      wait: { default: '1m30s', description: 'Wait.' },
      mode: { enum: ['keep', 'drop'], default: 'keep' },
      secret: { writeOnly: true },
      tls: { description: 'Another description.' },
      later: { description: 'Later. Not supported yet.' },
    },
  })
  expect(JSON.stringify(json)).not.toContain('~')
})

test('a default that the option itself would refuse is a mistake of the program', () => {
  expect(() => integer('x', { default: -1, min: 0 })).toThrow('the default -1 is not an integer')
  expect(() => duration('x', { default: 'soon' })).toThrow('the default soon is not a duration')
  expect(() => duration('x', { min: 'soon' })).toThrow('not a duration: soon')
})

test('an old option says so to an editor', () => {
  expect(toJsonSchema(schema)).toMatchObject({ properties: { old: { description: 'Old.', deprecated: true } } })
})
