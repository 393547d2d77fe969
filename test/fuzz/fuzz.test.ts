import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'

test('30,000 inputs break no promise of the codec, the rules and the paths', () => {
  const { inputs, corpus, findings } = fuzz(30_000, 20_260_801)
  expect(findings).toEqual([])
  expect([...inputs.values()].reduce((one, other) => one + other)).toBe(30_000)
  // Fewer would mean that inputs no longer reach what they did.
  for (const [target, size] of corpus) expect(size, target).toBeGreaterThan(60)
})

test('a seed gives the same inputs again', () => {
  const [first, second] = [fuzz(2_000, 7), fuzz(2_000, 7)]
  expect([...second.corpus]).toEqual([...first.corpus])
  expect([...second.inputs]).toEqual([...first.inputs])
})
