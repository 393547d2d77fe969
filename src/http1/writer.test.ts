import { expect, test } from 'vitest'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { type BodyFraming, CHUNKED, NO_BODY, TUNNEL, UNTIL_CLOSE } from './framing.ts'
import { chunkSizeLine, infoHead, LAST_CHUNK, requestHead, responseHead, trailerSection } from './writer.ts'

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'

function lines(head: string | GatewayError): string[] {
  if (typeof head !== 'string') throw head
  expect(head.endsWith('\r\n\r\n')).toBe(true)
  return head.slice(0, -4).split('\r\n')
}

function request(raw: string[] = [], target = '/a?b', isRead = false): RequestHead {
  const [path, query] = target.split('?') as [string, string | undefined]
  const made = new RequestHead('POST', path, new Headers(raw, isRead))
  made.query = query
  return made
}

function withLength(length: number, raw: string[] = []): Headers {
  const headers = new Headers(raw)
  headers.contentLength = length
  return headers
}

const requests: { why: string; raw?: string[]; framing?: BodyFraming; connection?: 'close' | 'upgrade'; written: string[] }[] = [
  { why: 'a request without content says nothing of it', written: [] },
  { why: 'content has a length', framing: 0, written: ['Content-Length: 0'] },
  { why: 'content is chunked', framing: CHUNKED, written: ['Transfer-Encoding: chunked'] },
  { why: 'fields keep order, spelling and repeats', raw: ['b', '1', 'A', '', 'b', '\xe9'], written: ['b: 1', 'A: ', 'b: \xe9'] },
  {
    why: 'a host, a length or a connection in the list is left out',
    raw: ['HOST', 'x', 'content-length', '5', 'Transfer-Encoding', 'chunked', 'CONNECTION', 'x', 'upgrade', 'h2c', 'Te', 'trailers'],
    written: ['Te: trailers'],
  },
  { why: 'a connection that is not kept says so', connection: 'close', written: ['Connection: close'] },
  { why: 'an upgrade is asked for', connection: 'upgrade', written: ['Connection: Upgrade', 'Upgrade: websocket'] },
]

for (const { why, raw, framing = NO_BODY, connection = 'keep-alive', written } of requests) {
  test(`request: ${why}`, () => {
    const sent = request(raw)
    sent.upgrade = 'websocket'
    expect(lines(requestHead(sent, framing, connection, 'origin:81'))).toEqual(['POST /a?b HTTP/1.1', 'Host: origin:81', ...written])
  })
}

const refused: { why: string; raw?: string[]; target?: string; method?: string; host?: string; upgrade?: string }[] = [
  { why: 'CRLF in a value', raw: ['A', 'b\r\nC: d'] },
  { why: 'LF in a value', raw: ['A', 'b\nc'] },
  { why: 'CR in a value', raw: ['A', 'b\rc'] },
  { why: 'NUL in a value', raw: ['A', 'b\0c'] },
  { why: 'characters that would leave as CRLF', raw: ['A', 'b\u010d\u010aC: d'] },
  { why: 'the end of the head in a value', raw: ['A', 'b\r\n\r\nGET / HTTP/1.1'] },
  { why: 'CRLF in a name', raw: ['A\r\nB', 'c'] },
  { why: 'a colon in a name', raw: ['Transfer-Encoding: chunked, A', 'b'] },
  { why: 'a space in a name', raw: ['Transfer-Encoding ', 'chunked'] },
  { why: 'no name', raw: ['', 'b'] },
  { why: 'CRLF in the host', host: 'a\r\nB: c' },
  { why: 'CRLF in the protocol', upgrade: 'a\r\nB: c' },
  { why: 'CRLF in the target', target: '/ HTTP/1.1\r\nA: b' },
  { why: 'a space in the target', target: '/a b' },
  { why: 'a fragment in the target', target: '/a#b' },
  { why: 'no target', target: '' },
  { why: 'a target that leaves as another', target: '/\u0120' },
  { why: 'a space in the method', method: 'GET /x' },
  { why: 'no method', method: '' },
]

for (const { why, raw, target, method = 'GET', host = 'a', upgrade = 'foo' } of refused) {
  test(`request: ${why} is not written`, () => {
    const sent = request(raw, target)
    sent.method = method
    sent.upgrade = upgrade
    expect(requestHead(sent, NO_BODY, 'upgrade', host)).toBeInstanceOf(GatewayError)
  })

  // What is no field can have been changed although the fields are as they were read.
  if (raw !== undefined) continue
  test(`request: ${why} is not written with fields that a parser has read either`, () => {
    const sent = request([], target, true)
    sent.method = method
    sent.upgrade = upgrade
    expect(requestHead(sent, NO_BODY, 'upgrade', host)).toBeInstanceOf(GatewayError)
  })
}

const responses: {
  why: string
  status?: number
  headers?: Headers
  framing: BodyFraming
  minor?: 0
  keepAlive?: false
  written: string[]
}[] = [
  { why: 'content has a length', framing: 5, headers: withLength(5), written: ['Content-Length: 5'] },
  { why: 'content is chunked', framing: CHUNKED, written: ['Transfer-Encoding: chunked'] },
  { why: 'content that ends with the connection closes it', framing: UNTIL_CLOSE, written: ['Connection: close'] },
  { why: 'the last answer says so', framing: 0, keepAlive: false, written: ['Content-Length: 0', 'Connection: close'] },
  { why: 'HTTP/1.0 is told that the connection stays', framing: 0, minor: 0, written: ['Content-Length: 0', 'Connection: keep-alive'] },
  { why: 'HTTP/1.0 gets no chunks', framing: CHUNKED, minor: 0, written: ['Connection: close'] },
  { why: 'the answer to HEAD relays a length', framing: NO_BODY, headers: withLength(7), written: ['Content-Length: 7'] },
  { why: 'the answer to HEAD relays no length where there is none', framing: NO_BODY, written: [] },
  { why: '304 relays a length', status: 304, framing: NO_BODY, headers: withLength(7), written: ['Content-Length: 7'] },
  { why: '204 has no length', status: 204, framing: 0, headers: withLength(0), written: [] },
  {
    why: 'a length or a connection in the list is left out',
    framing: 1,
    headers: new Headers(['Content-Length', '9', 'transfer-encoding', 'x', 'Connection', 'x', 'Upgrade', 'h2']),
    written: ['Content-Length: 1'],
  },
]

for (const { why, status = 200, headers = new Headers(), framing, minor = 1, keepAlive = true, written } of responses) {
  test(`response: ${why}`, () => {
    const [first, ...rest] = lines(responseHead(status, headers, framing, { minor, keepAlive, date: DATE }))
    expect(first).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [A-Z]`))
    expect(rest).toEqual([`Date: ${DATE}`, ...written])
  })
}

test('response: its own Date stays', () => {
  const head = responseHead(200, new Headers(['A', 'b', 'date', 'then', 'Set-Cookie', 'c']), 0, { minor: 1, keepAlive: true, date: DATE })
  expect(lines(head)).toEqual(['HTTP/1.1 200 OK', 'A: b', 'date: then', 'Set-Cookie: c', 'Content-Length: 0'])
})

test('response: an unknown code has no reason, but its space', () => {
  const head = responseHead(599, new Headers(), 0, { minor: 1, keepAlive: true, date: DATE })
  expect(lines(head)[0]).toBe('HTTP/1.1 599 ')
})

test('response: a tunnel starts with 101 and the protocol of the list', () => {
  const headers = new Headers(['Connection', 'Upgrade', 'Upgrade', 'foo', 'A', 'b'])
  const head = responseHead(101, headers, TUNNEL, { minor: 1, keepAlive: true, date: DATE })
  expect(lines(head)).toEqual(['HTTP/1.1 101 Switching Protocols', 'Upgrade: foo', 'A: b', 'Connection: Upgrade'])
})

for (const [statusCode, framing] of [
  [0, 0],
  [99, 0],
  [100, 0],
  [101, 0],
  [200, TUNNEL],
  [600, 0],
  [200.5, 0],
  [Number.NaN, 0],
] as const) {
  test(`response: the code ${statusCode} with framing ${framing} is not written`, () => {
    expect(responseHead(statusCode, new Headers(), framing, { minor: 1, keepAlive: true, date: DATE })).toMatchObject({ status: 502 })
  })
}

test('response: a value that would split it is not written', () => {
  const options = { minor: 1, keepAlive: true, date: DATE } as const
  expect(responseHead(200, new Headers(['Location', '/\r\nSet-Cookie: a']), 0, options)).toMatchObject({ status: 502 })
  expect(responseHead(200, new Headers(['A', `${'b'.repeat(70_000)}\r\n`]), 0, options)).toMatchObject({ status: 502 })
  expect(lines(responseHead(200, new Headers(['A', 'b'.repeat(70_000)]), 0, options))[1]).toHaveLength(70_003)
})

test('informational heads frame nothing', () => {
  expect(lines(infoHead(103, withLength(5, ['Link', 'a', 'Connection', 'close', 'Content-Length', '5'])))).toEqual([
    'HTTP/1.1 103 Early Hints',
    'Link: a',
  ])
  expect(lines(infoHead(100, new Headers()))).toEqual(['HTTP/1.1 100 Continue'])
  for (const statusCode of [101, 200, 99]) expect(infoHead(statusCode, new Headers())).toBeInstanceOf(GatewayError)
  expect(infoHead(103, new Headers(['Link', 'a\nb']))).toBeInstanceOf(GatewayError)
})

test('chunks have hexadecimal sizes, the last of them is empty', () => {
  expect(chunkSizeLine(1)).toBe('1\r\n')
  expect(chunkSizeLine(65_535)).toBe('ffff\r\n')
  expect(LAST_CHUNK).toBe('0\r\n\r\n')
})

test('trailers that may not be there, or would split the message, are left out', () => {
  const trailers = new Headers([
    'Grpc-Status',
    '0',
    'Content-Length',
    '5',
    'A',
    'b\r\nc',
    'x-forwarded-for',
    'a',
    'B:',
    'c',
    'Server-Timing',
    '',
  ])
  expect(trailerSection(trailers)).toBe('0\r\nGrpc-Status: 0\r\nServer-Timing: \r\n\r\n')
  expect(trailerSection(new Headers())).toBe(LAST_CHUNK)
})
