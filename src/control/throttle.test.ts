import { expect, test } from 'vitest'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { Throttle } from './throttle.ts'

function throttled(gapMs: number) {
  const timers = new FakeTimers()
  const passed: string[] = []
  const throttle = new Throttle<number>({
    gapMs,
    timers,
    deliver: (provider, message) => passed.push(`${timers.now()} ${provider} ${message}`),
  })
  return { timers, passed, throttle }
}

test('the first message passes at once, the newest of those that follow passes when the gap is over', () => {
  const { timers, passed, throttle } = throttled(2000)
  throttle.push('file', 1)
  timers.advance(100)
  for (const message of [2, 3, 4, 5]) throttle.push('file', message)
  expect(passed).toEqual(['0 file 1'])
  timers.advance(5000)
  expect(passed).toEqual(['0 file 1', '2000 file 5'])
})

test('a released message opens a gap of its own', () => {
  const { timers, passed, throttle } = throttled(2000)
  throttle.push('file', 1)
  throttle.push('file', 2)
  timers.advance(2500)
  throttle.push('file', 3)
  timers.advance(1499)
  expect(passed).toEqual(['0 file 1', '2000 file 2'])
  timers.advance(1)
  expect(passed).toEqual(['0 file 1', '2000 file 2', '4000 file 3'])
})

test('a message after a quiet gap passes at once', () => {
  const { timers, passed, throttle } = throttled(2000)
  throttle.push('file', 1)
  timers.advance(2000)
  throttle.push('file', 2)
  expect(passed).toEqual(['0 file 1', '2000 file 2'])
})

test('each provider has its own gap', () => {
  const { passed, throttle } = throttled(2000)
  throttle.push('file', 1)
  throttle.push('docker', 1)
  expect(passed).toEqual(['0 file 1', '0 docker 1'])
})

test('the internal provider is never held back', () => {
  const { passed, timers, throttle } = throttled(2000)
  throttle.push('internal', 1)
  throttle.push('internal', 2)
  expect(passed).toEqual(['0 internal 1', '0 internal 2'])
  expect(timers.armed).toBe(0)
})

test('a gap of 0 lets all pass', () => {
  const { passed, throttle } = throttled(0)
  throttle.push('file', 1)
  throttle.push('file', 2)
  expect(passed).toEqual(['0 file 1', '0 file 2'])
})

test('a flood arms one timer and keeps one message', () => {
  const { timers, passed, throttle } = throttled(2000)
  for (let message = 0; message < 10_000; message++) throttle.push('docker', message)
  expect(timers.armed).toBe(1)
  timers.advance(2000)
  expect(passed).toEqual(['0 docker 0', '2000 docker 9999'])
})

test('stop drops what waits', () => {
  const { timers, passed, throttle } = throttled(2000)
  throttle.push('file', 1)
  throttle.push('file', 2)
  throttle.stop()
  timers.advance(5000)
  expect(passed).toEqual(['0 file 1'])
  expect(timers.armed).toBe(0)
})
