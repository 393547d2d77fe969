import { expect, test } from 'vitest'
import { type Attachment, chooseNetwork, type NetworkQuestion } from './network.ts'

const network = (name: string): Attachment => ({ name, id: `id-of-${name}`, address: `10.0.0.${name.length}` })
const own = (...names: string[]): ReadonlySet<string> => new Set(names.map((name) => `id-of-${name}`))
const by = 'the option `network`'

interface Case extends Partial<Omit<NetworkQuestion, 'attachments'>> {
  readonly why: string
  readonly names: readonly string[]
  readonly chosen: string | undefined
  readonly reason: string
  readonly remark?: RegExp
}

const cases: readonly Case[] = [
  { why: 'the only network is taken', names: ['front'], chosen: 'front', reason: 'the only one' },
  { why: 'without a network there is none', names: [], chosen: undefined, reason: 'it has none' },
  { why: 'the network that was named is taken', names: ['b', 'a'], wanted: { name: 'b', by }, chosen: 'b', reason: `named by ${by}` },
  {
    why: 'the one shared with the gateway is taken',
    names: ['a', 'b', 'c'],
    own: own('c', 'd'),
    chosen: 'c',
    reason: 'shared with the gateway',
  },
  {
    why: 'of several, the first by name is taken',
    names: ['b', 'c', 'a'],
    chosen: 'a',
    reason: 'first by name',
    remark: /several fit \(a, b, c\); "a" is taken/,
  },
  {
    why: 'of several that are shared, the first by name is taken',
    names: ['a', 'c', 'b'],
    own: own('c', 'b'),
    chosen: 'b',
    reason: 'first by name',
    remark: /several fit \(b, c\); "b" is taken/,
  },
  {
    why: 'a container out of reach is told',
    names: ['b', 'a'],
    own: own('c'),
    chosen: 'a',
    reason: 'first by name',
    remark: /none of its networks \(a, b\) is one of the gateway/,
  },
  {
    why: 'one network out of reach is told, too',
    names: ['a'],
    own: own('c'),
    chosen: 'a',
    reason: 'the only one',
    remark: /can hardly be reached/,
  },
  {
    why: 'a name that fits nothing is told',
    names: ['a'],
    wanted: { name: 'b', by },
    chosen: 'a',
    reason: 'the only one',
    remark: /"b", named by .*, is not one of its networks \(a\); "a" is used instead/,
  },
]

for (const { why, names, chosen, reason, remark, wanted, own: ownIds } of cases) {
  test(`${why}, in whatever order they are listed`, () => {
    for (const listed of permutations(names)) {
      const choice = chooseNetwork({ attachments: listed.map(network), wanted, own: ownIds, label: 'gateway.docker.network' })
      expect(choice.chosen?.name).toBe(chosen)
      expect(choice.why).toBe(reason)
      expect(choice.remarks.map(({ message }) => message)).toEqual(remark === undefined ? [] : [expect.stringMatching(remark)])
    }
  })
}

test('the name that stands in a file of Compose leads to the one that Compose made of it', () => {
  const attachments = [network('shop_proxy'), network('shop_default')]
  const { remarks } = chooseNetwork({ attachments, wanted: { name: 'proxy', by }, own: undefined, label: 'l' })
  expect(remarks[0]?.suggestion).toBe('shop_proxy')
})

function permutations(names: readonly string[]): (readonly string[])[] {
  if (names.length === 0) return [[]]
  return names.flatMap((name) => permutations(names.filter((other) => other !== name)).map((rest) => [name, ...rest]))
}
