import { expect, test } from 'vitest'
import { send } from '../../test/harness/dispatched.ts'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { fakeTime, middlewareContext } from '../../test/harness/middleware-context.ts'
import { ScriptedNext } from '../../test/harness/scripted-next.ts'
import { GatewayError } from '../errors.ts'
import { check } from '../schema/index.ts'
import type { Cells } from '../state/cells.ts'
import { rateLimit } from './rate-limit.ts'

interface Parts {
  readonly memory?: Map<string, Cells>
  readonly timers?: FakeTimers
  readonly user?: string
}

function limited(options: object, { memory = new Map(), timers = new FakeTimers(), user = 'router app@test' }: Parts = {}) {
  const { value, issues } = check(rateLimit.options, options)
  expect(issues).toEqual([])
  const cells = (key: string, size: number): Cells => {
    const known = memory.get(key) ?? { words: new Int32Array(new SharedArrayBuffer(size * 4)), at: 0 }
    memory.set(key, known)
    return known
  }
  const next = new ScriptedNext()
  const dispatch = rateLimit.build(value, middlewareContext({ cells, user, time: fakeTime(timers) }))(next.dispatch)
  const ask = (address = '192.0.2.1', ...fields: string[]) =>
    send(dispatch, {
      fields,
      prepare: ({ request }) => {
        request.peer = { address, port: 1, localAddress: '', localPort: 80 }
      },
    })
  /** How many of so many requests pass at once, wait, and are refused. */
  const flood = (count: number, address?: string) => {
    const before = next.calls.length
    const armed = timers.armed
    const responses = Array.from({ length: count }, () => ask(address))
    const refused = responses.filter(({ outcome }) => outcome === 429).length
    return { passed: next.calls.length - before, delayed: timers.armed - armed, refused }
  }
  return { next, timers, memory, ask, flood }
}

test('rateLimit: a bucket starts full, and a request may wait a little for its token', () => {
  const { flood, timers, next, ask } = limited({ average: 10 })
  expect(flood(11)).toEqual({ passed: 1, delayed: 0, refused: 10 })
  timers.advance(60)
  const late = ask()
  expect([late.outcome, late.starts, timers.next, next.calls.length]).toEqual([undefined, 1, expect.closeTo(40, 3), 1])
  timers.advance(41)
  expect(next.calls.length).toBe(2)
  next.last.answer({ status: 200 })
  expect(late.outcome).toBe(200)
})

test('rateLimit: a refusal says when to come back', () => {
  const { flood, ask } = limited({ average: 1, period: '1m', burst: 5 })
  expect(flood(5)).toEqual({ passed: 5, delayed: 0, refused: 0 })
  const { status, text, headers } = ask()
  expect([status, text, headers.get('retry-after'), headers.get('x-retry-in'), headers.has('content-type')]).toEqual([
    429,
    'Too Many Requests',
    '60',
    '1m0s',
    false,
  ])
})

const cases = [
  { why: 'a burst passes at once', options: { average: 100, burst: 100 }, count: 100, seen: { passed: 100, delayed: 0, refused: 0 } },
  { why: 'an average of 0 is no limit', options: { average: 0 }, count: 50, seen: { passed: 50, delayed: 0, refused: 0 } },
  { why: 'a burst below 1 is 1', options: { average: 1, burst: 0 }, count: 2, seen: { passed: 1, delayed: 0, refused: 1 } },
  { why: 'a period of 0 is a second', options: { average: 1, period: 0 }, count: 2, seen: { passed: 1, delayed: 0, refused: 1 } },
  { why: 'few may wait at the same time', options: { average: 1000, burst: 1 }, count: 5, seen: { passed: 1, delayed: 0, refused: 4 } },
]

for (const { why, options, count, seen } of cases) {
  test(`rateLimit: ${why}`, () => {
    expect(limited(options).flood(count)).toEqual(seen)
  })
}

test('rateLimit: over a long time exactly as many pass as the rate allows', () => {
  const { timers, ask, next } = limited({ average: 3, period: '1s', burst: 2 })
  for (let tick = 0; tick < 10_000; tick++) {
    ask()
    timers.advance(7)
  }
  // 70 s of 3 a second, the burst, and one that still waits.
  expect(next.calls.length).toBeGreaterThanOrEqual(211)
  expect(next.calls.length).toBeLessThanOrEqual(212)
})

test('rateLimit: a bucket fills again, and no further than it is large', () => {
  const { timers, flood } = limited({ average: 10, burst: 5 })
  expect(flood(6).passed).toBe(5)
  timers.advance(3_600_000)
  expect(flood(6)).toEqual({ passed: 5, delayed: 0, refused: 1 })
})

test('rateLimit: a request whose client goes away while it waits is not sent', () => {
  const { flood, timers, ask, next } = limited({ average: 10 })
  flood(1)
  timers.advance(60)
  const waiting = ask()
  waiting.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
  timers.advance(1000)
  expect([waiting.outcome, timers.armed, next.calls.length]).toEqual(['GTW_CLIENT_GONE', 0, 1])
})

test('rateLimit: sources have buckets of their own', () => {
  const { flood } = limited({ average: 1 })
  expect([flood(2, '192.0.2.1').passed, flood(2, '192.0.2.2').passed, flood(2, '2001:db8::1').passed]).toEqual([1, 1, 1])
})

test('rateLimit: an address behind proxies can be the source', () => {
  const { ask, next } = limited({ average: 1, sourceCriterion: { ipStrategy: { depth: 1 } } })
  for (const client of ['198.51.100.1', '198.51.100.2', '198.51.100.1']) ask('192.0.2.1', 'X-Forwarded-For', `203.0.113.9, ${client}`)
  expect(next.calls.length).toBe(2)
})

test('rateLimit: threads fill and empty the same buckets', () => {
  const timers = new FakeTimers()
  const one = limited({ average: 1, burst: 10 }, { timers })
  const other = limited({ average: 1, burst: 10 }, { timers, memory: one.memory })
  expect([one.flood(6).passed, other.flood(6).passed]).toEqual([6, 4])
  timers.advance(2000)
  expect([other.flood(2).passed, one.flood(2).passed]).toEqual([2, 0])
})

test('rateLimit: a reload keeps the buckets; another rate, or another router, begins anew', () => {
  const timers = new FakeTimers()
  const { memory, flood } = limited({ average: 1 }, { timers })
  flood(1)
  const after = (options: object, user?: string) => limited(options, { timers, memory, ...(user && { user }) }).flood(1).passed
  expect([after({ average: 1 }), after({ average: 2 }), after({ average: 1 }, 'router other@test')]).toEqual([0, 1, 1])
})

test('rateLimit: more sources than the table holds push out those that were quiet for longest', () => {
  const { flood, timers } = limited({ average: 1, period: '1h' })
  flood(1, 'first')
  timers.advance(1)
  for (let source = 0; source < 300_000; source++) flood(1, `source ${source}`)
  timers.advance(1)
  flood(1, 'last')
  expect([flood(1, 'last').passed, flood(1, 'first').passed]).toEqual([0, 1])
})

test('rateLimit: bad options are findings', () => {
  expect(check(rateLimit.options, { average: -1 }).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path: ['average'] }])
  expect(check(rateLimit.options, { period: '-1s' }).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path: ['period'] }])
  expect(check(rateLimit.options, { redis: { endpoints: ['a b'] } }).issues).toMatchObject([{ path: ['redis', 'endpoints', 0] }])
})
