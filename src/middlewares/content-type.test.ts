import { expect, test } from 'vitest'
import { answering } from '../../test/harness/answering.ts'
import { startBehind } from '../../test/harness/behind.ts'
import { startDataPlane } from '../../test/harness/data-plane.ts'
import { send } from '../../test/harness/dispatched.ts'
import { middlewareContext } from '../../test/harness/middleware-context.ts'
import { connectTo, startRawOrigin } from '../../test/harness/peer.ts'
import { INERT } from '../dispatch/reply.ts'
import { Headers } from '../http/headers.ts'
import { check } from '../schema/index.ts'
import { contentType } from './content-type.ts'

const cases: {
  why: string
  fields?: Record<string, string>
  status?: number
  content: string
  method?: string
  type: string | undefined
}[] = [
  { why: 'HTML', content: '<!doctype html><p>x', type: 'text/html; charset=utf-8' },
  { why: 'text', content: 'x', type: 'text/plain; charset=utf-8' },
  { why: 'octets', content: '\0\x01', type: 'application/octet-stream' },
  { why: 'a response that has a type', content: '<p>', fields: { 'Content-Type': 'a/b' }, type: 'a/b' },
  { why: 'encoded content', content: '<p>', fields: { 'Content-Encoding': 'br' }, type: undefined },
  { why: 'no content', content: '', type: undefined },
  { why: 'HEAD', content: '<p>', method: 'HEAD', type: undefined },
  { why: 'a status without content', content: '', status: 304, type: undefined },
  { why: 'an error', content: '<p>', status: 500, type: 'text/html; charset=utf-8' },
]

for (const { why, fields = {}, status = 200, content, method = 'GET', type } of cases) {
  test(`contentType: ${why}`, async () => {
    await using behind = await startBehind({
      middlewares: { type: { contentType: {} } },
      answer: (_seen, response) => response.writeHead(status, fields).end(content),
    })
    const response = await behind.ask('/', { method })
    expect([response.status, response.headers['content-type'], response.text]).toEqual([status, type, method === 'HEAD' ? '' : content])
  })
}

test('contentType: content that comes in pieces is told by the first and passed on as it comes', async () => {
  await using origin = await startRawOrigin(
    answering((_request, peer) => peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')),
  )
  const http = {
    routers: { app: { rule: 'PathPrefix(`/`)', service: 'app', middlewares: ['type'] } },
    services: { app: { loadBalancer: { servers: [{ url: origin.url }] } } },
    middlewares: { type: { contentType: true } },
  }
  await using plane = await startDataPlane({ dynamic: JSON.stringify({ http }) })
  await using client = await connectTo(plane.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await origin.until(([peer]) => peer?.text.endsWith('\r\n\r\n'))
  origin.peers[0]?.send('3\r\n<p>\r\n')
  await client.until(({ text }) => text.endsWith('3\r\n<p>\r\n'))
  expect(client.text).toMatch(/^HTTP\/1.1 200 OK\r\nContent-Type: text\/html; charset=utf-8\r\n/)
  origin.peers[0]?.send('2\r\n\0\0\r\n0\r\n\r\n')
  await client.until(({ text }) => text.endsWith('0\r\n\r\n'))
})

test('contentType: a response that breaks off before its content is an error as a whole', async () => {
  await using origin = await startRawOrigin(
    answering((_request, peer) => {
      peer.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')
      peer.finish()
    }),
  )
  const http = {
    routers: { app: { rule: 'PathPrefix(`/`)', service: 'app', middlewares: ['type'] } },
    services: { app: { loadBalancer: { servers: [{ url: origin.url }] } } },
    middlewares: { type: { contentType: {} } },
  }
  await using plane = await startDataPlane({ dynamic: JSON.stringify({ http }) })
  await using client = await connectTo(plane.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
  await client.until(({ text }) => text.includes('\r\n\r\n'))
  expect(client.text).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n/)
})

test('contentType: empty pieces are passed over', () => {
  const { value } = check(contentType.options, {})
  const dispatch = contentType.build(
    value,
    middlewareContext(),
  )((_request, handler) => {
    handler.onResponseStart(INERT, 200, new Headers())
    handler.onResponseData(INERT, Buffer.alloc(0))
    handler.onResponseData(INERT, Buffer.from('%PDF-1'))
    handler.onResponseEnd(INERT, undefined)
    return true
  })
  expect(send(dispatch)).toMatchObject({ text: '%PDF-1', headers: { raw: ['Content-Type', 'application/pdf'] } })
})

test('contentType: the old switch is a finding, and still switches it off', () => {
  for (const [autoDetect, types] of [
    [true, ['Content-Type', 'text/plain; charset=utf-8']],
    [false, []],
  ] as const) {
    const { value, issues } = check(contentType.options, { autoDetect })
    expect(issues).toMatchObject([{ code: 'GTW_DEPRECATED', path: ['autoDetect'] }])
    const dispatch = contentType.build(
      value,
      middlewareContext(),
    )((_request, handler) => {
      handler.onResponseStart(INERT, 200, new Headers())
      handler.onResponseData(INERT, Buffer.from('x'))
      handler.onResponseEnd(INERT, undefined)
      return true
    })
    expect(send(dispatch).headers.raw).toEqual(types)
  }
})
