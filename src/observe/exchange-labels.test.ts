import { expect, test } from 'vitest'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { grpcCode, grpcStatusIn, traitLabels, traitsOf } from './exchange-labels.ts'

const labelsOf = (method: string, fields: readonly string[], upgrade?: string): string => {
  const request = new RequestHead(method, '/', new Headers([...fields]))
  request.upgrade = upgrade
  const labels = traitLabels(traitsOf(request))
  return `${labels.method} ${labels.protocol}`
}

const cases: readonly (readonly [why: string, method: string, fields: readonly string[], labels: string])[] = [
  ['a plain request', 'GET', ['Host', 'a', 'Accept', '*/*'], 'GET http'],
  ['a method that somebody made up', 'BREW', [], 'EXTENSION_METHOD http'],
  ['letters of another case, which make another method', 'get', [], 'EXTENSION_METHOD http'],
  ['events', 'GET', ['accept', 'text/event-stream'], 'GET sse'],
  ['events among others', 'GET', ['ACCEPT', 'text/html , text/event-stream'], 'GET sse'],
  ['events with a weight, which is another item', 'GET', ['Accept', 'text/event-stream;q=0.5'], 'GET http'],
  ['gRPC', 'POST', ['Content-Type', 'application/grpc+proto'], 'POST grpc'],
  ['gRPC-Web', 'POST', ['content-type', 'application/grpc-web-text'], 'POST grpc-web'],
  ['another content', 'PUT', ['content-type', 'application/json'], 'PUT http'],
]

for (const [why, method, fields, labels] of cases) {
  test(`labels of a request: ${why}`, () => {
    expect(labelsOf(method, fields)).toBe(labels)
  })
}

test('labels of a request: an upgrade to WebSocket, and one to something else', () => {
  expect(labelsOf('GET', [], 'websocket')).toBe('GET websocket')
  expect(labelsOf('GET', [], 'h2c')).toBe('GET http')
})

test('a call that says nothing of its outcome, or nonsense, is unknown', () => {
  expect([undefined, '', '0', '16', '-1', '1x', '99999'].map(grpcCode)).toEqual([2, 2, 0, 16, 2, 2, 2])
})

test('the outcome of gRPC-Web stands in a frame of trailers, plain or in base64', () => {
  const text = 'grpc-message: no\r\ngrpc-status: 7\r\n'
  const frame = Buffer.concat([Buffer.from([0x80, 0, 0, 0, text.length]), Buffer.from(text)])
  expect(grpcStatusIn(frame)).toBe('7')
  expect(grpcStatusIn(Buffer.from(frame.toString('base64')))).toBe('7')
  expect(grpcStatusIn(Buffer.from('\0\0\0\0\x0fgrpc-status: 7\r\n'))).toBeUndefined()
  expect(grpcStatusIn(Buffer.alloc(0))).toBeUndefined()
})
