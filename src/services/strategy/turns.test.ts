import { expect, test } from 'vitest'
import { privateCells } from '../../state/cells.ts'
import { canShare, OwnTurns, periodOf, SharedTurns, type Turns } from './turns.ts'

function shares({ next }: { next: () => number }, count: number, of: number): number[] {
  const seen = new Array<number>(of).fill(0)
  for (let turn = 0; turn < count; turn++) {
    const index = next()
    seen[index] = (seen[index] ?? 0) + 1
  }
  return seen
}

const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0)

for (const weights of [[1], [1, 1, 1], [3, 1], [5, 3, 2], [7, 11, 13], [1, 1000], [200, 100]]) {
  test(`turns of ${weights.join(':')} are exact over every period, however many take them`, () => {
    const cells = privateCells(1)
    const takers = [1, 2, 3, 4].map(() => new SharedTurns(weights, cells))
    const period = periodOf(weights)
    const unit = sum(weights) / period
    let turn = 0
    const next = (): number => (takers[turn++ % takers.length] as Turns).next()
    for (let round = 0; round < 5; round++) expect(shares({ next }, period, weights.length)).toEqual(weights.map((weight) => weight / unit))
  })
}

test('turns go on where they were when they are built again', () => {
  const cells = privateCells(1)
  const first = new SharedTurns([1, 1, 1, 1], cells)
  const before = first.next()
  expect(new SharedTurns([1, 1, 1, 1], cells).next()).toBe((before + 1) % 4)
})

test('the counter goes on beyond 32 bits', () => {
  const cells = privateCells(1)
  const turns = new SharedTurns([1, 1], cells)
  cells.words[0] = 2 ** 31 - 1
  expect(shares({ next: () => turns.next() }, 4, 2)).toEqual([2, 2])
  cells.words[0] = -1
  expect(shares({ next: () => turns.next() }, 4, 2)).toEqual([2, 2])
})

test('a period that is too long to be written down is taken by each thread alone, exactly', () => {
  expect([canShare([1, 4095]), canShare([1, 4096]), canShare([])]).toEqual([true, false, false])
  const turns = new OwnTurns([1, 4999])
  expect(shares({ next: () => turns.next() }, 5000, 2)).toEqual([1, 4999])
})
