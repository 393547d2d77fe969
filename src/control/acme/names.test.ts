import { expect, test } from 'vitest'
import { covers, orderableNames } from './names.ts'

const WITH = { wildcards: true }
const WITHOUT = { wildcards: false }

const taken: readonly (readonly [why: string, written: readonly string[], names: readonly string[]])[] = [
  ['letters in another case and a last dot are the same name', ['A.Test.', 'a.test'], ['a.test']],
  ['letters beyond ASCII are written as authorities want them', ['bücher.test'], ['xn--bcher-kva.test']],
  ['the first one stays the first', ['b.test', 'a.test'], ['b.test', 'a.test']],
  ['what a wildcard holds is not asked for twice', ['*.a.test', 'www.a.test', 'a.test'], ['*.a.test', 'a.test']],
]
for (const [why, written, names] of taken) {
  test(why, () => expect(orderableNames(written, WITH)).toEqual(names))
}

const refused: readonly (readonly [why: string, written: readonly string[], reason: string])[] = [
  ['an address', ['127.0.0.1'], 'is an address'],
  ['an address of IPv6', ['::1'], 'is an address'],
  ['two stars', ['*.*.a.test'], 'is not the name of a host'],
  ['a star within', ['a.*.test'], 'is not the name of a host'],
  ['an empty label', ['a..test'], 'is not the name of a host'],
  ['a path', ['a.test/x'], 'is not the name of a host'],
  ['too long a name', [`${'a.'.repeat(127)}test`], 'is not the name of a host'],
  ['no name at all', [], 'names a host'],
  ['too many names', Array.from({ length: 101 }, (_, index) => `n${index}.test`), '101 names'],
]
for (const [why, written, reason] of refused) {
  test(`${why} is not ordered`, () => expect(orderableNames(written, WITH)).toEqual({ refusal: expect.stringContaining(reason) }))
}

test('a wildcard needs DNS-01', () => {
  expect(orderableNames(['*.a.test'], WITHOUT)).toEqual({ refusal: expect.stringContaining('dnsChallenge') })
})

test.each([
  ['a.test', true],
  ['x.b.test', true],
  ['b.test', false],
  ['y.x.b.test', false],
])('%s: %s', (name, covered) => {
  expect(covers(['a.test', '*.b.test'], name)).toBe(covered)
})
