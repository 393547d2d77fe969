import { describe, expect, test } from 'vitest'
import { type Question, send } from '../../test/harness/dispatched.ts'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { fakeTime, middlewareContext } from '../../test/harness/middleware-context.ts'
import { type Answer, ScriptedNext } from '../../test/harness/scripted-next.ts'
import type { Dispatch, DispatchHandler } from '../dispatch/dispatch.ts'
import { ForwardingHandler } from '../dispatch/forwarding-handler.ts'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { answer } from '../middleware-api/answer.ts'
import { defineMiddleware, type UserMiddleware } from '../middleware-api/definition.ts'
import { check, integer, object } from '../schema/index.ts'
import { custom } from './custom.ts'
import type { UserLogLine } from './definition.ts'

interface Scene {
  readonly scripts?: readonly (Answer | GatewayError)[]
  readonly options?: unknown
}

/** A middleware as a worker builds it, whose time stands still. */
function scene(definition: unknown, { scripts = [{ status: 200, content: 'ok' }], options }: Scene = {}) {
  const timers = new FakeTimers()
  const lines: UserLogLine[] = []
  const next = new ScriptedNext(scripts)
  const userCode = { module: () => ({ default: definition }), log: (line: UserLogLine) => void lines.push(line) }
  const context = middlewareContext({ time: fakeTime(timers), userCode })
  const { value } = check(custom.options, { file: './mw.ts', timeout: '1s', options })
  const dispatch = custom.build({ ...value, module: { kind: 'middleware', url: 'file:///mw.ts' } }, context)(next.dispatch)
  return { next, timers, lines, ask: (question?: Question) => send(dispatch, question) }
}

type Wrap = (request: Parameters<Dispatch>[0], handler: DispatchHandler, next: Dispatch) => unknown

/** A middleware that wraps the next dispatch. */
const wrapping = (wrap: Wrap): UserMiddleware =>
  ({
    build: () => (next: Dispatch) => (request: Parameters<Dispatch>[0], handler: DispatchHandler) => wrap(request, handler, next),
  }) as UserMiddleware

describe('hooks', () => {
  test('see and change requests and responses, with checked options and their defaults', () => {
    const definition = defineMiddleware({
      options: object('Options.', { most: integer('A number.', { default: 3 }) }),
      request({ headers }, { options, name }) {
        headers.set('X-Most', `${options.most} ${name}`)
      },
      response(response, request) {
        response.status = 202
        response.headers.set('X-Path', request.path)
      },
    })
    const { next, ask } = scene(definition)
    const response = ask({ path: '/a' })
    expect(next.last.request.headers.get('x-most')).toBe('3 subject@test')
    expect(response).toMatchObject({ outcome: 202, text: 'ok' })
    expect(response.headers.get('x-path')).toBe('/a')
  })

  test('come from `build`, and log with the name of the middleware', () => {
    const definition = defineMiddleware({
      build: (_options, { log }) => ({
        request() {
          log.info('seen', { a: 1 })
        },
      }),
    })
    const { lines, ask } = scene(definition)
    expect(ask().outcome).toBe(200)
    expect(lines).toEqual([{ level: 'info', message: 'seen', fields: { a: 1, middleware: 'subject@test' } }])
  })

  for (const how of ['at once', 'later'] as const) {
    const give = <T>(value: T): T | Promise<T> => (how === 'at once' ? value : Promise.resolve(value))

    test(`answer in the place of the server, ${how}`, async () => {
      const { next, ask } = scene(defineMiddleware({ request: () => give({ status: 403, headers: { 'X-A': ['1', '2'] }, body: 'no' }) }))
      const response = await ask().untilOver()
      expect(response).toMatchObject({ outcome: 403, text: 'no' })
      expect(response.headers.raw).toEqual(['X-A', '1', 'X-A', '2', 'Content-Type', 'text/plain; charset=utf-8'])
      expect(next.calls).toEqual([])
    })

    test(`let a request go on, ${how}`, async () => {
      const { ask } = scene(defineMiddleware({ request: () => give(undefined), response: () => give(undefined) }))
      expect(await ask().untilOver()).toMatchObject({ outcome: 200, text: 'ok' })
    })

    const fail = (): never | Promise<never> => {
      const error = new TypeError('a mistake')
      if (how === 'at once') throw error
      return Promise.reject(error)
    }

    test(`fail with a request, ${how}`, async () => {
      const { next, ask } = scene(defineMiddleware({ request: fail }))
      const response = await ask().untilOver()
      expect(response).toMatchObject({ outcome: 'GTW_MIDDLEWARE_FAILED', starts: how === 'at once' ? 0 : 1 })
      expect(response.error?.message).toContain('subject@test: TypeError: a mistake')
      expect(next.calls).toEqual([])
    })

    test(`fail with a response, ${how}: its server need not go on`, async () => {
      const { next, ask } = scene(defineMiddleware({ response: fail }))
      expect((await ask().untilOver()).outcome).toBe('GTW_MIDDLEWARE_FAILED')
      if (how === 'at once') expect(next.last.abortedWith?.code).toBe('GTW_MIDDLEWARE_FAILED')
    })
  }

  test('that think about a response pause it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { next, ask } = scene(defineMiddleware({ response: () => promise }), { scripts: [] })
    const response = ask()
    next.last.handler.onResponseStart(next.last, 200, new Headers())
    next.last.handler.onResponseData(next.last, Buffer.from('early '))
    expect(next.last.isPaused).toBe(true)
    expect(response.status).toBe(0)
    resolve()
    await response.until(({ status }) => status === 200)
    expect(next.last.isPaused).toBe(false)
    next.last.handler.onResponseData(next.last, Buffer.from('late'))
    next.last.handler.onResponseEnd(next.last, undefined)
    expect(response).toMatchObject({ outcome: 200, text: 'early late' })
  })

  const answers: readonly { readonly why: string; readonly said: unknown }[] = [
    { why: 'a status that none has', said: { status: 99 } },
    { why: 'no answer at all', said: 'forbidden' },
    { why: 'nothing that can be one', said: null },
  ]
  for (const { why, said } of answers) {
    test(`that answer with ${why} have failed`, () => {
      expect(scene({ request: () => said }).ask().outcome).toBe('GTW_MIDDLEWARE_FAILED')
    })
  }

  for (const hook of ['request', 'response'] as const) {
    test(`that hang end the ${hook} when the time is over, and what they say later counts no more`, async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const { timers, ask } = scene({ [hook]: () => promise })
      const response = ask()
      timers.advance(999)
      expect(response.outcome).toBeUndefined()
      timers.advance(1)
      expect(response.outcome).toBe('GTW_MIDDLEWARE_TIMEOUT')
      resolve()
      await promise
      expect(response.text).toBe('')
    })
  }

  test('that are waited for hear nothing of a client that goes away, and their request goes nowhere', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { next, timers, ask } = scene({ request: () => promise })
    const response = ask()
    response.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
    expect(response.outcome).toBe('GTW_CLIENT_GONE')
    resolve()
    await promise
    expect(next.calls).toEqual([])
    expect(timers.armed).toBe(0)
  })
})

describe('a middleware that wraps the next dispatch', () => {
  test('runs as those of the gateway do', () => {
    class Marked extends ForwardingHandler {
      override onResponseStart(...[controller, status, headers]: Parameters<DispatchHandler['onResponseStart']>): void {
        headers.set('X-Marked', 'yes')
        super.onResponseStart(controller, status, headers)
      }
    }
    const { ask, timers } = scene(wrapping((request, handler, next) => next(request, new Marked(handler))))
    const response = ask()
    expect(response).toMatchObject({ outcome: 200, text: 'ok' })
    expect(response.headers.get('x-marked')).toBe('yes')
    expect(timers.armed).toBe(0)
  })

  test('answers by itself', () => {
    const { ask, timers } = scene(wrapping((_request, handler) => answer(handler, { status: 204 })))
    expect(ask().outcome).toBe(204)
    expect(timers.armed).toBe(0)
  })

  const mistake = (): never => {
    throw new TypeError('a mistake')
  }
  const METHODS = ['onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseEnd'] as const
  const failures: readonly (readonly [why: string, wrap: Wrap])[] = [
    ['it throws', mistake],
    ['its promise is rejected', () => Promise.reject(new TypeError('a mistake'))],
    ['it throws behind the next dispatch', (request, handler, next) => [next(request, new ForwardingHandler(handler)), mistake()]],
    ...METHODS.map((method): readonly [string, Wrap] => [
      `its handler throws in ${method}`,
      (request, handler, next) => next(request, Object.assign(new ForwardingHandler(handler), { [method]: mistake })),
    ]),
    ['its handler has no methods', (request, _handler, next) => next(request, {} as DispatchHandler)],
    [
      'it ends an answer that has not begun',
      (_request, handler) => handler.onResponseEnd({ pause() {}, resume() {}, abort() {} }, undefined),
    ],
  ]
  for (const [why, wrap] of failures) {
    test(`fails with its request where ${why}`, async () => {
      const isPassed = why.includes('next dispatch')
      const { next, ask } = scene(wrapping(wrap), isPassed ? { scripts: [] } : {})
      const response = await ask().untilOver()
      expect(response.outcome).toBe('GTW_MIDDLEWARE_FAILED')
      if (isPassed) expect(next.last.abortedWith?.code).toBe('GTW_MIDDLEWARE_FAILED')
    })
  }

  test('has only so long to answer or to pass on', () => {
    const { timers, ask } = scene(wrapping(() => true))
    const response = ask()
    timers.advance(1000)
    expect(response.outcome).toBe('GTW_MIDDLEWARE_TIMEOUT')
  })

  test('is not late where a server is, or a client that reads slowly', () => {
    const { next, timers, ask } = scene(
      wrapping((request, handler, then) => then(request, new ForwardingHandler(handler))),
      { scripts: [] },
    )
    const response = ask()
    timers.advance(60_000)
    expect(response.outcome).toBeUndefined()
    next.last.handler.onResponseStart(next.last, 200, new Headers())
    response.controller?.pause()
    expect(next.last.isPaused).toBe(true)
    timers.advance(60_000)
    response.controller?.resume()
    expect(next.last.isPaused).toBe(false)
    next.last.handler.onResponseEnd(next.last, undefined)
    expect(response.outcome).toBe(200)
  })

  test('is late where it swallows an answer', () => {
    const silent = Object.fromEntries([...METHODS, 'onResponseError'].map((method) => [method, () => {}]))
    const { timers, ask } = scene(wrapping((request, _handler, next) => next(request, silent as unknown as DispatchHandler)))
    const response = ask()
    timers.advance(1000)
    expect(response.outcome).toBe('GTW_MIDDLEWARE_TIMEOUT')
  })

  test('passes nothing on for a client that went away meanwhile', () => {
    let goOn = (): unknown => undefined
    const { next, ask } = scene(
      wrapping((request, handler, then) => {
        goOn = () => then(request, handler)
        return true
      }),
    )
    const response = ask()
    response.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
    goOn()
    expect(response.outcome).toBe('GTW_CLIENT_GONE')
    expect(next.calls).toEqual([])
  })

  test('contains what it throws for a copy of the request, too', () => {
    const { ask } = scene(
      wrapping((request, handler, next) =>
        next(request.clone(), Object.assign(new ForwardingHandler(handler), { onResponseStart: mistake })),
      ),
    )
    expect(ask().outcome).toBe('GTW_MIDDLEWARE_FAILED')
  })
})

const wrong: readonly { readonly why: string; readonly content: unknown; readonly options?: unknown; readonly says: RegExp }[] = [
  { why: 'a module that exports no middleware', content: 1, says: /exports no middleware/ },
  { why: 'options that nobody declared', content: { request() {} }, options: { a: 1 }, says: /options: unknown/ },
  {
    why: 'a build that throws',
    content: {
      build() {
        throw new Error('these do not go together')
      },
    },
    says: /do not go together/,
  },
]
for (const { why, content, options, says } of wrong) {
  test(`${why} does not build`, () => {
    expect(() => scene(content, { options })).toThrow(says)
  })
}

test('the control plane builds it without its code', () => {
  const next = new ScriptedNext()
  const { value } = check(custom.options, { file: './mw.ts' })
  expect(custom.build(value, middlewareContext())(next.dispatch)).toBe(next.dispatch)
})

test('a worker never goes on without the code', () => {
  const { value } = check(custom.options, { file: './mw.ts' })
  const context = middlewareContext({ userCode: { module: () => ({}), log() {} } })
  expect(() => custom.build(value, context)).toThrow('its module is not known')
})
