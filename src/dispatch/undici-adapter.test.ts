import { interceptors } from 'undici'
import { describe, expect, test } from 'vitest'
import { HandedBody, type Question, send } from '../../test/harness/dispatched.ts'
import { type Answer, ScriptedNext } from '../../test/harness/scripted-next.ts'
import { GatewayError } from '../errors.ts'
import { fromInterceptor, type Interceptor } from './undici-adapter.ts'

const pass: Interceptor = (dispatch) => dispatch

const undici = (interceptor: unknown): Interceptor => interceptor as Interceptor

interface Scene {
  readonly interceptor?: Interceptor
  readonly scripts?: readonly (Answer | GatewayError)[]
  readonly readsContent?: boolean
}

function scene({ interceptor = pass, scripts = [{ status: 200, content: 'ok' }], readsContent = true }: Scene = {}) {
  const next = new ScriptedNext(scripts, { readsContent })
  const dispatch = fromInterceptor(interceptor)(next.dispatch)
  return { next, ask: (question?: Question) => send(dispatch, { fields: ['Host', 'app.test'], ...question }) }
}

describe('what an interceptor leaves alone', () => {
  test('is passed on as it is: target, fields with their order, spelling and repeats, and trailers', () => {
    const { next, ask } = scene({
      scripts: [{ status: 201, fields: ['X-Some', 'a', 'Set-Cookie', 'b', 'Set-Cookie', 'c'], content: 'ok' }],
    })
    const fields = ['Host', 'app.test', 'X-One', '1', 'x-TWO', '2', 'X-One', '3']
    const response = ask({ method: 'DELETE', path: '/a/b?c=d?e', fields })
    expect(next.last.request).toMatchObject({ method: 'DELETE', path: '/a/b', query: 'c=d?e', host: 'app.test' })
    expect(next.last.request.headers.raw).toEqual(fields)
    expect(response).toMatchObject({ outcome: 201, text: 'ok' })
    expect(response.headers.raw).toEqual(['X-Some', 'a', 'Set-Cookie', 'b', 'Set-Cookie', 'c'])
    expect(response.headers.contentLength).toBe(2)
  })

  test('is the request itself: an interceptor works on copies', () => {
    const rename: Interceptor = (dispatch) => (options, handler) => dispatch({ ...options, path: '/other', method: 'PUT' }, handler)
    const { next, ask } = scene({ interceptor: rename })
    const { request } = ask({ path: '/mine' })
    expect([request.method, request.path]).toEqual(['GET', '/mine'])
    expect([next.last.request.method, next.last.request.path]).toEqual(['PUT', '/other'])
  })

  test('content comes as it arrives, and is read no faster than it is taken', async () => {
    const { next, ask } = scene({ readsContent: false })
    const changes: boolean[] = []
    const body: HandedBody = new HandedBody(-1, () => changes.push(body.isPaused))
    ask({ method: 'POST', body })
    const sent = next.last.request.body
    if (sent === undefined) throw new TypeError('the content is missing')
    const chunks: number[] = []
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    sent.start({
      onBodyData: (chunk) => chunks.push(chunk.length),
      onBodyEnd: () => resolve(),
      onBodyError: (error) => resolve(Promise.reject(error)),
    })
    sent.pause()
    for (let index = 0; index < 8; index++) body.push(Buffer.alloc(16_384))
    await new Promise(setImmediate)
    body.push(Buffer.alloc(1))
    expect(body.isPaused).toBe(true)
    expect(chunks).toEqual([])
    sent.resume()
    await new Promise(setImmediate)
    expect(body.isPaused).toBe(false)
    body.end()
    await ended
    expect(chunks.reduce((sum, length) => sum + length, 0)).toBe(8 * 16_384 + 1)
  })

  test('content that breaks off breaks off behind it', async () => {
    const { next, ask } = scene({ readsContent: false })
    const body = new HandedBody(10)
    ask({ method: 'POST', body })
    const { promise, resolve } = Promise.withResolvers<GatewayError>()
    expect(next.last.request.body?.length).toBe(10)
    next.last.request.body?.start({ onBodyData() {}, onBodyEnd() {}, onBodyError: resolve })
    body.fail(new GatewayError('GTW_CLIENT_GONE'))
    expect((await promise).code).toBe('GTW_CLIENT_GONE')
  })

  test('errors keep their codes', () => {
    const { ask } = scene({ scripts: [new GatewayError('GTW_UPSTREAM_TIMEOUT')] })
    expect(ask().outcome).toBe('GTW_UPSTREAM_TIMEOUT')
  })

  test('a client that goes away ends what is under way', () => {
    const { next, ask } = scene({ scripts: [] })
    const response = ask()
    response.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
    expect(next.last.abortedWith?.code).toBe('GTW_CLIENT_GONE')
    expect(response.outcome).toBe('GTW_CLIENT_GONE')
  })

  test('upgrades go past it', () => {
    const refuse: Interceptor = () => () => {
      throw new Error('not to be called')
    }
    const { next, ask } = scene({ interceptor: refuse })
    ask({ upgrade: 'websocket' })
    expect(next.last.request.upgrade).toBe('websocket')
  })
})

describe('interceptors of undici', () => {
  const quick = { minTimeout: 1, maxTimeout: 1 }

  test('retry sends the request again, and the client gets the answer that is good', async () => {
    const { next, ask } = scene({
      interceptor: undici(interceptors.retry(quick)),
      scripts: [{ status: 503 }, new GatewayError('GTW_UPSTREAM_REFUSED'), { status: 200, content: 'ok' }],
    })
    expect(await ask().untilOver()).toMatchObject({ outcome: 200, text: 'ok' })
    expect(next.calls.map(({ request }) => request.target)).toEqual(['/', '/', '/'])
    expect(new Set(next.calls.map(({ request }) => request)).size).toBe(3)
  })

  test('retry gives up with the status that it has seen last', async () => {
    const { next, ask } = scene({
      interceptor: undici(interceptors.retry({ ...quick, maxRetries: 1 })),
      scripts: Array(9).fill({ status: 503 }),
    })
    expect((await ask().untilOver()).outcome).toBe(503)
    expect(next.calls.length).toBeGreaterThan(1)
  })

  test('retry does not send content again that was read', async () => {
    const { next, ask } = scene({
      interceptor: undici(interceptors.retry({ ...quick, throwOnError: false })),
      scripts: [{ status: 503, content: 'busy' }],
    })
    const response = ask({ method: 'PUT', body: new HandedBody(2).push('hi').end() })
    expect(await response.untilOver()).toMatchObject({ outcome: 503, text: 'busy' })
    expect(next.calls.map(({ content }) => content)).toEqual(['hi'])
  })

  test('redirect follows to the same origin, and the host stays', async () => {
    const scripts = [
      { status: 302, fields: ['Location', '/b?c=1'] },
      { status: 200, content: 'there' },
    ]
    const { next, ask } = scene({ interceptor: undici(interceptors.redirect({ maxRedirections: 2 })), scripts })
    expect(await ask({ path: '/a' }).untilOver()).toMatchObject({ outcome: 200, text: 'there' })
    expect(next.last.request).toMatchObject({ path: '/b', query: 'c=1' })
    expect(next.last.request.headers.get('host')).toBe('app.test')
  })

  test('redirect cannot lead a request to a server that the router does not know', async () => {
    const scripts = [{ status: 302, fields: ['Location', 'http://other.test/'] }, { status: 200 }]
    const { next, ask } = scene({ interceptor: undici(interceptors.redirect({ maxRedirections: 2 })), scripts })
    expect((await ask().untilOver()).outcome).toBe('GTW_MIDDLEWARE_FAILED')
    expect(next.calls.length).toBe(1)
  })

  test('responseError hides what a server says about its errors', () => {
    const scripts = [{ status: 500, fields: ['Content-Type', 'text/plain'], content: 'stack trace' }]
    expect(scene({ interceptor: undici(interceptors.responseError()), scripts }).ask()).toMatchObject({
      outcome: 500,
      text: 'Internal Server Error',
    })
  })

  test('dump ends an answer that is too large, whose server is told', () => {
    const { next, ask } = scene({ interceptor: undici(interceptors.dump({ maxSize: 3 })), scripts: [{ status: 200, content: 'four' }] })
    expect(ask().outcome).toBe('GTW_MIDDLEWARE_FAILED')
    expect(next.last.abortedWith?.code).toBe('GTW_UPSTREAM_CLOSED')
  })
})

test('what a handler of an interceptor throws ends the response with it', () => {
  const failing: Interceptor = (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
      onResponseStart() {
        throw new TypeError('a mistake')
      },
      onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
    })
  const { next, ask } = scene({ interceptor: failing })
  const response = ask()
  expect(response.error?.message).toContain('TypeError: a mistake')
  expect(next.last.abortedWith).toBeDefined()
})
