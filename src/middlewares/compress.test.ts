import { brotliDecompressSync, constants, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type Dispatched, type Question, send } from '../../test/harness/dispatched.ts'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { fakeTime, middlewareContext } from '../../test/harness/middleware-context.ts'
import { type Answer, ScriptedNext } from '../../test/harness/scripted-next.ts'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { check } from '../schema/index.ts'
import { compress } from './compress.ts'

function compressed(options: object = {}, answers: readonly Answer[] = []) {
  const timers = new FakeTimers()
  const { value, issues } = check(compress.options, options)
  expect(issues).toEqual([])
  const next = new ScriptedNext(answers)
  const dispatch = compress.build(value, middlewareContext({ time: fakeTime(timers) }))(next.dispatch)
  const ask = (accepts: string | undefined, question: Question = {}) =>
    send(dispatch, { ...question, fields: [...(accepts === undefined ? [] : ['Accept-Encoding', accepts]), ...(question.fields ?? [])] })
  return { next, timers, ask }
}

const text = 'a line of some text\n'.repeat(100)
const html: Answer = { status: 200, fields: ['Content-Type', 'text/html'], content: text }

const octetsOf = ({ text }: Dispatched): Buffer => Buffer.from(text, 'latin1')

/** The coding of a response, checked by decoding it, and whether it says that it varies. */
function seen(response: Dispatched): string {
  const coding = response.headers.get('content-encoding') ?? 'plain'
  const octets = octetsOf(response)
  const decode = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync }[coding]
  if (decode !== undefined) {
    expect(decode(octets).toString()).toBe(text)
    expect([octets.length < text.length, response.headers.contentLength]).toEqual([true, -1])
  } else expect(octets.toString()).toBe(text)
  return response.headers.get('vary') === 'Accept-Encoding' ? `${coding}, varies` : coding
}

const choices: readonly { accepts: string | undefined; options?: object; is: string }[] = [
  { accepts: undefined, is: 'plain' },
  { accepts: '', is: 'plain' },
  { accepts: 'gzip, br', is: 'gzip, varies' },
  { accepts: 'br, gzip', is: 'gzip, varies' },
  { accepts: 'br;q=1, gzip;q=0.5', is: 'br, varies' },
  { accepts: 'br; q=1 ,gzip ; q=0.5', is: 'br, varies' },
  { accepts: 'zstd', is: 'zstd, varies' },
  { accepts: 'identity, gzip;q=0.5', is: 'plain' },
  { accepts: 'br;q=0.8, identity;q=0.8', is: 'br, varies' },
  { accepts: '*', is: 'plain, varies' },
  { accepts: '*', options: { defaultEncoding: 'br' }, is: 'br, varies' },
  { accepts: '*', options: { encodings: ['zstd', 'gzip'] }, is: 'zstd, varies' },
  { accepts: 'gzip;q=0, *;q=0', is: 'plain' },
  { accepts: 'gzip;q=high, br', is: 'br, varies' },
  { accepts: 'deflate', is: 'plain' },
  { accepts: 'GZIP', is: 'plain' },
  { accepts: 'deflate, x, zstd;q=0.1', is: 'zstd, varies' },
  { accepts: 'gzip, br', options: { encodings: ['br', 'gzip'] }, is: 'br, varies' },
  { accepts: 'gzip', options: { encodings: ['br'] }, is: 'plain' },
  { accepts: undefined, options: { defaultEncoding: 'br' }, is: 'br, varies' },
  { accepts: undefined, options: { defaultEncoding: 'gzip' }, is: 'gzip, varies' },
]

for (const { accepts, options = {}, is } of choices) {
  test(`compress: Accept-Encoding ${accepts} with ${JSON.stringify(options)} gives ${is}`, async () => {
    const { ask } = compressed(options, [html])
    expect(seen(await ask(accepts).untilOver())).toBe(is)
  })
}

test('compress: several lines of Accept-Encoding are one list', async () => {
  const { ask } = compressed({}, [html])
  expect(seen(await ask('deflate', { fields: ['accept-encoding', 'br'] }).untilOver())).toBe('br, varies')
})

const left: readonly { why: string; options?: object; answer?: Partial<Answer>; question?: Question; varies?: false }[] = [
  { why: 'too little content', answer: { content: 'x'.repeat(1023) } },
  { why: 'too little content of unknown length', answer: { content: 'x'.repeat(1023), unknownLength: true } },
  { why: 'no content', answer: { content: '' } },
  { why: 'no content of unknown length', answer: { content: '', unknownLength: true } },
  { why: 'less than is configured', options: { minResponseBodyBytes: 2001 } },
  { why: 'what is encoded already', answer: { fields: ['Content-Encoding', 'gzip'] } },
  { why: 'a part', answer: { status: 206, fields: ['Content-Range', 'bytes 0-1999/3000'] } },
  { why: 'what nobody may change', answer: { fields: ['Cache-Control', 'public, no-transform'] } },
  { why: 'gRPC', answer: { fields: ['Content-Type', 'application/grpc'] } },
  { why: 'a type that is none', answer: { fields: ['Content-Type', 'text'] } },
  {
    why: 'an excluded type',
    options: { excludedContentTypes: ['Text/HTML; charset=x'] },
    answer: { fields: ['Content-Type', 'text/html; a=b'] },
  },
  { why: 'a type that is not included', options: { includedContentTypes: ['text/css'] } },
  { why: 'no type where only some are included', options: { includedContentTypes: ['text/css'] }, answer: { fields: [] } },
  { why: 'a request of an excluded type', question: { method: 'POST', fields: ['Content-Type', 'application/grpc'] }, varies: false },
]

for (const { why, options = {}, answer = {}, question = {}, varies = true } of left) {
  test(`compress: leaves ${why} as it is`, async () => {
    const sent = { ...html, ...answer }
    const { ask } = compressed(options, [sent])
    const response = await ask('br', question).untilOver()
    const fields = [...(sent.fields ?? []), ...(varies ? ['Vary', 'Accept-Encoding'] : [])]
    expect([response.status, response.text, response.headers.raw]).toEqual([sent.status, sent.content, fields])
    expect(response.headers.contentLength).toBe(sent.unknownLength ? -1 : sent.content?.length)
  })
}

const made: readonly { why: string; options?: object; answer?: Partial<Answer> }[] = [
  { why: 'content without a type', answer: { fields: [] } },
  { why: 'content of unknown length', answer: { unknownLength: true } },
  {
    why: 'an included type, in any case',
    options: { includedContentTypes: ['text/html'] },
    answer: { fields: ['Content-Type', 'TEXT/html;a=b'] },
  },
  { why: 'an error page', answer: { status: 404 } },
  {
    why: 'gRPC where it is asked for',
    options: { includedContentTypes: ['application/grpc'] },
    answer: { fields: ['Content-Type', 'application/grpc'] },
  },
  { why: 'what is just long enough', options: { minResponseBodyBytes: 2000 } },
  { why: 'the default minimum where none is positive', options: { minResponseBodyBytes: 0 } },
]

for (const { why, options = {}, answer = {} } of made) {
  test(`compress: ${why} is compressed`, async () => {
    const { ask } = compressed(options, [{ ...html, ...answer }])
    const response = await ask('br').untilOver()
    expect([response.status, seen(response)]).toEqual([answer.status ?? 200, 'br, varies'])
  })
}

test('compress: fields are those of the compressed content', async () => {
  const fields = [
    'Content-Type',
    'text/html',
    'ETag',
    '"abc"',
    'Accept-Ranges',
    'bytes',
    'Vary',
    'Origin, accept-encoding',
    'Content-MD5',
    'x',
  ]
  const { ask } = compressed({}, [{ ...html, fields }])
  const response = await ask('gzip').untilOver()
  expect(response.headers.raw).toEqual([
    'Content-Type',
    'text/html',
    'ETag',
    'W/"abc"',
    'Vary',
    'Origin, accept-encoding',
    'Content-Encoding',
    'gzip',
  ])
})

test('compress: a validator that is weak already stays', async () => {
  const { ask } = compressed({}, [{ ...html, fields: ['ETag', 'W/"abc"'] }])
  expect((await ask('gzip').untilOver()).headers.get('etag')).toBe('W/"abc"')
})

test('compress: HEAD passes as it is', () => {
  const { next, ask } = compressed()
  const response = ask('gzip', { method: 'HEAD' })
  const headers = new Headers(['Content-Type', 'text/html'])
  headers.contentLength = 2000
  next.last.handler.onResponseStart(next.last, 200, headers)
  next.last.handler.onResponseEnd(next.last, undefined)
  expect([response.headers.raw, response.headers.contentLength]).toEqual([['Content-Type', 'text/html'], 2000])
})

test('compress: trailers and interim responses pass', async () => {
  const { next, ask } = compressed()
  const response = ask('gzip')
  next.last.handler.onResponseInfo(next.last, 103, new Headers(['Link', 'x']))
  next.last.answer({ ...html, unknownLength: true, trailers: new Headers(['X-T', '1']) })
  await response.untilOver()
  expect([response.infos, response.trailers?.raw, seen(response)]).toEqual([
    [{ status: 103, fields: ['Link', 'x'] }],
    ['X-T', '1'],
    'gzip, varies',
  ])
})

describe('a response that comes slowly', () => {
  const begin = (coding: string, fields: string[] = [], options: object = {}) => {
    const parts = compressed(options)
    const response = parts.ask(coding)
    const { last } = parts.next
    last.handler.onResponseStart(last, 200, new Headers(fields))
    return { ...parts, response, last }
  }

  for (const coding of ['gzip', 'br', 'zstd'] as const) {
    test(`each event of a stream that is compressed by wish leaves at once (${coding})`, async () => {
      const { response, last } = begin(coding, ['Content-Type', 'text/event-stream'], { includedContentTypes: ['text/event-stream'] })
      last.handler.onResponseData(last, Buffer.from('data: 1\n\n'))
      await response.until(({ octets }) => octets > 0 && decodeSoFar(coding, response) === 'data: 1\n\n')
      last.handler.onResponseData(last, Buffer.from('data: 2\n\n'))
      await response.until(() => decodeSoFar(coding, response) === 'data: 1\n\ndata: 2\n\n')
    })

    test(`what there is leaves after a moment (${coding})`, async () => {
      const { response, last, timers } = begin(coding)
      last.handler.onResponseData(last, Buffer.from('one'))
      expect(response.status).toBe(0)
      timers.advance(20)
      expect(response.headers.get('content-encoding')).toBe(coding)
      timers.advance(20)
      await response.until(({ octets }) => decodeSoFar(coding, response) === 'one' && octets > 0)
      last.handler.onResponseEnd(last, undefined)
      await response.untilOver()
      expect([decodeSoFar(coding, response), timers.armed]).toEqual(['one', 0])
    })
  }

  test('a head whose content does not come leaves after a moment', () => {
    const { response, timers } = begin('gzip')
    timers.advance(20)
    expect(response.status).toBe(200)
  })

  test('the server waits for a client that does not read', async () => {
    const { response, last } = begin('gzip', ['Content-Type', 'text/plain'])
    last.handler.onResponseData(last, Buffer.from(text))
    response.controller?.pause()
    let sent = text.length
    while (!last.isPaused) {
      expect(sent).toBeLessThan(64 * 1024 * 1024)
      last.handler.onResponseData(last, Buffer.from(Array.from({ length: 64 * 1024 }, () => (Math.random() * 256) | 0)))
      sent += 64 * 1024
    }
    response.controller?.resume()
    response.controller?.pause()
    response.controller?.resume()
    await expect.poll(() => last.isPaused).toBe(false)
    last.handler.onResponseEnd(last, undefined)
    await response.untilOver()
    expect(gunzipSync(octetsOf(response)).length).toBe(sent)
  })

  test('an error in the middle ends the response, and nothing comes after it', async () => {
    const { response, last, timers } = begin('gzip')
    last.handler.onResponseData(last, Buffer.from(text))
    last.fail(new GatewayError('GTW_UPSTREAM_RESET'))
    expect([response.outcome, timers.armed]).toEqual(['GTW_UPSTREAM_RESET', 0])
    await new Promise(setImmediate)
    expect(response.ended).toBe(false)
  })

  test('a client that goes away ends it, also when the server has said all', async () => {
    const first = begin('gzip')
    first.last.handler.onResponseData(first.last, Buffer.from(text))
    first.response.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
    expect([first.response.outcome, first.last.abortedWith?.code]).toEqual(['GTW_CLIENT_GONE', 'GTW_CLIENT_GONE'])
    const second = begin('gzip')
    second.last.handler.onResponseData(second.last, Buffer.from(text))
    second.last.handler.onResponseEnd(second.last, undefined)
    second.response.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
    expect([second.response.outcome, second.last.abortedWith]).toEqual(['GTW_CLIENT_GONE', undefined])
  })
})

test('compress: bad options are findings, or cannot be built', () => {
  expect(check(compress.options, { encodings: ['deflate'] }).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path: ['encodings', 0] }])
  expect(check(compress.options, { defaultEncoding: 'x' }).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path: ['defaultEncoding'] }])
  expect(check(compress.options, { excludedContentTypes: ['text'] }).issues).toMatchObject([{ path: ['excludedContentTypes', 0] }])
  expect(() => compressed({ encodings: [] })).toThrow('at least one encoding must be specified')
  expect(() => compressed({ encodings: ['br'], defaultEncoding: 'gzip' })).toThrow('unsupported default encoding: gzip')
  expect(() => compressed({ excludedContentTypes: ['a/b'], includedContentTypes: ['a/c'] })).toThrow('mutually exclusive')
})

function decodeSoFar(coding: 'gzip' | 'br' | 'zstd', response: Dispatched): string {
  const octets = octetsOf(response)
  if (coding === 'gzip') return gunzipSync(octets, { finishFlush: constants.Z_SYNC_FLUSH }).toString()
  if (coding === 'br') return brotliDecompressSync(octets, { finishFlush: constants.BROTLI_OPERATION_FLUSH }).toString()
  return zstdDecompressSync(octets, { finishFlush: constants.ZSTD_e_flush }).toString()
}
