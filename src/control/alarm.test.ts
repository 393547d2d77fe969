import { expect, test } from 'vitest'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { Alarm } from './alarm.ts'

const HOUR = 60 * 60 * 1000

/** An alarm whose machine may have another wall time than its timers. */
function start() {
  const timers = new FakeTimers()
  const clock = { ahead: 0 }
  const wallTime = (): number => 1_800_000_000_000 + timers.now() + clock.ahead
  const rung: number[] = []
  const alarm = new Alarm({ timers, wallTime, ring: () => rung.push(timers.now()) })
  return { alarm, timers, clock, rung, in: (ms: number) => wallTime() + ms }
}

test('an alarm rings once, at its moment, however far that is', () => {
  const started = start()
  started.alarm.set(started.in(1000 * HOUR))
  started.timers.advance(1000 * HOUR - 1)
  expect(started.rung).toEqual([])
  started.timers.advance(10 * HOUR)
  expect(started.rung).toEqual([1000 * HOUR])
  expect(started.timers.armed).toBe(0)
})

test('a moment that is over rings at once, and one that never comes needs no timer', () => {
  const started = start()
  started.alarm.set(started.in(-HOUR))
  started.timers.advance(0)
  expect(started.rung).toEqual([0])
  started.alarm.set(Number.POSITIVE_INFINITY)
  expect(started.timers.armed).toBe(0)
})

test('a new moment takes the place of the last one', () => {
  const started = start()
  started.alarm.set(started.in(HOUR / 2))
  started.alarm.set(started.in(3 * HOUR))
  started.timers.advance(10 * HOUR)
  expect(started.rung).toEqual([3 * HOUR])
})

test('a clock that jumps ahead is noticed within an hour', () => {
  const started = start()
  started.alarm.set(started.in(1000 * HOUR))
  started.timers.advance(HOUR / 2)
  started.clock.ahead = 1000 * HOUR
  started.timers.advance(HOUR / 2)
  expect(started.rung).toEqual([HOUR])
})

test('an alarm that was stopped never rings, whatever is set', () => {
  const started = start()
  started.alarm.set(started.in(HOUR))
  started.alarm.stop()
  started.alarm.set(started.in(HOUR))
  started.timers.advance(10 * HOUR)
  expect(started.rung).toEqual([])
  expect(started.timers.armed).toBe(0)
})
