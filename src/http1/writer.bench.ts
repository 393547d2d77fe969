import { test } from 'vitest'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { NO_BODY } from './framing.ts'
import { FIELD, isIn, TCHAR } from './octets.ts'
import { RequestParser } from './request-parser.ts'
import { requestHead } from './writer.ts'

const FIELDS = Array.from({ length: 14 }, (_, index) => `X-Some-Field-${index}: ${'value '.repeat(index)}end\r\n`)

/** Strings as a parser makes them: slices of one head. */
function parsedRequest(): RequestHead {
  let parsed = new RequestHead('GET', '/', new Headers())
  const parser = new RequestParser({ onRequestHead: (request) => (parsed = request), onRequestData() {}, onRequestEnd() {} })
  const head = Buffer.from(`GET /some/path?with=query HTTP/1.1\r\nHost: www.example.com\r\n${FIELDS.join('')}\r\n`)
  parser.execute(head, 0, head.length)
  return parsed
}

/** The other way to check: each string by its characters. */
function headOfCheckedStrings({ method, target, headers: { raw } }: RequestHead): string {
  let text = `${method} ${target} HTTP/1.1\r\n`
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    const value = raw[index + 1] as string
    if (!isMadeOf(name, TCHAR) || !isMadeOf(value, FIELD)) return ''
    text += `${name}: ${value}\r\n`
  }
  return `${text}\r\n`
}

function isMadeOf(text: string, octetClass: number): boolean {
  for (let at = 0; at < text.length; at++) if (!isIn(text.charCodeAt(at), octetClass)) return false
  return true
}

test('a request head of 14 fields, written', async ({ bench }) => {
  const requests = Array.from({ length: 64 }, parsedRequest)
  const output = Buffer.alloc(8_192)
  let turn = 0
  const next = () => requests[turn++ % requests.length] as RequestHead
  await bench.compare(
    bench('octets checked', () => {
      output.write(requestHead(next(), NO_BODY, 'keep-alive', 'origin.example') as string, 'latin1')
    }),
    bench('strings checked', () => {
      output.write(headOfCheckedStrings(next()), 'latin1')
    }),
  )
})
