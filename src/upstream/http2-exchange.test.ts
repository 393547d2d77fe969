import type { ServerHttp2Stream } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { HandedBody, type Question, send } from '../../test/harness/dispatched.ts'
import { type OnStream, type RunningHttp2Server, startHttp2Server } from '../../test/harness/http2-server.ts'
import { OpenedServers } from '../../test/harness/opened-servers.ts'
import { Headers } from '../http/headers.ts'

const urlOf = ({ port }: RunningHttp2Server): string => `h2c://127.0.0.1:${port}`

/** Resolves with the octets of the content and the trailers of a request. */
async function received(stream: ServerHttp2Stream): Promise<{ text: string; trailers: object }> {
  let trailers = {}
  stream.on('trailers', ({ ...fields }) => {
    trailers = fields
  })
  const chunks = await stream.toArray()
  return { text: Buffer.concat(chunks).toString('latin1'), trailers }
}

/** What a server hears of one request. */
async function asked(question: Question): Promise<{ fields: readonly string[]; text: string; trailers: object }> {
  const heard = Promise.withResolvers<{ fields: readonly string[]; text: string; trailers: object }>()
  await using server = await startHttp2Server(async (stream, _headers, fields) => {
    heard.resolve({ fields, ...(await received(stream)) })
    stream.respond({ ':status': 204 }, { endStream: true })
  })
  await using servers = new OpenedServers()
  const response = await send(servers.open(urlOf(server)), question).untilOver()
  expect(response.outcome).toBe(204)
  return heard.promise
}

/** What becomes of the answer to one GET. */
async function answered(onStream: OnStream, question: Question = {}) {
  await using server = await startHttp2Server(onStream)
  await using servers = new OpenedServers()
  return await send(servers.open(urlOf(server)), question).untilOver()
}

describe('what a server with HTTP/2 gets', () => {
  test('fields keep order and repeats, in lower case; Host is the authority; what speaks of the connection stays here', async () => {
    const fields = ['Host', 'other.test', 'X-One', '1', 'Keep-Alive', 'timeout=5', 'Cookie', 'a=b; c=d', 'x-one', '2']
    const hidden = ['Connection', 'x', 'Proxy-Connection', 'x', 'Transfer-Encoding', 'chunked', 'Upgrade', 'x', 'HTTP2-Settings', 'x']
    const { fields: seen } = await asked({ path: '/a%2Fb?c=d', fields: [...fields, ...hidden, 'TE', 'trailers', 'X-Empty', ''] })
    const pseudo = [':method', 'GET', ':scheme', 'http', ':authority', 'app.test', ':path', '/a%2Fb?c=d']
    expect(seen).toEqual([...pseudo, 'x-one', '1', 'cookie', 'a=b; c=d', 'x-one', '2', 'te', 'trailers', 'x-empty', ''])
  })

  test('TE that says anything but trailers is not sent', async () => {
    expect((await asked({ fields: ['TE', 'gzip'] })).fields).not.toContain('te')
  })

  test('octets above ASCII arrive as they are', async () => {
    expect((await asked({ fields: ['X-A', '\xe4\xff'] })).fields).toContain('\xe4\xff')
  })

  test('two values of a field that should have one are passed on', async () => {
    const { fields } = await asked({ fields: ['Content-Type', 'a/b', 'Content-Type', 'c/d'] })
    expect(fields.filter((name) => name === 'content-type')).toHaveLength(2)
  })

  const bodies = [
    { why: 'of a known length', body: () => new HandedBody(5).push('he').push('llo').end(), text: 'hello', length: '5' },
    { why: 'of unknown length', body: () => new HandedBody().push('hello').end(), text: 'hello', length: undefined },
    { why: 'that is empty', body: () => new HandedBody(0).end(), text: '', length: '0' },
    { why: 'of unknown length that is empty', body: () => new HandedBody().end(), text: '', length: undefined },
  ]
  for (const { why, body, text, length } of bodies) {
    test(`content ${why}`, async () => {
      const seen = await asked({ method: 'POST', body: body() })
      expect(seen.text).toBe(text)
      expect(seen.fields[seen.fields.indexOf('content-length') + 1] ?? undefined).toBe(length ?? seen.fields[0])
    })
  }

  test('trailers arrive behind the content, without those that may only stand in a head', async () => {
    const trailers = new Headers(['X-Sum', '5', 'X-Sum', '6', 'Content-Length', '9', 'Host', 'x'])
    const seen = await asked({ method: 'POST', body: new HandedBody().push('hello').end(trailers) })
    expect(seen).toMatchObject({ text: 'hello', trailers: { 'x-sum': '5, 6' } })
    expect(Object.keys(seen.trailers)).toEqual(['x-sum'])
  })

  const invalid = [
    { why: 'NUL in a value, which would begin another field', set: ['X-A', 'b\0x-admin\x001\0'] },
    { why: 'a line end in a value', set: ['X-A', 'b\r\nx: y'] },
    { why: 'a pseudo field', set: [':path', '/admin'] },
    { why: 'a name with a blank', set: ['X A', 'b'] },
    { why: 'a character that is no octet', set: ['X-A', 'Ā'] },
  ]
  for (const { why, set } of invalid) {
    test(`${why}: the request is not sent`, async () => {
      const prepare: Question['prepare'] = ({ request }) => request.headers.append(set[0] as string, set[1] as string)
      const response = await answered((stream) => stream.respond({ ':status': 200 }, { endStream: true }), { prepare })
      expect(response.outcome).toBe('GTW_INTERNAL')
    })
  }

  test('a path that would be another request is not sent', async () => {
    const response = await answered((stream) => stream.respond({ ':status': 200 }, { endStream: true }), { path: '/a b' })
    expect(response.outcome).toBe('GTW_INTERNAL')
  })
})

describe('what comes back', () => {
  test('status, fields with order and repeats, length and content', async () => {
    const response = await answered((stream) => {
      stream.respond({ ':status': 201, 'x-b': '1', 'set-cookie': ['a=1', 'b=2'], 'x-a': '2', 'content-length': '5' }, {})
      stream.end('hello')
    })
    expect(response.outcome).toBe(201)
    expect(response.headers.raw.slice(0, -2)).toEqual(['x-b', '1', 'set-cookie', 'a=1', 'set-cookie', 'b=2', 'x-a', '2'])
    expect(response.headers.contentLength).toBe(5)
    expect(response.text).toBe('hello')
    expect(response.starts).toBe(1)
  })

  test('informational responses come before', async () => {
    const response = await answered((stream) => {
      stream.additionalHeaders({ ':status': 102 })
      stream.additionalHeaders({ ':status': 103, link: '</a>; rel=preload' })
      stream.respond({ ':status': 200 }, { endStream: true })
    })
    expect(response.infos).toEqual([
      { status: 102, fields: [] },
      { status: 103, fields: ['link', '</a>; rel=preload'] },
    ])
    expect(response.outcome).toBe(200)
  })

  test('trailers come at the end, also without content and without those that may only stand in a head', async () => {
    const trailing = (text: string): Promise<{ trailers: Headers | undefined }> =>
      answered((stream) => {
        stream.respond({ ':status': 200 }, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'set-cookie': 'a=b' }))
        stream.end(text)
      })
    expect((await trailing('hello')).trailers?.raw).toEqual(['grpc-status', '0'])
    expect((await trailing('')).trailers?.raw).toEqual(['grpc-status', '0'])
  })

  test('a response of nothing but a head', async () => {
    const response = await answered((stream) => stream.respond({ ':status': 200, 'grpc-status': '5' }, { endStream: true }))
    expect(response.outcome).toBe(200)
    expect(response.headers.get('grpc-status')).toBe('5')
    expect(response.octets).toBe(0)
    // It is known at once that nothing follows.
    expect(response.headers.contentLength).toBe(0)
  })

  test('the length of what HEAD asks for is told, and nothing follows', async () => {
    const response = await answered((stream) => stream.respond({ ':status': 200, 'content-length': '500' }, { endStream: true }), {
      method: 'HEAD',
    })
    expect(response.headers.contentLength).toBe(500)
    expect(response).toMatchObject({ outcome: 200, octets: 0 })
  })

  test('both directions flow at the same time, chunk by chunk', async () => {
    await using server = await startHttp2Server((stream) => {
      stream.respond({ ':status': 200 })
      stream.pipe(stream)
    })
    await using servers = new OpenedServers()
    const body = new HandedBody()
    const response = send(servers.open(urlOf(server)), { method: 'POST', body })
    for (const text of ['one', 'two', 'three']) {
      const before = response.text
      body.push(text)
      await response.until((seen) => seen.text === before + text)
    }
    body.end()
    await response.untilOver()
    expect(response).toMatchObject({ outcome: 200, text: 'onetwothree' })
  })
})

describe('content that is announced', () => {
  test('waits for 100, which is not passed on', async () => {
    const body = new HandedBody(5).push('hello').end()
    const response = await answered(
      async (stream) => {
        expect(body.started).toBe(false)
        stream.additionalHeaders({ ':status': 100 })
        const { text } = await received(stream)
        stream.respond({ ':status': 200 })
        stream.end(text)
      },
      { method: 'POST', body, expectsContinue: true },
    )
    expect(response).toMatchObject({ outcome: 200, text: 'hello', infos: [] })
  })

  test('is sent after a second of silence', async () => {
    await using servers = new OpenedServers()
    await using server = await startHttp2Server(async (stream) => {
      servers.clock.advance(1_000)
      await received(stream)
      stream.respond({ ':status': 200 }, { endStream: true })
    })
    const body = new HandedBody(5).push('hello').end()
    const response = await send(servers.open(urlOf(server)), { method: 'POST', body, expectsContinue: true }).untilOver()
    expect(response.outcome).toBe(200)
  })

  test('is never asked for where the answer comes first', async () => {
    const body = new HandedBody(5).push('hello').end()
    const answer: OnStream = (stream) => stream.respond({ ':status': 417 }, { endStream: true })
    expect((await answered(answer, { method: 'POST', body, expectsContinue: true })).outcome).toBe(417)
    expect(body.started).toBe(false)
  })
})
