import { expect, test } from 'vitest'
import type { RequestHead } from '../http/request.ts'
import { REQUEST_LIMITS } from './limits.ts'
import { RequestParser, type RequestParserEvents } from './request-parser.ts'

const GET = 'GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n'

function setUp(events: Partial<RequestParserEvents> = {}) {
  const heads: RequestHead[] = []
  const parser = new RequestParser(
    { onRequestHead: (request) => heads.push(request), onRequestData() {}, onRequestEnd() {}, ...events },
    { ...REQUEST_LIMITS, maxHeadBytes: 64, maxTargetBytes: 16, maxFields: 2, maxFieldNameBytes: 14 },
  )
  const execute = (text: string) => parser.execute(Buffer.from(text, 'latin1'), 0, text.length)
  return { parser, heads, execute }
}

test('a path and a query are apart, and make the target again', () => {
  const { heads, execute } = setUp()
  execute(GET)
  expect(heads[0]).toMatchObject({ path: '/a', query: 'b=c', target: '/a?b=c', host: 'a', versionMinor: 1, body: undefined })
})

test('a pipelined request stays until the next call', () => {
  const { parser, heads } = setUp()
  const two = Buffer.from(GET + GET)
  expect(parser.execute(two, 0, two.length)).toBe(GET.length)
  expect(heads).toHaveLength(1)
  expect(parser.execute(two, GET.length, two.length)).toBe(two.length)
  expect(heads).toHaveLength(2)
})

test('octets outside the given range are neither looked at nor taken', () => {
  const { parser, heads } = setUp()
  const surrounded = Buffer.from(`\r\n\r\n${GET}\0\0`)
  expect(parser.execute(surrounded, 4, 4 + 10)).toBe(14)
  expect(parser.execute(surrounded, 14, 4 + GET.length)).toBe(4 + GET.length)
  expect(heads).toHaveLength(1)
})

test('the declared length goes with the fields, the one of no octets too', () => {
  const { heads, execute } = setUp()
  execute('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
  execute(GET)
  expect(heads.map(({ headers }) => [headers.contentLength, headers.has('content-length')])).toEqual([
    [0, false],
    [-1, false],
  ])
})

test('content is told as a view of the input', () => {
  const seen: Buffer[] = []
  const { parser } = setUp({ onRequestData: (chunk) => seen.push(chunk) })
  const input = Buffer.from('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi')
  parser.execute(input, 0, input.length)
  expect(seen.map((chunk) => [chunk.buffer === input.buffer, chunk.toString()])).toEqual([[true, 'hi']])
})

test('the end of a request may lead to the next one', () => {
  const { parser, heads } = setUp({
    onRequestEnd: () => {
      if (heads.length < 3) parser.execute(Buffer.from(GET), 0, GET.length)
    },
  })
  const two = Buffer.from(GET + GET)
  expect(parser.execute(two, 0, two.length)).toBe(GET.length)
  expect(heads).toHaveLength(3)
})

test('what is being read is known at every step', () => {
  const { parser, execute } = setUp()
  const steps = ['', '\r', '\nPUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r', '\nh', 'i', '\r\n', '\x01']
  const states = steps.map((step) => {
    execute(step)
    return [parser.reading, parser.idle]
  })
  expect(states).toEqual([
    ['idle', true],
    ['head', false],
    ['head', false],
    ['body', false],
    ['idle', true],
    ['idle', true],
    ['failed', false],
  ])
})

test('the end of the connection is an error only inside a message', () => {
  const idle = setUp()
  idle.execute(GET)
  expect(idle.parser.finish()).toBeUndefined()
  const inside = setUp()
  inside.execute('GET')
  expect(inside.parser.finish()).toMatchObject({ code: 'GTW_REQUEST_INCOMPLETE', status: 400 })
})

test('the first error is final', () => {
  const { parser, heads, execute } = setUp()
  expect(execute('GET\0')).toBe(3)
  const { error } = parser
  expect(execute(GET)).toBe(0)
  expect(parser.finish()).toBe(error)
  expect(error).toMatchObject({ code: 'GTW_METHOD_INVALID' })
  expect(heads).toEqual([])
})

const limits = [
  { what: 'a target', text: 'GET /234567890123456' },
  { what: 'a longer target', text: 'GET /2345678901234567', code: 'GTW_TARGET_TOO_LONG' },
  { what: 'a head', text: `GET / HTTP/1.1\r\nHost: a\r\nA: ${'b'.repeat(32)}\r\n\r\n` },
  { what: 'a longer head', text: `GET / HTTP/1.1\r\nHost: a\r\nA: ${'b'.repeat(33)}\r\n\r`, code: 'GTW_HEAD_TOO_LARGE' },
  { what: 'fields', text: 'GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n' },
  { what: 'more fields', text: 'GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nC', code: 'GTW_HEAD_TOO_LARGE' },
  { what: 'a field name', text: 'GET / HTTP/1.1\r\n12345678901234' },
  { what: 'a longer field name', text: 'GET / HTTP/1.1\r\n123456789012345', code: 'GTW_HEAD_TOO_LARGE' },
]

for (const { what, text, code } of limits) {
  test(`${what} of ${code === undefined ? 'the size that is allowed is read' : 'more than that is refused at once'}`, () => {
    const { parser, execute } = setUp()
    execute(text)
    expect(parser.error?.code).toBe(code)
  })
}

test('the limit of the head counts for each request anew', () => {
  const { parser, heads, execute } = setUp()
  for (let count = 0; count < 5; count++) execute(GET)
  expect(parser.error).toBeUndefined()
  expect(heads).toHaveLength(5)
})
