import { IsUnsafe, type Static } from 'typebox'
import { expect, expectTypeOf, test } from 'vitest'
import {
  anything,
  boolean,
  duration,
  enumeration,
  filled,
  type Infer,
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

test('a field with a default, a must or a filled section is always present, every other one is optional', () => {
  const schema = object('x', {
    average: integer('a', { min: 0, default: 0 }),
    name: string('n'),
    rule: string('r', { required: true }),
    priority: int64('p', { default: 0n }),
    rate: number('r'),
    on: boolean('o', { default: true }),
    off: boolean('o'),
    period: duration('p', { default: '1s' }),
    mode: enumeration(['keep', 'drop'], 'm', { default: 'keep' }),
    level: required(enumeration(['a', 'b'], 'm')),
    sans: list(string('s'), 'l'),
    mains: list(string('s'), 'l', { required: true }),
    headers: map(string('s'), 'h'),
    deep: filled(object('d', { one: integer('o', { default: 1 }) })),
    loose: section(object('d', { one: integer('o') })),
    rest: anything('r'),
    later: unsupported('l'),
  })
  type Expected = {
    readonly average: number
    readonly name?: string | undefined
    readonly rule: string
    readonly priority: bigint
    readonly rate?: number | undefined
    readonly on: boolean
    readonly off?: boolean | undefined
    readonly period: number
    readonly mode: 'keep' | 'drop'
    readonly level: 'a' | 'b'
    readonly sans?: readonly string[] | undefined
    readonly mains: readonly string[]
    readonly headers?: Readonly<Record<string, string>> | undefined
    readonly deep: { readonly one: number }
    readonly loose?: { readonly one?: number | undefined } | undefined
    readonly rest?: unknown
    readonly later?: undefined
  }
  expectTypeOf<Infer<typeof schema>>().toEqualTypeOf<Expected>()
  expectTypeOf<Static<typeof schema>>().toEqualTypeOf<Expected>()
  expect(IsUnsafe(schema)).toBe(true)
  expect(Object.keys(schema)).toEqual(['description', 'type', 'properties', 'required', 'additionalProperties'])
})

test('the type of a schema is inferred through a function that takes it', () => {
  const build = <T>(options: Schema<T>, use: (value: T) => void): [Schema<T>, (value: T) => void] => [options, use]
  build(object('x', { prefixes: list(string('p'), 'l', { required: true }) }), (value) => {
    expectTypeOf(value).toEqualTypeOf<{ readonly prefixes: readonly string[] }>()
  })
})
