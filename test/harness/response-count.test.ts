import { expect, test } from 'vitest'
import { responsesIn } from './response-count.ts'

const cases = [
  { why: 'nothing has come', bytes: '', count: 0 },
  { why: 'the head is not complete', bytes: 'HTTP/1.1 204 No Content\r\n', count: 0 },
  { why: 'a head alone is a whole 204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n', count: 1 },
  { why: 'the body is not complete', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab', count: 0 },
  { why: 'two follow each other', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabHTTP/1.1 304 Not Modified\r\n\r\n', count: 2 },
  { why: '1xx is not final', bytes: 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', count: 1 },
  { why: '101 is final', bytes: 'HTTP/1.1 101 Switching Protocols\r\n\r\n', count: 1 },
  { why: 'chunks end with trailers', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nA: b\r\n\r\n', count: 1 },
  { why: 'chunks end without trailers', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', count: 1 },
  { why: 'chunks have not ended', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n', count: 0 },
  { why: 'only the close ends the body', bytes: 'HTTP/1.1 200 OK\r\n\r\nabc', count: 0 },
]

for (const { why, bytes, count } of cases) {
  test(`responses are counted: ${why}`, () => {
    expect(responsesIn(Buffer.from(bytes))).toBe(count)
  })
}
