import type { ServerHttp2Stream } from 'node:http2'
import { expect, test } from 'vitest'
import { fieldsOf, startBehind } from '../../test/harness/behind.ts'
import { startDataPlane } from '../../test/harness/data-plane.ts'
import { request } from '../../test/harness/http-client.ts'
import { startHttp2Server } from '../../test/harness/http2-server.ts'
import { connectTo } from '../../test/harness/peer.ts'

/** A frame of gRPC: flags, length, content. */
const frame = (content: string, flags = 0): Buffer => {
  const head = Buffer.alloc(5)
  head[0] = flags
  head.writeUInt32BE(content.length, 1)
  return Buffer.concat([head, Buffer.from(content)])
}

interface Asked {
  readonly headers: Readonly<Record<string, unknown>>
  readonly content: Buffer
}

async function startGrpc(
  answer: (stream: ServerHttp2Stream, asked: Asked) => void,
  options: object = { allowOrigins: ['https://a.test'] },
) {
  const asked: Asked[] = []
  const server = await startHttp2Server(async (stream, headers) => {
    const one = { headers, content: Buffer.concat(await stream.toArray().catch(() => [])) }
    asked.push(one)
    if (!stream.destroyed) answer(stream, one)
  })
  const http = {
    routers: { app: { rule: 'PathPrefix(`/`)', service: 'app', middlewares: ['web'] } },
    services: { app: { loadBalancer: { servers: [{ url: `h2c://127.0.0.1:${server.port}` }] } } },
    middlewares: { web: { grpcWeb: options } },
  }
  const plane = await startDataPlane({ dynamic: JSON.stringify({ http }) })
  return {
    port: plane.port,
    asked,
    async [Symbol.asyncDispose]() {
      await plane[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

const echo = (stream: ServerHttp2Stream, { content }: Asked): void => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto', 'x-own': '1' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'OK' }))
  stream.end(content)
}

const TRAILERS = frame('grpc-status: 0\r\ngrpc-message: OK\r\n', 0x80)

test('grpcWeb: a call becomes one of gRPC, and its trailers the last frame of the content', async () => {
  await using grpc = await startGrpc(echo)
  const body = frame('hello')
  const headers = { 'Content-Type': 'application/grpc-web+proto', 'X-Grpc-Web': '1', Origin: 'https://a.test' }
  const response = await request(grpc.port, { method: 'POST', path: '/pkg.Service/Call', headers, body })
  expect(response.status).toBe(200)
  expect(response.body).toEqual(Buffer.concat([body, TRAILERS]))
  expect(fieldsOf(response)).toEqual({
    'content-type': 'application/grpc-web+proto',
    'x-own': '1',
    vary: 'Origin',
    'access-control-allow-origin': 'https://a.test',
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers':
      'content-type, x-own, date, vary, access-control-allow-origin, access-control-allow-credentials, grpc-status, grpc-message',
  })
  expect(response.rawTrailers).toEqual([])
  expect(grpc.asked[0]).toMatchObject({
    content: body,
    headers: {
      ':path': '/pkg.Service/Call',
      'content-type': 'application/grpc+proto',
      te: 'trailers',
      'content-length': String(body.length),
    },
  })
})

test('grpcWeb: text is Base64 in both directions, each piece with its padding', async () => {
  await using grpc = await startGrpc((stream, { content }) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(content)
  })
  const [one, two] = [frame('one'), frame('twelve')]
  const body = `${one.toString('base64')}${two.toString('base64')}`
  const response = await request(grpc.port, { method: 'POST', headers: { 'Content-Type': 'application/grpc-web-text' }, body })
  expect(response.headers['content-type']).toBe('application/grpc-web-text')
  const parts = response.text.match(/[^=]+=*/g) ?? []
  expect(Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')))).toEqual(
    Buffer.concat([one, two, frame('grpc-status: 0\r\n', 0x80)]),
  )
  expect(grpc.asked[0]?.content).toEqual(Buffer.concat([one, two]))
  expect(grpc.asked[0]?.headers).toMatchObject({ 'content-type': 'application/grpc' })
  expect(grpc.asked[0]?.headers['content-length']).toBe(undefined)
})

test('grpcWeb: text that comes octet by octet is put together again', async () => {
  await using grpc = await startGrpc(echo)
  const content = frame('a longer message')
  await using client = await connectTo(grpc.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc-web-text\r\nTransfer-Encoding: chunked\r\n\r\n')
  for (const letter of content.toString('base64')) client.send(`1\r\n${letter}\r\n`)
  client.send('0\r\n\r\n')
  await client.until(({ text }) => text.endsWith('0\r\n\r\n'))
  expect(grpc.asked[0]?.content).toEqual(content)
})

for (const [why, body] of [
  ['what is no Base64', 'AAA*'],
  ['half a quantum', 'AAAAAA'],
  ['padding in the wrong place', 'A=AA'],
] as const) {
  test(`grpcWeb: ${why} is refused, and the server never takes it as complete`, async () => {
    await using grpc = await startGrpc(echo)
    const response = await request(grpc.port, { method: 'POST', headers: { 'Content-Type': 'application/grpc-web-text' }, body })
    expect(response.status).toBe(400)
  })
}

test('grpcWeb: a server that answers with nothing but a status says it in the head', async () => {
  await using grpc = await startGrpc((stream) =>
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' }, { endStream: true }),
  )
  const response = await request(grpc.port, { method: 'POST', headers: { 'Content-Type': 'application/grpc-web' }, body: frame('') })
  expect([response.headers['grpc-status'], response.text, response.headers['content-type']]).toEqual(['12', '', 'application/grpc-web'])
})

test('grpcWeb: an error keeps its type', async () => {
  await using behind = await startBehind({
    middlewares: { web: { grpcWeb: { allowOrigins: ['*'] } } },
    answer: (_seen, response) => response.writeHead(503, { 'Content-Type': 'text/plain' }).end('no'),
  })
  const headers = { 'Content-Type': 'application/grpc-web', Origin: 'https://b.test' }
  const response = await behind.ask('/', { method: 'POST', headers, body: frame('') })
  expect(response).toMatchObject({
    status: 503,
    text: 'no',
    headers: { 'content-type': 'text/plain', 'access-control-allow-origin': 'https://b.test' },
  })
})

const VARY = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'
const PREFLIGHT = {
  Origin: 'https://a.test',
  'Access-Control-Request-Method': 'POST',
  'Access-Control-Request-Headers': 'content-type,X-Grpc-Web',
}
const ALLOWED = {
  vary: VARY,
  'access-control-allow-origin': 'https://a.test',
  'access-control-allow-credentials': 'true',
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type,X-Grpc-Web',
  'access-control-max-age': '600',
}
const preflights: [why: string, allowOrigins: string[], sent: object, fields: object][] = [
  ['of an allowed origin', ['https://a.test'], {}, ALLOWED],
  ['where all are allowed', ['*'], {}, ALLOWED],
  ['of another origin', ['https://a.test'], { Origin: 'https://b.test' }, { vary: VARY }],
  ['where none is allowed', [], {}, { vary: VARY }],
  ['for another method', ['*'], { 'Access-Control-Request-Method': 'DELETE' }, { vary: VARY }],
]

for (const [why, allowOrigins, sent, fields] of preflights) {
  test(`grpcWeb: a preflight ${why} is answered by the gateway`, async () => {
    await using behind = await startBehind({ middlewares: { web: { grpcWeb: { allowOrigins } } } })
    const response = await behind.ask('/', { method: 'OPTIONS', headers: { ...PREFLIGHT, ...sent } })
    expect([response.status, response.text, fieldsOf(response)]).toEqual([200, '', fields])
    expect(behind.seen).toEqual([])
  })
}

test('grpcWeb: everything else passes as it is', async () => {
  await using behind = await startBehind({ middlewares: { web: { grpcWeb: { allowOrigins: ['*'] } } } })
  const others: [method: string, headers: Record<string, string>][] = [
    ['GET', { 'Content-Type': 'application/grpc-web' }],
    ['POST', { 'Content-Type': 'application/grpc' }],
    ['POST', {}],
    ['OPTIONS', { ...PREFLIGHT, 'Access-Control-Request-Headers': 'x-other' }],
  ]
  for (const [method, headers] of others) expect(fieldsOf(await behind.ask('/', { method, headers }))).toEqual({})
  expect(behind.seen.map(({ incoming }) => incoming.headers['content-type'])).toEqual([
    'application/grpc-web',
    'application/grpc',
    undefined,
    undefined,
  ])
})
