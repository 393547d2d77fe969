import { expect, test } from 'vitest'
import { ResponseParser } from './response-parser.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

function setUp(onEnd?: (parser: ResponseParser) => void) {
  const log: string[] = []
  const parser: ResponseParser = new ResponseParser({
    onResponseInfo: (statusCode) => log.push(`info ${statusCode}`),
    onResponseHead: (statusCode, headers, framing) =>
      log.push(`head ${statusCode} ${framing} ${headers.contentLength} ${parser.keepAlive}`),
    onResponseData: (chunk) => log.push(`data ${chunk}`),
    onResponseEnd: (trailers) => {
      log.push(`end ${trailers?.raw ?? ''}`)
      onEnd?.(parser)
    },
  })
  const execute = (text: string) => parser.execute(Buffer.from(text), 0, text.length)
  return { parser, log, execute }
}

test('one parser reads one response after the other', () => {
  const { parser, log, execute } = setUp()
  for (const text of [OK, OK]) {
    parser.reset('GET', undefined)
    expect(execute(text)).toBe(text.length)
  }
  expect(log).toEqual(['head 200 2 2 true', 'data ok', 'end ', 'head 200 2 2 true', 'data ok', 'end '])
})

test('what nobody asked for is not taken', () => {
  const { parser, log, execute } = setUp()
  expect(execute(OK)).toBe(0)
  parser.reset('GET', undefined)
  expect(execute(OK + OK)).toBe(OK.length)
  expect(execute(OK)).toBe(0)
  expect(parser.error).toBeUndefined()
  expect(log).toHaveLength(3)
})

test('the request decides whether there is content', () => {
  const { parser, log, execute } = setUp()
  parser.reset('HEAD', undefined)
  execute('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')
  parser.reset('GET', undefined)
  execute(OK)
  expect(log).toEqual(['head 200 -2 2 true', 'end ', 'head 200 2 2 true', 'data ok', 'end '])
})

test('an upgrade is for one request', () => {
  const { parser, execute } = setUp()
  parser.reset('GET', 'foo')
  execute(OK)
  parser.reset('GET', undefined)
  execute('HTTP/1.1 101 X\r\nUpgrade: foo\r\n\r\n')
  expect(parser.error?.code).toBe('GTW_UPSTREAM_INVALID')
})

test('the end of the connection completes only content that ends with it', () => {
  const { parser, log, execute } = setUp()
  parser.reset('GET', undefined)
  execute('HTTP/1.1 200 OK\r\n\r\nhi')
  expect(parser.finish()).toBeUndefined()
  expect(log).toEqual(['head 200 -3 -1 false', 'data hi', 'end '])
  expect(parser.finish()).toBeUndefined()
  parser.reset('GET', undefined)
  expect(parser.finish()?.code).toBe('GTW_UPSTREAM_CLOSED')
})

test('the first error is final, whatever is asked next', () => {
  const { parser, log, execute } = setUp()
  parser.reset('GET', undefined)
  execute('HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n')
  const { error } = parser
  expect(error).toMatchObject({ code: 'GTW_UPSTREAM_INVALID', status: 502 })
  parser.reset('GET', undefined)
  expect(execute(OK)).toBe(0)
  expect(parser.error).toBe(error)
  expect(parser.keepAlive).toBe(false)
  expect(log).toEqual([])
})

test('a connection on which content went wrong is not kept', () => {
  const { parser, log, execute } = setUp()
  parser.reset('GET', undefined)
  execute('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx')
  expect(log).toEqual(['head 200 -1 -1 true'])
  expect(parser.keepAlive).toBe(false)
})

test('it is known whether the server had begun to answer', () => {
  const { parser, execute } = setUp()
  parser.reset('GET', undefined)
  execute(OK)
  parser.reset('GET', undefined)
  expect(parser.finish()?.message).toContain('before it answered')
})

test('what stands behind a response is not the next one, even where the next one is expected by then', () => {
  for (const first of [OK, 'HTTP/1.1 204 X\r\n\r\n']) {
    const { parser, log, execute } = setUp((again) => again.reset('GET', undefined))
    parser.reset('GET', undefined)
    expect(execute(first + OK)).toBe(first.length)
    expect(log.filter((line) => line.startsWith('end'))).toHaveLength(1)
  }
})
