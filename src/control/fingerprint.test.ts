import { expect, test } from 'vitest'
import { fingerprint } from './fingerprint.ts'

const same: [string, unknown, unknown][] = [
  ['the order of keys', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
  ['a key that holds undefined', { a: 1, b: undefined }, { a: 1 }],
  ['the prototype of an object', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
]

for (const [what, left, right] of same) {
  test(`${what} does not change the fingerprint`, () => expect(fingerprint(left)).toBe(fingerprint(right)))
}

const different: [string, unknown, unknown][] = [
  ['the order of a list', [1, 2], [2, 1]],
  ['a number and its string', 1, '1'],
  ['a bigint and a number', 1n, 1],
  ['a bigint and its string', 1n, '1n'],
  ['two bigints beyond 2^53', 9223372036854775807n, 9223372036854775806n],
  ['null and undefined in a list', [null], [undefined]],
  ['a key moved to another object', { a: { b: 1 }, c: {} }, { a: {}, c: { b: 1 } }],
  ['NaN and null', Number.NaN, null],
]

for (const [what, left, right] of different) {
  test(`${what} changes the fingerprint`, () => expect(fingerprint(left)).not.toBe(fingerprint(right)))
}
