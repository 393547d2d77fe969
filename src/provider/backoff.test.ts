import { expect, test } from 'vitest'
import { recordedLog } from '../../test/harness/recorded-log.ts'
import { Backoff, retrying } from './backoff.ts'

test('delays begin with 0.5 s, grow by half and end at 60 s', () => {
  const backoff = new Backoff({ random: () => 0.5 })
  const delays = Array.from({ length: 14 }, () => backoff.delayAfter(0))
  expect(delays.slice(0, 4)).toEqual([500, 750, 1125, 1688])
  expect(delays.at(-1)).toBe(60_000)
})

test('delays end where they are told to', () => {
  const backoff = new Backoff({ random: () => 0.5, longestMs: 700 })
  expect([0, 0, 0].map((ran) => backoff.delayAfter(ran))).toEqual([500, 700, 700])
})

test('delays are spread by half in both directions', () => {
  expect(new Backoff({ random: () => 0 }).delayAfter(0)).toBe(250)
  expect(new Backoff({ random: () => 1 }).delayAfter(0)).toBe(750)
})

test('what ran for half a minute was a success', () => {
  const backoff = new Backoff({ random: () => 0.5 })
  expect([0, 29_999, 30_000, 0].map((ran) => backoff.delayAfter(ran))).toEqual([500, 750, 500, 750])
})

/** A clock that an attempt can move on, and the pauses there were. */
function clock() {
  const waits: number[] = []
  const time = { now: 0 }
  const wait = async (ms: number): Promise<void> => void waits.push(ms)
  return { time, waits, backoff: new Backoff({ random: () => 0.5, now: () => time.now, wait }) }
}

test('an attempt is repeated until it succeeds, and each failure is logged without credentials', async () => {
  const { time, waits, backoff } = clock()
  const { log, lines } = recordedLog()
  let attempts = 0
  const attempt = async (): Promise<void> => {
    attempts++
    if (attempts === 2) time.now += 30_000
    if (attempts < 4) throw new Error('http://user:secret@store refused')
  }
  await retrying(new AbortController().signal, backoff, attempt, log)
  expect(attempts).toBe(4)
  expect(waits).toEqual([500, 500, 750])
  expect(lines[0]).toEqual({ level: 'error', message: 'provider error, retrying in 0.5 s', error: 'http://***@store refused' })
})

test('what is thrown and no error is logged all the same', async () => {
  const { backoff } = clock()
  const { log, lines } = recordedLog()
  const thrown: unknown[] = ['a text', undefined]
  await retrying(
    new AbortController().signal,
    backoff,
    async () => {
      if (thrown.length > 0) throw thrown.shift()
    },
    log,
  )
  expect(lines.map(({ error }) => error)).toEqual(['a text', 'undefined'])
})

test('an abort ends it, whatever is under way', async () => {
  const { backoff } = clock()
  const { log, lines } = recordedLog()
  const before = AbortSignal.abort()
  await retrying(before, backoff, () => Promise.reject(new Error('never')), log)
  const during = new AbortController()
  await retrying(
    during.signal,
    backoff,
    async () => {
      during.abort()
      throw new Error('aborted')
    },
    log,
  )
  const pausing = new AbortController()
  const slow = new Backoff({ random: () => 1 })
  const ended = retrying(
    pausing.signal,
    slow,
    async () => {
      queueMicrotask(() => setImmediate(() => pausing.abort()))
      throw new Error('x')
    },
    log,
  )
  await ended
  expect(lines.map(({ error }) => error)).toEqual(['x'])
})
