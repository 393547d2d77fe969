import { expect, test } from 'vitest'
import { Headers } from './headers.ts'
import { removeHopByHop, removeResponseHopByHop } from './hop-by-hop.ts'
import { RequestHead } from './request.ts'

const NOTHING: ReadonlySet<string> = new Set()

/** Fields as one string each, `name: value`. */
function headersOf(lines: readonly string[]): Headers {
  return new Headers(lines.flatMap((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]))
}

function linesOf({ raw }: Headers): string[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${raw[index + 1]}`] : []))
}

const cases = [
  {
    why: 'the fields of the connection itself go, the others keep order and spelling',
    fields: [
      'hOST: a',
      'Connection: keep-alive',
      'KEEP-ALIVE: 5',
      'X-A: 1',
      'Proxy-Connection: x',
      'Proxy-Authenticate: x',
      'Proxy-Authorization: x',
      'TE: gzip',
      'Trailer: x',
      'Transfer-Encoding: chunked',
      'Upgrade: h2c',
      'HTTP2-Settings: x',
      'x-a: 2',
    ],
    left: ['hOST: a', 'X-A: 1', 'x-a: 2'],
  },
  {
    why: 'nominated fields go, wherever they stand',
    fields: ['X-A: 1', 'Connection: x-a , close,X-B', 'x-b: 2', 'X-C: 3'],
    left: ['X-C: 3'],
  },
  { why: 'several Connection lines are one list', fields: ['Connection: close', 'X-A: 1', 'Connection: x-a'], left: [] },
  {
    why: 'host, length and forwarding fields cannot be nominated',
    fields: [
      'Connection: host, content-length, X-Forwarded-For, x-real-ip, Forwarded',
      'Host: a',
      'X-Forwarded-For: 1.1.1.1',
      'X-Real-Ip: 1.1.1.1',
      'Forwarded: for=x',
    ],
    left: ['Host: a', 'X-Forwarded-For: 1.1.1.1', 'X-Real-Ip: 1.1.1.1', 'Forwarded: for=x'],
  },
  { why: 'an alias of a forwarding field can be nominated', fields: ['Connection: x_real_ip', 'X_Real_Ip: 1.1.1.1'], left: [] },
  {
    why: 'a kept field cannot be nominated',
    fields: ['Connection: authorization', 'Authorization: x'],
    keep: ['authorization'],
    left: ['Authorization: x'],
  },
  {
    why: 'aliases with an underscore are plain fields',
    fields: ['Transfer_Encoding: x', 'Keep_Alive: x'],
    left: ['Transfer_Encoding: x', 'Keep_Alive: x'],
  },
  { why: 'empty members nominate nothing', fields: ['Connection: ,, ,', 'X-A: 1'], left: ['X-A: 1'] },
]

for (const { why, fields, keep, left } of cases) {
  test(`request: ${why}`, () => {
    const request = new RequestHead('GET', '/', headersOf(fields))
    removeHopByHop(request, new Set(keep))
    expect(linesOf(request.headers)).toEqual(left)
  })
}

test('TE: trailers is written again for a client that accepts trailers', () => {
  const request = new RequestHead('GET', '/', headersOf(['TE: gzip, trailers', 'Connection: te', 'X-A: 1']))
  request.acceptsTrailers = true
  removeHopByHop(request, NOTHING)
  expect(linesOf(request.headers)).toEqual(['X-A: 1', 'TE: trailers'])
})

test('only the first 64 members of a Connection list are looked at', () => {
  const names = Array.from({ length: 65 }, (_, index) => `x-${index}`)
  const request = new RequestHead('GET', '/', headersOf([`Connection: ${names.join(',')}`, 'X-63: 1', 'X-64: 1']))
  removeHopByHop(request, NOTHING)
  expect(linesOf(request.headers)).toEqual(['X-64: 1'])
})

test('response: connection fields and nominated ones go, announced trailers and repeated cookies stay', () => {
  const headers = headersOf([
    'Connection: x-a',
    'Upgrade: x',
    'Keep-Alive: 5',
    'Set-Cookie: a=1',
    'X-A: 1',
    'Trailer: X-T',
    'Set-Cookie: a=1',
    'Transfer-Encoding: chunked',
  ])
  removeResponseHopByHop(headers)
  expect(linesOf(headers)).toEqual(['Set-Cookie: a=1', 'Trailer: X-T', 'Set-Cookie: a=1'])
})
