import { expect, test } from 'vitest'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { Heartbeat } from './heartbeat.ts'

interface Watched {
  readonly said: readonly string[]
  readonly heartbeat: Heartbeat
  readonly timers: FakeTimers
  /** One second each; the thread beats in those that say so. */
  readonly pass: (seconds: number, isBeating: boolean) => void
}

function watch(): Watched {
  const beat = new Int32Array(new SharedArrayBuffer(4))
  const timers = new FakeTimers()
  const said: string[] = []
  const heartbeat = new Heartbeat({ beat, timers, onSilent: () => said.push('silent'), onStuck: () => said.push('stuck') })
  const pass = (seconds: number, isBeating: boolean): void => {
    for (let second = 0; second < seconds; second++) {
      if (isBeating) Atomics.add(beat, 0, 1)
      timers.advance(1_000)
    }
  }
  return { said, heartbeat, timers, pass }
}

test('a thread that beats is left alone', () => {
  const { said, pass } = watch()
  pass(100, true)
  expect(said).toEqual([])
})

test('a thread that stops beating is told of after 5 s and given up after 10 s, once', () => {
  const { said, pass, timers } = watch()
  pass(3, true)
  pass(4, false)
  expect(said).toEqual([])
  pass(1, false)
  expect(said).toEqual(['silent'])
  pass(4, false)
  expect(said).toEqual(['silent'])
  pass(20, false)
  expect(said).toEqual(['silent', 'stuck'])
  expect(timers.armed).toBe(0)
})

test('a thread that comes back begins anew', () => {
  const { said, pass } = watch()
  pass(1, true)
  pass(9, false)
  pass(1, true)
  pass(9, false)
  expect(said).toEqual(['silent', 'silent'])
})

test('a thread that has never beaten is starting', () => {
  const { said, pass } = watch()
  pass(60, false)
  expect(said).toEqual([])
})

test('a pause of the whole process counts as one look', () => {
  const { said, pass, timers } = watch()
  pass(1, true)
  timers.advance(1_000)
  pass(3, false)
  expect(said).toEqual([])
})

test('nothing is watched any more after the end', () => {
  const { said, pass, heartbeat, timers } = watch()
  pass(1, true)
  heartbeat.stop()
  pass(20, false)
  expect([said, timers.armed]).toEqual([[], 0])
})
