import { expect, test } from 'vitest'
import { anything, boolean, duration, integer, list, map, object, section, string } from '../../schema/index.ts'
import { shaped } from './shape.ts'

const schema = object('x', {
  on: boolean('o', { default: true }),
  off: boolean('o', { default: false }),
  bare: boolean('b'),
  count: integer('c', { default: 5 }),
  zero: integer('z', { default: 0 }),
  text: string('t', { default: '' }),
  wait: duration('w', { default: '0s' }),
  names: list(string('n'), 'n', { default: [] }),
  fields: map(string('f'), 'f'),
  inner: section(object('i', { text: string('t', { default: '' }), deep: list(object('d', { zero: integer('z') }), 'd') })),
  open: anything('o'),
  token: string('t', { secret: true }),
})

const cases: readonly (readonly [why: string, value: object, shown: object])[] = [
  ['what is zero without being said is left out', { off: false, bare: false, zero: 0, text: '', wait: 0, names: [], fields: {} }, {}],
  ['what is zero against its default is shown', { on: false, count: 0 }, { on: false, count: 0 }],
  ['defaults are shown', { on: true, count: 5 }, { on: true, count: 5 }],
  ['durations are texts', { wait: 90_000 }, { wait: '1m30s' }],
  ['a section is shown, also where nothing is said in it', { inner: { text: '' } }, { inner: {} }],
  ['the same holds for what lies deeper', { inner: { deep: [{ zero: 0 }, { zero: 1 }] } }, { inner: { deep: [{}, { zero: 1 }] } }],
  ['what the schema does not know is not shown', { added: { code: 'x' }, inner: { added: 1 } }, { inner: {} }],
  ['what it knows nothing about is shown as it is', { open: { b: 0, a: [''] } }, { open: { b: 0, a: [''] } }],
  ['secrets are masked', { token: 'x', open: { password: 'x' } }, { token: '***', open: { password: '***' } }],
]
for (const [why, value, shown] of cases) {
  test(why, () => {
    expect(shaped(schema, value)).toEqual(shown)
  })
}

test('maps are in the order of their keys', () => {
  expect(Object.keys(shaped(schema, { fields: { b: '1', a: '2' } }).fields as object)).toEqual(['a', 'b'])
})

const REFERENCE = `\${env:WORD}`

test('what a reference stands for is the reference again', () => {
  expect(shaped(schema, { text: 'a hidden word' }, new Map([['hidden', REFERENCE]]))).toEqual({ text: `a ${REFERENCE} word` })
})
