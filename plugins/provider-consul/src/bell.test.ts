import { expect, test } from 'vitest'
import { Bell } from './bell.ts'

const never = new AbortController().signal

test('many changes ring once', async () => {
  using bell = new Bell()
  let rung = 0
  for (let change = 0; change < 100; change++) bell.soon()
  await bell.heard(never)
  const again = bell.heard(never).then(() => rung++)
  expect(rung).toBe(0)
  bell.now()
  await again
  expect(rung).toBe(1)
})

test('a ring that nobody waited for is heard later', async () => {
  using bell = new Bell()
  bell.now()
  await bell.heard(never)
})

test('changes that never rest are heard all the same', async () => {
  using bell = new Bell()
  const changes = setInterval(() => bell.soon(), 10)
  await bell.heard(never)
  clearInterval(changes)
})

test('who waits hears of the end', async () => {
  using bell = new Bell()
  const end = new AbortController()
  const waiting = bell.heard(end.signal)
  end.abort(new Error('over'))
  await expect(waiting).rejects.toThrow('over')
  await expect(bell.heard(AbortSignal.abort(new Error('long over')))).rejects.toThrow('long over')
})
