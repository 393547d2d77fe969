import { expect, test } from 'vitest'
import { send } from '../../test/harness/dispatched.ts'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { fakeTime, middlewareContext } from '../../test/harness/middleware-context.ts'
import { ScriptedNext } from '../../test/harness/scripted-next.ts'
import type { Tunnel, TunnelSink } from '../dispatch/dispatch.ts'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { check } from '../schema/index.ts'
import type { Cells } from '../state/cells.ts'
import { inFlightReq } from './in-flight-req.ts'

/** A thread with its own instance; those with the same memory are threads of one gateway. */
function thread(options: object, memory: Map<string, Cells> = new Map(), timers = new FakeTimers(), user = 'router app@test') {
  const { value, issues } = check(inFlightReq.options, options)
  expect(issues).toEqual([])
  const cells = (key: string, size: number): Cells => {
    const known = memory.get(key) ?? { words: new Int32Array(new SharedArrayBuffer(size * 4)), at: 0 }
    memory.set(key, known)
    return known
  }
  const next = new ScriptedNext()
  const dispatch = inFlightReq.build(value, middlewareContext({ cells, user, time: fakeTime(timers) }))(next.dispatch)
  return { next, memory, timers, dispatch, ask: (...fields: string[]) => send(dispatch, { fields }) }
}

const ok = { status: 200 }

test('inFlightReq: so many at a time and no more', () => {
  const { next, ask } = thread({ amount: 2 })
  ask()
  ask()
  const third = ask()
  expect([third.status, third.text, third.headers.raw, third.headers.contentLength]).toEqual([429, 'max connections reached: 2', [], 26])
  next.calls[0]?.answer(ok)
  ask()
  expect(ask().outcome).toBe(429)
  expect(next.calls.length).toBe(3)
})

test('inFlightReq: an amount of 0 refuses every request', () => {
  expect(thread({}).ask().text).toBe('max connections reached: 0')
})

test('inFlightReq: an exchange that fails is over, also where its client went away', () => {
  const { next, ask } = thread({ amount: 1 })
  ask()
  next.last.fail(new GatewayError('GTW_UPSTREAM_RESET'))
  const second = ask()
  second.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
  ask()
  expect(next.calls.length).toBe(3)
})

test('inFlightReq: what throws was never under way', () => {
  const { value } = check(inFlightReq.options, { amount: 1 })
  let calls = 0
  const dispatch = inFlightReq.build(
    value,
    middlewareContext(),
  )(() => {
    calls++
    throw new TypeError('broken')
  })
  expect(() => send(dispatch)).toThrow('broken')
  expect(() => send(dispatch)).toThrow('broken')
  expect(calls).toBe(2)
})

for (const end of ['close', 'destroy', 'reset'] as const) {
  test(`inFlightReq: a tunnel is under way until it ends (${end})`, () => {
    const { next, ask } = thread({ amount: 1 })
    const upgraded = ask()
    let sink: TunnelSink | undefined
    const nothing = (): void => {}
    const tunnel: Tunnel = {
      start: (given) => {
        sink = given
      },
      write: () => true,
      end: nothing,
      destroy: nothing,
      reset: nothing,
      pause: nothing,
      resume: nothing,
    }
    next.last.handler.onRequestUpgrade(next.last, 101, new Headers(), tunnel)
    expect(ask().outcome).toBe(429)
    if (end === 'close') {
      upgraded.tunnel?.start({ onTunnelData: nothing, onTunnelDrain: nothing, onTunnelEnd: nothing, onTunnelClose: nothing })
      sink?.onTunnelEnd()
      expect(ask().outcome).toBe(429)
      sink?.onTunnelClose(false)
    } else upgraded.tunnel?.[end]()
    expect(ask().outcome).toBeUndefined()
  })
}

test('inFlightReq: without a criterion requests for one host are of one source', () => {
  const { next, dispatch } = thread({ amount: 1 })
  send(dispatch)
  const other = send(dispatch, {
    prepare: ({ request }) => {
      request.host = 'other.test'
    },
  })
  expect([other.outcome, send(dispatch).outcome, next.calls.length]).toEqual([undefined, 429, 2])
})

test('inFlightReq: a field names the source, and those without it are one', () => {
  const { ask } = thread({ amount: 1, sourceCriterion: { requestHeaderName: 'X-User' } })
  const outcomes = [ask('x-user', 'a'), ask('X-User', 'b'), ask(), ask('X-User', 'a'), ask()].map(({ outcome }) => outcome)
  expect(outcomes).toEqual([undefined, undefined, undefined, 429, 429])
})

test('inFlightReq: threads count together, other users on their own', () => {
  const one = thread({ amount: 2 })
  const other = thread({ amount: 2 }, one.memory)
  const stranger = thread({ amount: 2 }, one.memory, new FakeTimers(), 'router other@test')
  one.ask()
  other.ask()
  expect([one.ask().outcome, other.ask().outcome, stranger.ask().outcome]).toEqual([429, 429, undefined])
  other.next.last.answer(ok)
  expect(one.ask().outcome).toBeUndefined()
})

test('inFlightReq: what a thread left behind when it died stops counting, what is alive goes on', () => {
  const timers = new FakeTimers()
  const dead = thread({ amount: 2 }, undefined, new FakeTimers())
  const alive = thread({ amount: 2 }, dead.memory, timers)
  dead.ask()
  alive.ask()
  timers.advance(29_000)
  expect(alive.ask().outcome).toBe(429)
  timers.advance(60_000)
  expect([alive.ask().outcome, alive.ask().outcome]).toEqual([undefined, 429])
})

test('inFlightReq: no timer is armed while nothing is under way', () => {
  const { timers, next, ask } = thread({ amount: 1 })
  expect(timers.armed).toBe(0)
  ask()
  timers.advance(20_000)
  expect(timers.armed).toBe(1)
  next.last.answer(ok)
  timers.advance(5_000)
  expect(timers.armed).toBe(0)
})

test('inFlightReq: criteria exclude each other', () => {
  for (const [sourceCriterion, message] of [
    [{ ipStrategy: { depth: 1 }, requestHost: true }, 'ipStrategy and requestHost are mutually exclusive'],
    [{ ipStrategy: { depth: 1 }, requestHeaderName: 'a' }, 'ipStrategy and requestHeaderName are mutually exclusive'],
    [{ requestHost: true, requestHeaderName: 'a' }, 'requestHost and requestHeaderName are mutually exclusive'],
  ] as const) {
    expect(() => thread({ amount: 1, sourceCriterion })).toThrow(message)
  }
})
