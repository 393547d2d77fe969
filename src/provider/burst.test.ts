import { expect, test } from 'vitest'
import { Burst } from './burst.ts'

test('many changes are one', async () => {
  using burst = new Burst()
  let count = 0
  for (let change = 0; change < 100; change++) burst.add()
  expect(await burst.next()).toBe(true)
  const again = burst.next().then(() => count++)
  expect(count).toBe(0)
  burst.end()
  await again
  expect(count).toBe(1)
})

test('what nobody waited for is heard of later', async () => {
  using burst = new Burst()
  burst.end()
  expect(await burst.next()).toBe(true)
  expect(await burst.next({ idleMs: 1 })).toBe(false)
})

test('changes that never rest are heard of all the same', async () => {
  using burst = new Burst({ quietMs: 50, longestMs: 100 })
  const changes = setInterval(() => burst.add(), 5)
  expect(await burst.next()).toBe(true)
  clearInterval(changes)
})

test('what has begun to come is waited for, however short the patience', async () => {
  using burst = new Burst()
  burst.add()
  expect(await burst.next({ idleMs: 1 })).toBe(true)
})

test('what came before the patience was over counts, and what comes after it counts the next time', async () => {
  using burst = new Burst()
  expect(await burst.next({ idleMs: 1 })).toBe(false)
  burst.add()
  expect(await burst.next({ idleMs: 1 })).toBe(true)
})

test('who waits hears of the end', async () => {
  using burst = new Burst()
  const end = new AbortController()
  const waiting = burst.next({ signal: end.signal })
  end.abort(new Error('over'))
  await expect(waiting).rejects.toThrow('over')
  await expect(burst.next({ signal: AbortSignal.abort(new Error('long over')) })).rejects.toThrow('long over')
})

test('what came is forgotten when it is disposed of', async () => {
  const burst = new Burst()
  burst.add()
  burst[Symbol.dispose]()
  expect(await burst.next({ idleMs: 1 })).toBe(false)
})
