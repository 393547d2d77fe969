import { describe, expect, test } from 'vitest'
import { type Dispatched, HandedBody, send } from '../../test/harness/dispatched.ts'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { fakeTime, middlewareContext } from '../../test/harness/middleware-context.ts'
import { type Answer, ScriptedNext } from '../../test/harness/scripted-next.ts'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { check } from '../schema/index.ts'
import { retry } from './retry.ts'

const refused = new GatewayError('GTW_UPSTREAM_REFUSED')
const reset = new GatewayError('GTW_UPSTREAM_RESET', 'app', { cause: Object.assign(new Error(), { code: 'ECONNRESET', syscall: 'read' }) })
const unreachable = (syscall: string) =>
  new GatewayError('GTW_UPSTREAM_UNREACHABLE', 'app', { cause: Object.assign(new Error(), { code: 'EHOSTUNREACH', syscall }) })
const ok: Answer = { status: 200, content: 'ok' }
const busy: Answer = { status: 503, content: 'busy' }
const gone = new GatewayError('GTW_CLIENT_GONE')

function retried(options: object, scripts: readonly (Answer | GatewayError)[], readsContent = true) {
  const timers = new FakeTimers()
  const { value, issues } = check(retry.options, { attempts: 3, ...options })
  expect(issues).toEqual([])
  const next = new ScriptedNext(scripts, { readsContent })
  return { timers, next, dispatch: retry.build(value, middlewareContext({ time: fakeTime(timers) }))(next.dispatch) }
}

interface Case {
  readonly why: string
  readonly options?: object
  readonly method?: string
  readonly body?: string
  readonly scripts: readonly (Answer | GatewayError)[]
  readonly calls: number
  readonly outcome: number | string
}

const only5xx = { status: ['500-599'] }

const cases: readonly Case[] = [
  { why: 'a server that refuses is asked again', scripts: [refused, ok], calls: 2, outcome: 200 },
  { why: 'also with POST, as nothing was sent', method: 'POST', scripts: [refused, ok], calls: 2, outcome: 200 },
  { why: 'a request that cannot be routed to the server was not sent', scripts: [unreachable('connect'), ok], calls: 2, outcome: 200 },
  {
    why: 'one whose connection broke may have been sent',
    scripts: [unreachable('read'), ok],
    calls: 1,
    outcome: 'GTW_UPSTREAM_UNREACHABLE',
  },
  { why: 'a dial that took too long sent nothing', scripts: [new GatewayError('GTW_UPSTREAM_DIAL_TIMEOUT'), ok], calls: 2, outcome: 200 },
  { why: 'the last attempt is the answer', scripts: [refused, refused, refused, ok], calls: 3, outcome: 'GTW_UPSTREAM_REFUSED' },
  { why: 'an answer is an answer', scripts: [busy, ok], calls: 1, outcome: 503 },
  { why: 'a reset after the request was sent is not repeated', scripts: [reset, ok], calls: 1, outcome: 'GTW_UPSTREAM_RESET' },
  { why: 'what the client did is not repeated', scripts: [gone, ok], calls: 1, outcome: 'GTW_CLIENT_GONE' },
  { why: 'a status that is listed is asked for again', options: only5xx, scripts: [busy, ok], calls: 2, outcome: 200 },
  { why: 'one that is not listed is not', options: { status: ['500', '502-504'] }, scripts: [{ status: 501 }], calls: 1, outcome: 501 },
  { why: 'a reset counts as the status that it becomes', options: only5xx, scripts: [reset, ok], calls: 2, outcome: 200 },
  { why: 'POST is not asked twice for a status', method: 'POST', options: only5xx, scripts: [busy, ok], calls: 1, outcome: 503 },
  { why: 'PATCH neither', method: 'PATCH', options: only5xx, scripts: [busy, ok], calls: 1, outcome: 503 },
  { why: 'LOCK neither', method: 'LOCK', options: only5xx, scripts: [reset, ok], calls: 1, outcome: 'GTW_UPSTREAM_RESET' },
  {
    why: 'POST is, where that is allowed',
    method: 'POST',
    body: 'one',
    options: { ...only5xx, retryNonIdempotentMethod: true },
    scripts: [busy, ok],
    calls: 2,
    outcome: 200,
  },
  {
    why: 'without network errors a refusal is not repeated',
    options: { status: ['503'], disableRetryOnNetworkError: true },
    scripts: [refused, ok],
    calls: 1,
    outcome: 'GTW_UPSTREAM_REFUSED',
  },
  {
    why: 'but counts as a 502 that is listed',
    options: { ...only5xx, disableRetryOnNetworkError: true },
    scripts: [refused, ok],
    calls: 2,
    outcome: 200,
  },
  { why: 'content is sent again', method: 'PUT', body: 'content', options: only5xx, scripts: [busy, busy, ok], calls: 3, outcome: 200 },
  {
    why: 'content that was too long to keep is not',
    method: 'PUT',
    body: 'content',
    options: { ...only5xx, maxRequestBodyBytes: 6 },
    scripts: [busy, ok],
    calls: 1,
    outcome: 503,
  },
  { why: 'one attempt is none again', options: { attempts: 1 }, scripts: [refused, ok], calls: 1, outcome: 'GTW_UPSTREAM_REFUSED' },
]

for (const { why, options = {}, method = 'GET', body, scripts, calls, outcome } of cases) {
  test(`retry: ${why}`, async () => {
    const { dispatch, next } = retried(options, scripts)
    const content = body === undefined ? undefined : new HandedBody().push(body).end()
    const response = await send(dispatch, { method, ...(content && { body: content }) }).untilOver()
    expect([next.calls.length, response.outcome]).toEqual([calls, outcome])
    expect(next.calls.map((call) => call.content)).toEqual(next.calls.map(() => body ?? ''))
  })
}

test('retry: every attempt is the request as it came, whatever the one before made of it', async () => {
  const { dispatch, next } = retried({}, [])
  const response = send(dispatch, { path: '/a' })
  next.last.request.path = '/b/a'
  next.last.request.headers.set('X-Was-Here', '1')
  next.last.fail(refused)
  await expect.poll(() => next.calls.length).toBe(2)
  expect([next.last.request.path, next.last.request.headers.raw]).toEqual(['/a', []])
  next.last.answer(ok)
  expect((await response.untilOver()).text).toBe('ok')
})

test('retry: interim answers and fields of attempts that failed do not reach the client', async () => {
  const { dispatch, next } = retried(only5xx, [])
  const response = send(dispatch)
  next.last.handler.onResponseInfo(next.last, 103, new Headers())
  next.last.answer({ ...busy, fields: ['Set-Cookie', 'server=a'] })
  await expect.poll(() => next.calls.length).toBe(2)
  next.last.answer({ ...ok, fields: ['Set-Cookie', 'server=b'] })
  await response.untilOver()
  expect([response.infos, response.headers.values('set-cookie'), response.text]).toEqual([[], ['server=b'], 'ok'])
})

test('retry: content that nobody has read yet goes to the next server without being kept', async () => {
  const { dispatch, next } = retried({}, [refused, ok], false)
  const body = new HandedBody()
  const response = await send(dispatch, { method: 'POST', body }).untilOver()
  expect([next.calls.length, body.started, response.outcome]).toEqual([2, false, 200])
  expect(next.last.request.body).toBe(body)
})

test('retry: content that a server has begun to read without being kept cannot be sent again', async () => {
  const { dispatch, next } = retried({}, [])
  const response = send(dispatch, { method: 'POST', body: new HandedBody().push('1') })
  next.last.fail(refused)
  expect([next.calls.length, response.outcome]).toEqual([1, 'GTW_UPSTREAM_REFUSED'])
})

test('retry: a server that answers before it has the whole content is left, and the next one gets all of it', async () => {
  const { dispatch, next } = retried(only5xx, [])
  const body = new HandedBody().push('one ')
  const response = send(dispatch, { method: 'PUT', body, expectsContinue: true, fields: ['Expect', '100-continue'] })
  const first = next.last
  first.answer({ ...busy, content: '' })
  expect(first.abortedWith?.code).toBe('GTW_UPSTREAM_CLOSED')
  await expect.poll(() => next.calls.length).toBe(2)
  body.push('two').end()
  expect([first.content, next.last.content]).toEqual(['one ', 'one two'])
  // The client was told to go on already.
  expect([next.last.request.expectsContinue, next.last.request.headers.has('expect')]).toEqual([false, false])
  next.last.answer(ok)
  expect(response.outcome).toBe(200)
})

test('retry: an answer that is thrown away is read to a bound, then its connection is given up', async () => {
  const { dispatch, next } = retried(only5xx, [])
  send(dispatch)
  const [first] = next.calls
  first?.handler.onResponseStart(first, 503, new Headers())
  for (let count = 0; count < 4; count++) first?.handler.onResponseData(first, Buffer.alloc(64 * 1024))
  expect(first?.abortedWith).toBeUndefined()
  first?.handler.onResponseData(first, Buffer.alloc(1))
  expect(first?.abortedWith?.code).toBe('GTW_UPSTREAM_CLOSED')
})

test('retry: an error behind the head of an answer is the client’s', () => {
  const { dispatch, next } = retried(only5xx, [])
  const response = send(dispatch)
  next.last.handler.onResponseStart(next.last, 200, new Headers())
  next.last.fail(reset)
  expect([next.calls.length, response.status, response.outcome]).toEqual([1, 200, 'GTW_UPSTREAM_RESET'])
})

describe('between attempts', () => {
  test('the wait is about the interval, and the last less than twice as long', () => {
    const waits: number[] = []
    for (let turn = 0; turn < 50; turn++) {
      const { dispatch, next, timers } = retried({ attempts: 5, initialInterval: '100ms' }, [refused, refused, refused, refused, ok])
      const response = send(dispatch)
      for (let attempt = 1; attempt < 5; attempt++) {
        expect(next.calls.length).toBe(attempt)
        const wait = timers.next ?? 0
        waits[attempt] = Math.max(waits[attempt] ?? 0, wait)
        const least = 50 * 2 ** ((attempt - 1) / 4)
        expect(wait).toBeGreaterThanOrEqual(least)
        expect(wait).toBeLessThanOrEqual(3 * least)
        timers.advance(wait)
      }
      expect(response.outcome).toBe(200)
    }
    expect(new Set(waits).size).toBe(waits.length)
  })

  test('a client that goes away ends the wait', () => {
    const { dispatch, next, timers } = retried({ initialInterval: '1s' }, [refused, ok])
    const response: Dispatched = send(dispatch)
    expect(timers.armed).toBe(1)
    response.controller?.abort(gone)
    expect([timers.armed, next.calls.length, response.outcome]).toEqual([0, 1, 'GTW_CLIENT_GONE'])
  })

  test('when the time is over, what has come is the answer', () => {
    const { dispatch, next, timers } = retried({ ...only5xx, timeout: '1s', initialInterval: '1ms' }, [])
    const response = send(dispatch)
    timers.advance(999)
    next.last.answer(busy)
    timers.advance(10)
    expect(next.calls.length).toBe(2)
    next.last.answer(busy)
    expect([next.calls.length, response.outcome]).toEqual([2, 503])
  })

  test('what the next attempt throws ends the exchange alone', () => {
    const timers = new FakeTimers()
    const { value } = check(retry.options, { attempts: 2, initialInterval: '1s' })
    let attempts = 0
    const dispatch = retry.build(
      value,
      middlewareContext({ time: fakeTime(timers) }),
    )((_request, handler) => {
      if (++attempts === 2) throw new TypeError('broken')
      handler.onResponseError({ pause() {}, resume() {}, abort() {} }, refused)
      return true
    })
    const response = send(dispatch)
    timers.advance(2000)
    expect(response.outcome).toBe('GTW_INTERNAL')
  })
})

test('retry: bad options are findings', () => {
  expect(check(retry.options, {}).issues).toMatchObject([{ code: 'GTW_MISSING', path: ['attempts'] }])
  expect(check(retry.options, { attempts: 0 }).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path: ['attempts'] }])
  expect(check(retry.options, { attempts: 2, status: ['5xx'] }).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path: ['status', 0] }])
  const { value } = check(retry.options, { attempts: 2, disableRetryOnNetworkError: true })
  expect(() => retry.build(value, middlewareContext())).toThrow('retry needs `status`')
})
