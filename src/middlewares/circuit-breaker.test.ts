import { describe, expect, test } from 'vitest'
import { send } from '../../test/harness/dispatched.ts'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { fakeTime, middlewareContext } from '../../test/harness/middleware-context.ts'
import { ScriptedNext } from '../../test/harness/scripted-next.ts'
import { type ErrorCode, GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { check } from '../schema/index.ts'
import type { Cells } from '../state/cells.ts'
import { LATENCY_CLASSES, latencyClass, latencyOf } from './circuit-breaker/latency-classes.ts'
import { circuitBreaker } from './circuit-breaker.ts'

interface Parts {
  readonly timers?: FakeTimers
  readonly memory?: Map<string, Cells>
}

function broken(options: object, { timers = new FakeTimers(), memory = new Map() }: Parts = {}) {
  const { value, issues } = check(circuitBreaker.options, options)
  expect(issues).toEqual([])
  const cells = (key: string, size: number): Cells => {
    const known = memory.get(key) ?? { words: new Int32Array(new SharedArrayBuffer(size * 4)), at: 0 }
    memory.set(key, known)
    return known
  }
  const next = new ScriptedNext()
  const dispatch = circuitBreaker.build(value, middlewareContext({ cells, time: fakeTime(timers) }))(next.dispatch)
  /** One request that is answered after so long; false where the breaker answered in the place of the service. */
  const pass = (outcome: number | ErrorCode = 200, ms = 0): boolean => {
    const before = next.calls.length
    const response = send(dispatch)
    if (next.calls.length === before) return false
    timers.advance(ms)
    if (typeof outcome === 'number') next.last.answer({ status: outcome })
    else next.last.fail(new GatewayError(outcome))
    expect(response.outcome).toBe(outcome)
    return true
  }
  const passes = (count: number, outcome?: number | ErrorCode) => Array.from({ length: count }, () => pass(outcome)).filter(Boolean).length
  return { timers, memory, next, dispatch, pass, passes }
}

const often = { expression: 'NetworkErrorRatio() > 0.5', checkPeriod: '1ms' }

test('circuitBreaker: as long as nothing fails, everything passes', () => {
  const { passes, timers } = broken(often)
  for (let turn = 0; turn < 30; turn++) {
    expect(passes(10)).toBe(10)
    timers.advance(500)
  }
})

test('circuitBreaker: it answers in the place of a service that fails', () => {
  const { passes, dispatch, timers } = broken(often)
  passes(1, 502)
  const { status, text, headers } = send(dispatch)
  expect([status, text, headers.raw]).toEqual([503, 'Service Unavailable', []])
  timers.advance(9_999)
  expect(passes(5)).toBe(0)
})

test('circuitBreaker: the status of its answer can be chosen', () => {
  const { passes, dispatch } = broken({ ...often, responseCode: 429 })
  passes(1, 502)
  expect(send(dispatch)).toMatchObject({ status: 429, text: 'Too Many Requests' })
})

test('circuitBreaker: when it recovers, more and more pass, at last all', () => {
  const { passes, timers } = broken({ ...often, fallbackDuration: '1s', recoveryDuration: '10s' })
  passes(1, 504)
  timers.advance(1_000)
  const seen: number[] = []
  for (let second = 0; second < 10; second++) {
    seen.push(passes(100))
    timers.advance(1_000)
  }
  expect(seen[0]).toBe(0)
  expect(seen[9]).toBeGreaterThan(seen[2] as number)
  const all = seen.reduce((sum, one) => sum + one)
  // Of all requests while it recovers, no more than the share that is due at the end of each second.
  expect(all).toBeGreaterThan(400)
  expect(all).toBeLessThanOrEqual(450)
  timers.advance(1)
  expect(passes(100)).toBe(100)
})

test('circuitBreaker: a service that fails again while it recovers is left alone again', () => {
  const { pass, passes, timers } = broken({ ...often, fallbackDuration: '1s', recoveryDuration: '10s' })
  pass(502)
  timers.advance(1_000)
  passes(1)
  timers.advance(9_000)
  // The first of them are still refused.
  expect(passes(10, 502)).toBe(1)
  timers.advance(999)
  expect(passes(10)).toBe(0)
})

test('circuitBreaker: it looks at the expression no more often than it is to', () => {
  const { pass, timers } = broken({ ...often, checkPeriod: '1s' })
  pass(200)
  expect([pass(502), pass(502), pass(502)]).toEqual([true, true, true])
  timers.advance(1_000)
  expect([pass(502), pass(200)]).toEqual([true, false])
})

test('circuitBreaker: what happened ten seconds ago is forgotten', () => {
  const { passes, pass, timers } = broken({ ...often, expression: 'RequestThreshold() >= 5' })
  passes(4)
  timers.advance(10_000)
  expect(passes(4)).toBe(4)
  timers.advance(9_000)
  pass()
  expect(pass()).toBe(false)
})

const expressions: readonly { expression: string; outcomes: readonly (number | ErrorCode)[]; trips: boolean }[] = [
  { expression: 'NetworkErrorRatio() > 0.49', outcomes: [200, 502], trips: true },
  { expression: 'NetworkErrorRatio() > 0.50', outcomes: [200, 504], trips: false },
  { expression: 'NetworkErrorRatio() > 0.10', outcomes: [500, 503], trips: false },
  { expression: 'NetworkErrorRatio() > 0.49', outcomes: ['GTW_UPSTREAM_REFUSED'], trips: true },
  { expression: 'NetworkErrorRatio() > 0.49', outcomes: ['GTW_UPSTREAM_TIMEOUT'], trips: true },
  { expression: 'NetworkErrorRatio() > 0.49', outcomes: ['GTW_CLIENT_GONE'], trips: false },
  { expression: 'ResponseCodeRatio(500, 600, 0, 600) > 0.25', outcomes: [200, 200, 500], trips: true },
  { expression: 'ResponseCodeRatio(500, 501, 0, 600) > 0.25', outcomes: [200, 200, 501], trips: false },
  { expression: 'ResponseCodeRatio(500, 600, 200, 300) > 0.25', outcomes: [500], trips: false },
  { expression: 'ResponseCodeRatio(500, 600, 200, 300) >= 2.0', outcomes: [200, 500, 500], trips: true },
  { expression: 'ResponseCodeRatio(200, 300, 0, 600) == 1.0 && ResponseCodeRatio(400, 500, 0, 600) == 0.0', outcomes: [204], trips: true },
  { expression: 'RequestThreshold() > 2', outcomes: [200, 200, 200], trips: true },
  { expression: 'RequestThreshold() > 2 && NetworkErrorRatio() > 0.5', outcomes: [502, 200, 200], trips: false },
]

for (const { expression, outcomes, trips } of expressions) {
  test(`circuitBreaker: ${expression} after ${outcomes} is ${trips}`, () => {
    const { pass } = broken({ expression, checkPeriod: '0s' })
    for (const outcome of outcomes) pass(outcome)
    expect(pass()).toBe(!trips)
  })
}

describe('latency', () => {
  test('a quantile of latencies trips it', () => {
    const { pass } = broken({ expression: 'LatencyAtQuantileMS(50.0) > 100', checkPeriod: '0s' })
    expect([pass(200, 10), pass(200, 10), pass(200, 500), pass(200, 500)]).toEqual([true, true, true, true])
    expect([pass(200, 500), pass()]).toEqual([true, false])
  })

  test('latencies of a minute ago are forgotten', () => {
    const { pass, timers } = broken({ expression: 'LatencyAtQuantileMS(100.0) > 100 && RequestThreshold() > 2', checkPeriod: '0s' })
    pass(200, 500)
    timers.advance(60_000)
    expect([pass(), pass(), pass(), pass()]).toEqual([true, true, true, true])
    expect(pass(200, 500)).toBe(true)
    expect(pass()).toBe(false)
  })

  test('each latency is in a class that is at most three per cent longer', () => {
    let before = -1
    for (let index = 0; index < LATENCY_CLASSES; index++) {
      const longest = latencyOf(index)
      expect([latencyClass(before + 1), latencyClass(longest)]).toEqual([index, index])
      expect(longest - before - 1).toBeLessThanOrEqual(longest * 0.032)
      before = longest
    }
    expect(latencyClass(1e12)).toBe(LATENCY_CLASSES - 1)
  })
})

test('circuitBreaker: an upgrade counts when it is answered', () => {
  const { next, dispatch, pass } = broken({ expression: 'RequestThreshold() > 0', checkPeriod: '0s' })
  send(dispatch, { upgrade: 'websocket' })
  const nothing = (): void => {}
  const tunnel = { start: nothing, write: () => true, end: nothing, destroy: nothing, reset: nothing, pause: nothing, resume: nothing }
  next.last.handler.onRequestUpgrade(next.last, 101, new Headers(), tunnel)
  expect(pass()).toBe(false)
})

test('circuitBreaker: threads share one breaker', () => {
  const timers = new FakeTimers()
  const one = broken(often, { timers })
  const other = broken(often, { timers, memory: one.memory })
  one.pass(502)
  expect([one.pass(), other.pass()]).toEqual([false, false])
})

test('circuitBreaker: a bad expression is a finding that names the place', () => {
  expect(check(circuitBreaker.options, {}).issues).toMatchObject([{ code: 'GTW_MISSING', path: ['expression'] }])
  const { issues } = check(circuitBreaker.options, { expression: 'NetworkErrorRatio() > 1' })
  expect(issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path: ['expression'] }])
  expect(JSON.stringify(issues)).toContain('column 23')
  expect(check(circuitBreaker.options, { expression: 'LatencyAtQuantileMS(50) > 1' }).issues).toHaveLength(1)
})
