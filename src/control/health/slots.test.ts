import { expect, test } from 'vitest'
import { Slots } from './slots.ts'

test('so many jobs run at the same time, and the others in their order', async () => {
  const slots = new Slots(2)
  const jobs = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const started: number[] = []
  for (const [index, { promise }] of jobs.entries()) {
    slots.run(() => {
      started.push(index)
      return promise
    })
  }
  expect(started).toEqual([0, 1])
  jobs[1]?.resolve()
  await expect.poll(() => started).toEqual([0, 1, 2])
  for (const { resolve } of jobs) resolve()
  await slots.idle()
  expect(started).toEqual([0, 1, 2, 3, 4])
})

test('slots in which nothing runs are idle at once', async () => {
  await expect(new Slots(1).idle()).resolves.toBeUndefined()
})
