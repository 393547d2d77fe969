import { readdirSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { HandedBody, type Question, send } from '../../test/harness/dispatched.ts'
import { middlewareContext } from '../../test/harness/middleware-context.ts'
import { type Answer, ScriptedNext } from '../../test/harness/scripted-next.ts'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { check } from '../schema/index.ts'
import { buffering } from './buffering.ts'

function buffered(options: object = {}, answers: readonly (Answer | GatewayError)[] = []) {
  const { value, issues } = check(buffering.options, options)
  expect(issues).toEqual([])
  const next = new ScriptedNext(answers)
  const dispatch = buffering.build(value, middlewareContext())(next.dispatch)
  return { next, ask: (question: Question = {}) => send(dispatch, question) }
}

afterEach(() => {
  vi.unstubAllEnvs()
})

const large = 'abcdefghij'.repeat(30_000)

test('buffering: a request is sent when it is complete, with its length', () => {
  const { next, ask } = buffered({}, [{ status: 200 }])
  const body = new HandedBody().push('one ')
  const response = ask({ method: 'POST', body, expectsContinue: true, fields: ['Expect', '100-continue'] })
  expect(next.calls.length).toBe(0)
  body.push('two').end()
  const { request, content } = next.last
  expect([content, request.body?.length, request.expectsContinue, request.headers.raw, response.outcome]).toEqual([
    'one two',
    7,
    false,
    [],
    200,
  ])
})

for (const body of [new HandedBody(6), new HandedBody().push('123').push('456')]) {
  test(`buffering: a request that is too large is refused (${body.length})`, () => {
    const { next, ask } = buffered({ maxRequestBodyBytes: 5 })
    const response = ask({ method: 'POST', body })
    expect([response.outcome, response.text, response.headers.raw, next.calls.length]).toEqual([413, 'Request Entity Too Large', [], 0])
    expect(body.started).toBe(body.length === -1)
  })
}

test('buffering: what is just not too large passes', () => {
  const { next, ask } = buffered({ maxRequestBodyBytes: 5, maxResponseBodyBytes: 5 }, [{ status: 200, content: '54321' }])
  expect(ask({ method: 'POST', body: new HandedBody(5).push('12345').end() }).text).toBe('54321')
  expect(next.last.content).toBe('12345')
})

test('buffering: what does not fit into memory passes through a file that nobody sees, at the pace of its reader', async () => {
  await using folder = await temporaryFolder()
  vi.stubEnv('TMPDIR', folder.path)
  const { next, ask } = buffered({ memRequestBodyBytes: 1000 }, [{ status: 200 }])
  const body = new HandedBody()
  const response = ask({ method: 'POST', body })
  for (let at = 0; at < large.length; at += 500) body.push(large.slice(at, at + 500))
  expect(body.isPaused).toBe(true)
  await expect.poll(() => body.isPaused).toBe(false)
  body.end()
  await response.untilOver()
  expect([next.last.content === large, next.last.request.body?.length, readdirSync(folder.path)]).toEqual([true, large.length, []])
})

test('buffering: a response is given when it is complete, with its length', () => {
  const { next, ask } = buffered()
  const response = ask()
  const { last } = next
  last.handler.onResponseStart(last, 201, new Headers(['X-A', '1']))
  last.handler.onResponseData(last, Buffer.from('one '))
  last.handler.onResponseData(last, Buffer.from('two'))
  expect(response.status).toBe(0)
  last.handler.onResponseEnd(last, undefined)
  expect([response.outcome, response.text, response.headers.contentLength, response.headers.raw]).toEqual([201, 'one two', 7, ['X-A', '1']])
})

test('buffering: a response with trailers keeps them', () => {
  const { ask } = buffered({}, [{ status: 200, content: 'a', unknownLength: true, trailers: new Headers(['X-T', '1']) }])
  const response = ask()
  expect([response.text, response.headers.contentLength, response.trailers?.raw]).toEqual(['a', -1, ['X-T', '1']])
})

for (const unknownLength of [undefined, true] as const) {
  test(`buffering: a response that is too large becomes a 500 (${unknownLength ? 'of unknown length' : 'declared'})`, () => {
    const { next, ask } = buffered({ maxResponseBodyBytes: 5 }, [
      { status: 200, content: '123456', ...(unknownLength && { unknownLength }) },
    ])
    const response = ask()
    expect([response.outcome, response.text]).toEqual([500, 'Internal Server Error'])
    expect(next.last.abortedWith?.code).toBe('GTW_UPSTREAM_CLOSED')
  })
}

test('buffering: a large response passes through a file, at the pace of the client', async () => {
  await using folder = await temporaryFolder()
  vi.stubEnv('TMPDIR', folder.path)
  const { next, ask } = buffered({ memResponseBodyBytes: 1000 })
  const response = ask()
  const { last } = next
  last.handler.onResponseStart(last, 200, new Headers())
  for (let at = 0; at < large.length; at += 10_000) last.handler.onResponseData(last, Buffer.from(large.slice(at, at + 10_000)))
  expect(last.isPaused).toBe(true)
  await expect.poll(() => last.isPaused).toBe(false)
  response.onChunk = () => {
    response.controller?.pause()
    setImmediate(() => response.controller?.resume())
  }
  last.handler.onResponseEnd(last, undefined)
  // The connection may serve someone else by now.
  last.isPaused = true
  await response.untilOver()
  expect([response.text === large, response.headers.contentLength, last.isPaused, readdirSync(folder.path)]).toEqual([
    true,
    large.length,
    true,
    [],
  ])
})

test('buffering: a client that goes away while it reads gets nothing more', async () => {
  const { next, ask } = buffered({ memResponseBodyBytes: 1000 })
  const response = ask()
  const { last } = next
  last.handler.onResponseStart(last, 200, new Headers())
  last.handler.onResponseData(last, Buffer.from(large))
  response.onChunk = () => response.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
  last.handler.onResponseEnd(last, undefined)
  await response.untilOver()
  expect([response.outcome, response.octets < large.length]).toEqual(['GTW_CLIENT_GONE', true])
})

test('buffering: an answer to HEAD keeps the length that it declares', () => {
  const { next, ask } = buffered({ maxResponseBodyBytes: 5 })
  const response = ask({ method: 'HEAD' })
  const headers = new Headers()
  headers.contentLength = 1000
  next.last.handler.onResponseStart(next.last, 200, headers)
  next.last.handler.onResponseEnd(next.last, undefined)
  expect([response.outcome, response.headers.contentLength]).toEqual([200, 1000])
})

test('buffering: an error in the middle of a response is all that the client hears', () => {
  const { next, ask } = buffered()
  const response = ask()
  next.last.handler.onResponseStart(next.last, 200, new Headers())
  next.last.fail(new GatewayError('GTW_UPSTREAM_RESET'))
  expect([response.status, response.outcome]).toEqual([0, 'GTW_UPSTREAM_RESET'])
})

test('buffering: a request that is never complete is not sent', () => {
  const { next, ask } = buffered()
  const body = new HandedBody().push('1')
  const response = ask({ method: 'POST', body })
  body.fail(new GatewayError('GTW_REQUEST_INCOMPLETE'))
  expect([response.outcome, next.calls.length]).toEqual(['GTW_REQUEST_INCOMPLETE', 0])
})

test('buffering: what asks for a tunnel passes as it comes', () => {
  const { next, ask } = buffered({ maxRequestBodyBytes: 1 })
  const response = ask({ upgrade: 'websocket' })
  const nothing = (): void => {}
  const tunnel = { start: nothing, write: () => true, end: nothing, destroy: nothing, reset: nothing, pause: nothing, resume: nothing }
  next.last.handler.onRequestUpgrade(next.last, 101, new Headers(), tunnel)
  expect([response.status, response.tunnel]).toEqual([101, tunnel])
})

describe('buffering: a request is sent again', () => {
  const refused = new GatewayError('GTW_UPSTREAM_REFUSED')
  const ok: Answer = { status: 200, content: 'ok' }
  const cases: readonly {
    expression: string
    method?: string
    answers: readonly (Answer | GatewayError)[]
    calls: number
    outcome: number | string
  }[] = [
    { expression: 'IsNetworkError()', answers: [refused, { status: 504 }, ok], calls: 3, outcome: 200 },
    { expression: 'IsNetworkError()', answers: [{ status: 500 }, ok], calls: 1, outcome: 500 },
    { expression: 'IsNetworkError() && Attempts() < 2', answers: [refused, refused, ok], calls: 2, outcome: 'GTW_UPSTREAM_REFUSED' },
    { expression: 'ResponseCode() == 503', answers: [{ status: 503, content: 'x' }, ok], calls: 2, outcome: 200 },
    {
      expression: 'RequestMethod() == "GET" && ResponseCode() > 499',
      method: 'POST',
      answers: [{ status: 503 }, ok],
      calls: 1,
      outcome: 503,
    },
    { expression: 'ResponseCode() > 0', answers: Array.from({ length: 20 }, () => ok), calls: 11, outcome: 200 },
    { expression: 'IsNetworkError()', answers: [new GatewayError('GTW_CLIENT_GONE'), ok], calls: 1, outcome: 'GTW_CLIENT_GONE' },
  ]
  for (const { expression, method = 'GET', answers, calls, outcome } of cases) {
    test(`while ${expression}, after ${answers.map((one) => (one instanceof GatewayError ? one.code : one.status)).slice(0, 3)}`, async () => {
      const { next, ask } = buffered({ retryExpression: expression, memRequestBodyBytes: 2 }, answers)
      const body = new HandedBody().push('content').end()
      const response = await ask({ method, body }).untilOver()
      expect([next.calls.length, response.outcome, next.calls.map(({ content }) => content)]).toEqual([
        calls,
        outcome,
        next.calls.map(() => 'content'),
      ])
    })
  }
})

test('buffering: bad options are findings', () => {
  expect(check(buffering.options, { maxRequestBodyBytes: -1 }).issues).toMatchObject([
    { code: 'GTW_BAD_VALUE', path: ['maxRequestBodyBytes'] },
  ])
  expect(check(buffering.options, { retryExpression: 'Attempts() <' }).issues).toMatchObject([{ path: ['retryExpression'] }])
  expect(check(buffering.options, { retryExpression: 'IsNetworkError() > 1' }).issues).toMatchObject([{ path: ['retryExpression'] }])
})
