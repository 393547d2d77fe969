import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, type OutgoingHttpHeaders } from 'node:http2'
import { expect, test } from 'vitest'
import { startDataPlane } from '../../test/harness/data-plane.ts'
import { answerOf, inFrontOf, send, startOrigin } from '../../test/harness/http2-client.ts'
import { connectFrames, END_HEADERS, FRAME, fieldBlock, fieldsOf, frame, uint32 } from '../../test/harness/http2-frames.ts'
import { startRawOrigin } from '../../test/harness/peer.ts'
import { Clock } from '../runtime/clock.ts'

/** Answers with what arrived. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await request.toArray()).toString()
  const { method, url, rawHeaders, rawTrailers } = request
  response.end(JSON.stringify({ method, url, fields: rawHeaders, body, trailers: rawTrailers }))
}

const pairsOf = (fields: readonly string[]): string[] =>
  fields.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${fields[index + 1]}`] : []))

const framings = [
  { why: 'no content', headers: {}, body: undefined, seen: [] },
  { why: 'a length of nothing', headers: { ':method': 'POST', 'content-length': '0' }, body: undefined, seen: ['Content-Length: 0'] },
  { why: 'a length', headers: { ':method': 'POST', 'content-length': '5' }, body: 'hello', seen: ['Content-Length: 5'] },
  { why: 'no length', headers: { ':method': 'POST' }, body: 'hello', seen: ['Transfer-Encoding: chunked'] },
]

for (const { why, headers, body, seen } of framings) {
  test(`a request with ${why} is framed anew for the server`, async () => {
    await using origin = await startOrigin(echo)
    await using client = await inFrontOf(origin)
    const arrived = JSON.parse((await send(client.session, { ':path': '/a?b=1', ...headers }, body)).text)
    expect(arrived).toMatchObject({ url: '/a?b=1', body: body ?? '' })
    expect(pairsOf(arrived.fields).filter((field) => /^(content-length|transfer-encoding)/i.test(field))).toEqual(seen)
  })
}

test('a request arrives with one Host, its crumbs of cookies joined, and who asked', async () => {
  await using origin = await startOrigin(echo)
  await using client = await inFrontOf(origin)
  const headers = { ':authority': 'app.test:81', cookie: ['a=1', 'b=2'], te: 'trailers', 'x-one': ['1', '2'] }
  const { fields } = JSON.parse((await send(client.session, headers)).text)
  const pairs = pairsOf(fields)
  expect(pairs.filter((field) => /^(host|cookie|te|x-one)/i.test(field))).toEqual([
    'Host: app.test:81',
    'x-one: 1',
    'x-one: 2',
    'cookie: a=1; b=2',
    'TE: trailers',
  ])
  expect(pairs).toEqual(expect.arrayContaining(['X-Forwarded-Host: app.test:81', 'X-Forwarded-Proto: http', 'X-Forwarded-For: 127.0.0.1']))
})

test('trailers pass both ways, without those that only a head may hold', async () => {
  await using origin = await startOrigin(async (request, response) => {
    await request.toArray()
    response.writeHead(200, { Trailer: 'X-Sum' })
    response.write(JSON.stringify(request.rawTrailers))
    response.addTrailers({ 'X-Sum': '7', 'Set-Cookie': 'a=1' })
    response.end()
  })
  await using client = await inFrontOf(origin)
  const stream = client.session.request({ ':method': 'POST' }, { endStream: false, waitForTrailers: true } as never)
  stream.once('wantTrailers', () => stream.sendTrailers({ 'x-in': '1', authorization: 'x' }))
  stream.end('content')
  const { text, trailers } = await answerOf(stream)
  expect(JSON.parse(text)).toEqual(['x-in', '1'])
  expect(Object.entries(trailers)).toEqual([['x-sum', '7']])
})

test('interim responses are passed on', async () => {
  await using origin = await startOrigin((_request, response) => {
    response.writeEarlyHints({ link: ['</a.css>; rel=preload', '</b.css>; rel=preload'] })
    response.end('ok')
  })
  await using client = await inFrontOf(origin)
  const stream = client.session.request({})
  const [[hints], { text }] = await Promise.all([once(stream, 'headers'), answerOf(stream)])
  expect(hints).toMatchObject({ ':status': 103, link: '</a.css>; rel=preload, </b.css>; rel=preload' })
  expect(text).toBe('ok')
})

test('a client that waits for 100 is told to go on when the server wants the content', async () => {
  await using origin = await startOrigin(echo)
  await using client = await inFrontOf(origin)
  const stream = client.session.request({ ':method': 'PUT', expect: '100-continue' }, { endStream: false })
  stream.once('continue', () => stream.end('late'))
  expect(JSON.parse((await answerOf(stream)).text)).toMatchObject({ body: 'late' })
})

test('content streams through: the first part is there before the second is made, either way', async () => {
  await using origin = await startOrigin((request, response) => {
    response.writeHead(200)
    request.on('data', (chunk) => response.write(chunk))
    request.on('end', () => response.end('.'))
  })
  await using client = await inFrontOf(origin)
  const stream = client.session.request({ ':method': 'POST' }, { endStream: false })
  for (const part of ['one', 'two']) {
    stream.write(part)
    const [chunk] = await once(stream, 'data')
    expect(String(chunk)).toBe(part)
  }
  stream.end()
  expect(Buffer.concat(await stream.toArray()).toString()).toBe('.')
})

test('much content passes whole both ways, in many streams at a time', async () => {
  const size = 1_000_000
  await using origin = await startOrigin((request, response) => {
    response.writeHead(200)
    request.pipe(response)
  })
  await using client = await inFrontOf(origin)
  const sent = Buffer.alloc(size, 'abcdefghij')
  const answers = await Promise.all([1, 2, 3, 4].map(() => send(client.session, { ':method': 'POST' }, sent.toString())))
  for (const { text } of answers) expect(text.length === size && text === sent.toString()).toBe(true)
})

for (const status of [204, 304]) {
  test(`a response ${status} has no content, whatever it declares`, async () => {
    await using origin = await startOrigin((_request, response) => response.writeHead(status, { etag: '"1"' }).end())
    await using client = await inFrontOf(origin)
    const { headers, text } = await send(client.session, {})
    expect([headers[':status'], headers.etag, text]).toEqual([status, '"1"', ''])
  })
}

test('a response to HEAD keeps the length that it declares', async () => {
  await using origin = await startOrigin((_request, response) => response.writeHead(200, { 'Content-Length': '5' }).end())
  await using client = await inFrontOf(origin)
  const { headers, text } = await send(client.session, { ':method': 'HEAD' })
  expect([headers[':status'], headers['content-length'], text]).toEqual([200, '5', ''])
})

test('fields of the connection with the server stay there, and a field that comes twice comes twice', async () => {
  await using origin = await startOrigin((_request, response) => {
    const fields = [
      'Connection',
      'close, X-Hop',
      'X-Hop',
      '1',
      'Keep-Alive',
      'x',
      'Upgrade',
      'h2c',
      'Age',
      '1',
      'Age',
      '2',
      'Set-Cookie',
      'a',
      'Set-Cookie',
      'b',
    ]
    response.writeHead(200, fields).end('ok')
  })
  await using client = await inFrontOf(origin)
  const { headers } = await send(client.session, {})
  expect(Object.keys(headers).sort()).toEqual([':status', 'age', 'content-length', 'date', 'set-cookie'].filter((name) => name in headers))
  expect(headers['set-cookie']).toEqual(['a', 'b'])
})

const refusals: readonly { why: string; headers: OutgoingHttpHeaders; status: number; body?: string }[] = [
  { why: 'another host than the authority', headers: { ':authority': 'a.test', host: 'b.test' }, status: 400 },
  { why: 'an authority that is none', headers: { ':authority': 'a,b' }, status: 400 },
  { why: 'another scheme', headers: { ':scheme': 'ftp' }, status: 400 },
  { why: 'a method that shows what the gateway adds', headers: { ':method': 'TRACE' }, status: 405 },
  { why: 'an expectation that nobody knows', headers: { expect: 'gold' }, status: 417 },
  { why: 'too long a path', headers: { ':path': `/${'a'.repeat(20_000)}` }, status: 414 },
  { why: 'a broken escape in the path', headers: { ':path': '/%zz' }, status: 400 },
  { why: 'a host that no router knows', headers: { ':authority': 'b.test' }, status: 404 },
]

for (const { why, headers, status } of refusals) {
  test(`${why} is answered ${status}, and the session goes on`, async () => {
    await using origin = await startOrigin(echo)
    const dynamic = `
http:
  routers: { a: { rule: 'Host(\`a.test\`)', service: app } }
  services: { app: { loadBalancer: { servers: [{ url: '${origin.url}' }] } } }`
    await using client = await inFrontOf(origin, { dynamic })
    expect((await send(client.session, { ':authority': 'a.test', ...headers })).headers[':status']).toBe(status)
    expect((await send(client.session, { ':authority': 'a.test' })).headers[':status']).toBe(200)
  })
}

test('CONNECT is answered 501', async () => {
  await using origin = await startOrigin(echo)
  await using client = await inFrontOf(origin)
  const stream = client.session.request({ ':method': 'CONNECT', ':authority': 'a.test:443' })
  const [headers] = await once(stream, 'response')
  expect(headers[':status']).toBe(501)
})

test('OPTIONS of the asterisk is answered by the gateway', async () => {
  await using origin = await startOrigin(echo)
  await using client = await inFrontOf(origin)
  expect(await send(client.session, { ':method': 'OPTIONS', ':path': '*' })).toMatchObject({ headers: { ':status': 200 }, text: '' })
})

test('an answer that comes early is given whole, and the client is told to stop', async () => {
  await using origin = await startRawOrigin((peer) => {
    if (peer.text.includes('\r\n\r\n') && !peer.text.includes('answered'))
      peer.send('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!')
  })
  await using client = await inFrontOf(origin)
  const stream = client.session.request({ ':method': 'POST' }, { endStream: false })
  stream.write('some')
  const answer = answerOf(stream)
  const closed = once(stream, 'close')
  expect(await answer).toMatchObject({ headers: { ':status': 413 }, text: 'no!' })
  await closed
  expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR)
})

test('content that is cut short never looks complete to the server', async () => {
  await using origin = await startRawOrigin()
  await using plane = await startDataPlane({ urls: [origin.url] }, new Clock())
  await using client = await connectFrames(plane.port)
  client.send(frame(FRAME.headers, END_HEADERS, 1, fieldBlock(fieldsOf('/', 'POST'))))
  client.send(frame(FRAME.data, 0, 1, Buffer.from('some')))
  await origin.until(([peer]) => peer?.text.includes('some'))
  client.send(frame(FRAME.reset, 0, 1, uint32(constants.NGHTTP2_CANCEL)))
  await origin.until(([peer]) => peer?.end !== 'open')
  expect(origin.peers[0]?.text).not.toContain('\r\n0\r\n')
})

test('a client that gives up ends the work of the server', async () => {
  await using origin = await startRawOrigin()
  await using client = await inFrontOf(origin)
  const stream = client.session.request({})
  stream.on('error', () => {})
  await origin.until(([peer]) => peer?.text.includes('\r\n\r\n'))
  stream.close(constants.NGHTTP2_CANCEL)
  await origin.until(([peer]) => peer?.end !== 'open')
})

test('a response that is cut short is a reset, never an end', async () => {
  await using origin = await startRawOrigin((peer) => {
    if (peer.text.endsWith('\r\n\r\n')) {
      peer.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
      peer.finish()
    }
  })
  await using client = await inFrontOf(origin)
  const stream = client.session.request({})
  const error = new Promise<Error>((resolve) => stream.once('error', resolve))
  stream.resume()
  expect(String(await error)).toContain('NGHTTP2_INTERNAL_ERROR')
})

test('a server that cannot be reached is 502', async () => {
  await using client = await inFrontOf({ url: 'http://127.0.0.1:1' })
  expect((await send(client.session, {})).headers[':status']).toBe(502)
})

test('a gateway that stops lets streams finish and takes no new ones', async () => {
  const released = Promise.withResolvers<void>()
  await using origin = await startOrigin(async (_request, response) => {
    response.write('first')
    await released.promise
    response.end('last')
  })
  await using client = await inFrontOf(origin, { entryPoint: { transport: { lifeCycle: { graceTimeOut: '5s' } } } })
  const stream = client.session.request({})
  const answer = answerOf(stream)
  await once(stream, 'response')
  const goaway = once(client.session, 'goaway')
  const drained = client.plane.drain()
  expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
  released.resolve()
  expect((await answer).text).toBe('firstlast')
  expect(await drained).toBe(0)
})
