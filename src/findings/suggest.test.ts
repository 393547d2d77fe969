import { constantFrom, integer, property, assert as prove } from 'fast-check'
import { expect, test } from 'vitest'
import { nearest } from './suggest.ts'

const fields = ['entryPoints', 'middlewares', 'service', 'rule', 'priority', 'observability', 'certResolver', 'passHostHeader']

const cases: [string, string, string[], string | undefined][] = [
  ['a letter too few', 'rul', fields, 'rule'],
  ['letters that changed places', 'reul', fields, 'rule'],
  ['another case', 'ENTRYPOINTS', fields, 'entryPoints'],
  ['a missing plural', 'entrypoint', fields, 'entryPoints'],
  ['a plural too many', 'services', fields, 'service'],
  ['the same word itself', 'rule', ['rules', 'rule'], 'rule'],
  ['case before plural', 'Router', ['routers', 'router'], 'router'],
  ['plural before another letter', 'routers', ['routerx', 'router'], 'router'],
  ['the longer shared beginning', 'headerz', ['leader', 'headers', 'headery'], 'headers'],
  ['nothing where all is far', 'completelyDifferent', fields, undefined],
  ['nothing where every letter differs', 'ab', ['cd'], undefined],
  ['nothing among nothing', 'rule', [], undefined],
  ['nothing for a name without end', 'a'.repeat(1_000), ['a'.repeat(1_000)], undefined],
]
for (const [why, name, candidates, expected] of cases) {
  test(`the nearest to a name: ${why}`, () => {
    expect(nearest(name, candidates)).toBe(expected)
  })
}

test('one slip in a key gives the key back', () => {
  const letter = constantFrom(...'abcxyzABC_-1')
  prove(
    property(constantFrom(...fields), integer({ min: 0, max: 100 }), constantFrom(0, 1, 2, 3), letter, (key, seed, edit, other) => {
      const at = seed % key.length
      const [before, here, after] = [key.slice(0, at), key.charAt(at), key.slice(at + 1)]
      const slips = [
        before + after,
        before + other + here + after,
        before + other + after,
        before + after.charAt(0) + here + after.slice(1),
      ]
      expect(nearest(slips[edit] ?? '', fields)).toBe(key)
    }),
  )
})
