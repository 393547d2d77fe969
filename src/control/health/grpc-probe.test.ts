import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { createServer as createNetServer } from 'node:net'
import { expect, test } from 'vitest'
import { makeCertificate } from '../../../test/harness/certificate.ts'
import { listen, targetOf } from '../../../test/harness/health-checks.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { probeGrpc } from './grpc-probe.ts'
import type { Target } from './target.ts'

const neverAborts = new AbortController().signal

/** What a check says: 'up', or why it is down. */
async function verdictOn(target: Target, signal: AbortSignal = neverAborts): Promise<string> {
  try {
    await probeGrpc(target, signal)
    return 'up'
  } catch (error) {
    return (error as Error).message
  }
}

interface Answer {
  readonly head?: Record<string, string | number>
  readonly content?: readonly number[]
  readonly trailers?: Record<string, string>
}

const OK = { 'grpc-status': '0' }
const framed = (...message: number[]): number[] => [0, 0, 0, 0, message.length, ...message]

function answerWith({ head = {}, content = [], trailers }: Answer, stream: ServerHttp2Stream): void {
  const fields = { ':status': 200, 'content-type': 'application/grpc', ...head }
  if (trailers === undefined && content.length === 0) {
    stream.respond(fields, { endStream: true })
    return
  }
  stream.respond(fields, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}))
  stream.end(Buffer.from(content))
}

interface Call {
  readonly head: IncomingHttpHeaders
  readonly content: Buffer
}

function answering<S extends Http2Server | Http2SecureServer>(server: S, answer: Answer, calls: Call[] = []): S {
  server.on('stream', async (stream: ServerHttp2Stream, head: IncomingHttpHeaders) => {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk)
    calls.push({ head, content: Buffer.concat(chunks) })
    answerWith(answer, stream)
  })
  return server
}

const cases: readonly (readonly [what: string, answer: Answer, verdict: string])[] = [
  ['SERVING', { content: framed(8, 1), trailers: OK }, 'up'],
  ['NOT_SERVING', { content: framed(8, 2), trailers: OK }, 'it says NOT_SERVING'],
  ['UNKNOWN, which is no content', { content: framed(), trailers: OK }, 'it says UNKNOWN'],
  ['SERVICE_UNKNOWN', { content: framed(8, 3), trailers: OK }, 'it says SERVICE_UNKNOWN'],
  ['a status of the future', { content: framed(8, 7), trailers: OK }, 'it says 7'],
  ['an error', { trailers: { 'grpc-status': '13', 'grpc-message': 'out%20of luck%' } }, 'it answers with gRPC status 13 out%20of luck%'],
  ['an error in the head', { head: { 'grpc-status': '12', 'grpc-message': 'not%20here' } }, 'it answers with gRPC status 12 not here'],
  ['SERVING and an error', { content: framed(8, 1), trailers: { 'grpc-status': '14' } }, 'it answers with gRPC status 14'],
  ['SERVING without an end', { content: framed(8, 1), trailers: {} }, 'it answers without a gRPC status'],
  ['success without an answer', { head: OK }, 'its answer is no gRPC message'],
  ['what is no protobuf', { content: framed(15), trailers: OK }, 'its answer is no protobuf message'],
  ['a long answer', { content: Array(10_000).fill(0), trailers: OK }, 'its answer is too long'],
  ['another status of HTTP', { head: { ':status': 404 } }, 'it answers with HTTP status 404'],
]

for (const [what, answer, verdict] of cases) {
  test(`${what}: ${verdict}`, async () => {
    await using server = await listen(answering(createServer(), answer))
    expect(await verdictOn(targetOf(`http://127.0.0.1:${server.port}`, { mode: 'grpc' }))).toBe(verdict)
  })
}

test('one empty message is sent to the method of the standard, with a deadline, metadata and authority', async () => {
  const calls: Call[] = []
  await using server = await listen(answering(createServer(), { content: framed(8, 1), trailers: OK }, calls))
  const options = { mode: 'grpc', timeout: '1500ms', hostname: 'app.example', headers: { Token: 'x', Host: 'no' } }
  await verdictOn(targetOf(`http://127.0.0.1:${server.port}/base`, { ...options, path: '/ignored' }))
  expect(calls).toEqual([
    {
      head: expect.objectContaining({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        ':authority': 'app.example',
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-timeout': '1500m',
        token: 'x',
      }),
      content: Buffer.alloc(5),
    },
  ])
  expect(calls[0]?.head.host).toBeUndefined()
})

for (const [url, scheme] of [
  ['http', undefined],
  ['h2c', undefined],
  ['https', undefined],
  ['https', 'http'],
  ['https', 'h2c'],
] as const) {
  test(`a server at ${url}:// is asked without TLS when the scheme of the check is ${scheme ?? 'not given'}`, async () => {
    await using server = await listen(answering(createServer(), { content: framed(8, 1), trailers: OK }))
    const options = { mode: 'grpc', port: server.port, ...(scheme === undefined ? {} : { scheme }) }
    expect(await verdictOn(targetOf(`${url}://127.0.0.1:1`, options))).toBe('up')
  })
}

test('scheme https means TLS by the rules of the transport', async () => {
  await using folder = await temporaryFolder()
  const { certFile, keyFile } = makeCertificate(folder, 'app.example')
  const pem = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  await using server = await listen(answering(createSecureServer(pem), { content: framed(8, 1), trailers: OK }))
  const ask = (transport: object) => verdictOn(targetOf(`http://127.0.0.1:${server.port}`, { mode: 'grpc', scheme: 'https' }, transport))
  expect(await ask({ rootCAs: [pem.cert], serverName: 'app.example' })).toBe('up')
  expect(await ask({ insecureSkipVerify: true })).toBe('up')
  expect(await ask({})).toMatch(/self-signed certificate/)
})

test('nobody listens: down', async () => {
  const port = await freePort()
  expect(await verdictOn(targetOf(`http://127.0.0.1:${port}`, { mode: 'grpc' }))).toBe(`connect ECONNREFUSED 127.0.0.1:${port}`)
})

for (const [what, octets] of [
  ['nothing', ''],
  ['HTTP/1.1', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
] as const) {
  test(`a server that says ${what} and closes is down`, async () => {
    await using server = await listen(createNetServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(octets))))
    expect(await verdictOn(targetOf(`http://127.0.0.1:${server.port}`, { mode: 'grpc' }))).not.toBe('up')
  })
}

test('a stream that is reset is down', async () => {
  const server = createServer().on('stream', (stream) => stream.on('error', () => {}).close(2))
  await using listener = await listen(server)
  expect(await verdictOn(targetOf(`http://127.0.0.1:${listener.port}`, { mode: 'grpc' }))).toMatch(/INTERNAL_ERROR/)
})

test('a server that ends the connection is down', async () => {
  const server = createServer().on('stream', (stream) => stream.session?.destroy())
  await using listener = await listen(server)
  expect(await verdictOn(targetOf(`http://127.0.0.1:${listener.port}`, { mode: 'grpc' }))).not.toBe('up')
})

test('the signal ends a check, and its connection', async () => {
  const server = createServer()
  await using listener = await listen(server)
  const giveUp = new AbortController()
  const asked = once(server, 'stream')
  const verdict = verdictOn(targetOf(`http://127.0.0.1:${listener.port}`, { mode: 'grpc' }), giveUp.signal)
  await asked
  giveUp.abort(new Error('too late'))
  expect(await verdict).toBe('too late')
  await Promise.all(listener.sockets.map((socket) => socket.closed || once(socket, 'close')))
})

test('a field that HTTP/2 does not allow is a reason, not a crash', async () => {
  await using server = await listen(answering(createServer(), { content: framed(8, 1), trailers: OK }))
  const target = targetOf(`http://127.0.0.1:${server.port}`, { mode: 'grpc', headers: { 'a b': 'c' } })
  expect(await verdictOn(target)).toMatch(/token/i)
})

test('hundreds of checks leave no connection behind', async () => {
  await using server = await listen(answering(createServer(), { content: framed(8, 1), trailers: OK }))
  const open = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  const target = targetOf(`http://127.0.0.1:${server.port}`, { mode: 'grpc' })
  const before = open()
  for (let turn = 0; turn < 20; turn++) {
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => verdictOn(target)))
    expect(new Set(verdicts)).toEqual(new Set(['up']))
  }
  await Promise.all(server.sockets.map((socket) => socket.closed || once(socket, 'close')))
  expect(server.sockets.length).toBe(400)
  expect(open()).toBeLessThanOrEqual(before)
})
