import { expect, test } from 'vitest'
import { RestartPolicy } from './restart-policy.ts'

test('the first crash is repaired at once, the next ones with growing delays, the tenth within a minute not at all', () => {
  const policy = new RestartPolicy()
  const delays = Array.from({ length: 10 }, (_, index) => policy.crashed(index * 1000))
  expect(delays).toEqual([0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, undefined])
})

test('a crash is forgotten after a minute', () => {
  const policy = new RestartPolicy()
  expect([0, 1000, 61_500, 130_000].map((now) => policy.crashed(now))).toEqual([0, 100, 0, 0])
})
