import { expect, test } from 'vitest'
import { WeightedRoundRobin } from './wrr.ts'

const turns = (weights: number[], count: number) => {
  const strategy = new WeightedRoundRobin(weights)
  return Array.from({ length: count }, () => strategy.next())
}

test('equal weights take turns in the order of the list', () => {
  expect(turns([1, 1, 1], 6)).toEqual([0, 1, 2, 0, 1, 2])
})

for (const weights of [
  [3, 1],
  [5, 3, 2],
  [7, 11, 13],
  [1, 1000],
]) {
  test(`shares of ${weights.join(':')} are exact over every period`, () => {
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const strategy = new WeightedRoundRobin(weights)
    for (let period = 0; period < 20; period++) {
      const seen = weights.map(() => 0)
      for (let turn = 0; turn < total; turn++) {
        const index = strategy.next()
        seen[index] = (seen[index] ?? 0) + 1
      }
      expect(seen).toEqual(weights)
    }
  })
}

test('without servers there is no turn', () => {
  expect(turns([], 1)).toEqual([-1])
})
