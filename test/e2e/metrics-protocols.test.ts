import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as sendRequest } from 'node:http'
import { connect, constants, createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { makeCertificate } from '../harness/certificate.ts'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { answerOf } from '../harness/http2-client.ts'
import { type Scrape, scrape } from '../harness/metrics.ts'
import { startOrigin } from '../harness/origin.ts'
import { temporaryFolder } from '../harness/temp.ts'
import { ask } from '../harness/tls-client.ts'

const METRICS = 'metrics: { prometheus: {} }'

const dynamicOf = (url: string, more = ''): string => `
http:
  routers: { app: { rule: "PathPrefix(\`/\`)", service: app } }
  services: { app: { loadBalancer: { servers: [{ url: "${url}" }] } } }
${more}
`

const REQUESTS = ['traefik_entrypoint_requests_total', 'traefik_service_requests_total'] as const

/** Asks until an exchange of this kind is counted at the entry point and at the service. */
async function countedOnce({ pingPort }: RunningGateway, labels: Readonly<Record<string, string>>): Promise<Scrape> {
  let seen = await scrape(pingPort)
  await expect
    .poll(
      async () => {
        seen = await scrape(pingPort)
        return REQUESTS.map((name) => seen.value(name, labels))
      },
      { timeout: 10_000 },
    )
    .toEqual([1, 1])
  return seen
}

/** A server of HTTP/2 in clear text. */
async function startCalls(onCall: (stream: ServerHttp2Stream) => void) {
  const server = createServer()
  server.on('stream', onCall)
  server.on('session', (session) => session.on('error', () => {}))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `h2c://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

for (const workers of [1, 4]) {
  test(`streams of HTTP/2 are counted each for itself (${workers} workers)`, async () => {
    await using origin = await startOrigin('app')
    await using gateway = await startGateway({ dynamic: dynamicOf(origin.url), static: METRICS, workers })
    const session = connect(`http://127.0.0.1:${gateway.port}`)
    const streams = Array.from({ length: 30 }, () => {
      const stream = session.request({ ':method': 'POST', ':path': '/' })
      stream.end('content')
      return answerOf(stream)
    })
    await Promise.all(streams)
    session.destroy()
    let seen = await scrape(gateway.pingPort)
    const labels = { code: '200', method: 'POST', protocol: 'http' }
    await expect
      .poll(
        async () => {
          seen = await scrape(gateway.pingPort)
          return seen.value('traefik_entrypoint_requests_total', { ...labels, entrypoint: 'web' })
        },
        { timeout: 10_000 },
      )
      .toBe(30)
    expect(seen.value('traefik_service_requests_bytes_total', labels)).toBe(210)
    expect(seen.value('traefik_entrypoint_responses_bytes_total', labels)).toBe(90)
  })
}

test('a stream of HTTP/2 that is refused before routing is counted', async () => {
  await using gateway = await startGateway({ dynamic: dynamicOf('http://127.0.0.1:1'), static: METRICS })
  const session = connect(`http://127.0.0.1:${gateway.port}`)
  const { headers } = await answerOf(session.request({ ':path': '/a#b' }))
  session.destroy()
  expect(headers[':status']).toBe(400)
  const seen = await scrape(gateway.pingPort)
  expect(seen.value('traefik_entrypoint_requests_total', { code: '400', entrypoint: 'web' })).toBe(1)
  expect(seen.value('gateway_request_errors_total', { error: 'GTW_TARGET_INVALID', entrypoint: 'web' })).toBe(1)
})

const outcomes = [
  { why: 'in the trailers', code: '5', head: {}, trailers: { 'grpc-status': '5' } },
  { why: 'in the head, where there is nothing but a head', code: '12', head: { 'grpc-status': '12' }, trailers: undefined },
  { why: 'nowhere', code: '2', head: {}, trailers: { 'x-other': '1' } },
]

for (const { why, code, head, trailers } of outcomes) {
  test(`a call of gRPC is counted by its own outcome: ${why}`, async () => {
    await using calls = await startCalls((stream) => {
      stream.resume()
      if (trailers === undefined) {
        stream.respond({ 'content-type': 'application/grpc', ...head }, { endStream: true })
        return
      }
      stream.respond({ 'content-type': 'application/grpc', ...head }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers(trailers))
      stream.end('answer')
    })
    await using gateway = await startGateway({ dynamic: dynamicOf(calls.url), static: METRICS })
    const session = connect(`http://127.0.0.1:${gateway.port}`)
    const stream = session.request({ ':method': 'POST', ':path': '/a.B/C', 'content-type': 'application/grpc+proto', te: 'trailers' })
    stream.end('question')
    await answerOf(stream)
    session.destroy()
    await countedOnce(gateway, { code, method: 'POST', protocol: 'grpc' })
  })
}

test('a WebSocket is counted when it ends, with all the time that it was open', async () => {
  await using origin = await startOrigin('app')
  const sockets = new WebSocketServer({ server: origin.server })
  sockets.on('connection', (socket) => socket.on('message', (message) => socket.send(message)))
  await using gateway = await startGateway({ dynamic: dynamicOf(origin.url), static: METRICS })
  const client = new WebSocket(`ws://127.0.0.1:${gateway.port}/`)
  await once(client, 'open')
  const openedAt = performance.now()
  client.send('hello')
  await once(client, 'message')
  expect((await scrape(gateway.pingPort)).value('traefik_entrypoint_requests_total')).toBeUndefined()
  const openMs = performance.now() - openedAt
  client.close()
  const labels = { code: '101', method: 'GET', protocol: 'websocket' }
  const seen = await countedOnce(gateway, labels)
  expect(seen.value('traefik_entrypoint_request_duration_seconds_sum', labels)).toBeGreaterThan(openMs / 1000)
  sockets.close()
})

test('server-sent events have a protocol of their own, and a client that leaves them was answered all the same', async () => {
  await using origin = await startOrigin('app', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: 1\n\n')
  })
  await using gateway = await startGateway({ dynamic: dynamicOf(origin.url), static: METRICS })
  const outgoing = sendRequest({ port: gateway.port, host: '127.0.0.1', headers: { accept: 'text/html, text/event-stream' } })
  outgoing.on('error', () => {})
  outgoing.end()
  const [incoming] = await once(outgoing, 'response')
  await once(incoming, 'data')
  outgoing.socket?.resetAndDestroy()
  const seen = await countedOnce(gateway, { code: '200', method: 'GET', protocol: 'sse' })
  expect(seen.value('traefik_service_responses_bytes_total')).toBe(9)
})

test('a client that goes away before its answer is counted as 499', async () => {
  const arrived = Promise.withResolvers<void>()
  await using origin = await startOrigin('app', () => arrived.resolve())
  await using gateway = await startGateway({ dynamic: dynamicOf(origin.url), static: METRICS })
  const outgoing = sendRequest({ port: gateway.port, host: '127.0.0.1' })
  outgoing.on('error', () => {})
  outgoing.end()
  await arrived.promise
  outgoing.socket?.resetAndDestroy()
  await countedOnce(gateway, { code: '499', method: 'GET', protocol: 'http' })
})

test('so is one that gives up its stream of HTTP/2', async () => {
  const arrived = Promise.withResolvers<void>()
  await using origin = await startOrigin('app', () => arrived.resolve())
  await using gateway = await startGateway({ dynamic: dynamicOf(origin.url), static: METRICS })
  const session = connect(`http://127.0.0.1:${gateway.port}`)
  const stream = session.request({ ':path': '/' })
  stream.on('error', () => {})
  await arrived.promise
  stream.close(constants.NGHTTP2_CANCEL)
  await countedOnce(gateway, { code: '499', method: 'GET', protocol: 'http' })
  session.destroy()
})

test('content that breaks off is counted as far as it came', async () => {
  const arrived = Promise.withResolvers<void>()
  await using origin = await startOrigin('app')
  origin.server.prependListener('request', () => arrived.resolve())
  await using gateway = await startGateway({ dynamic: dynamicOf(origin.url), static: METRICS })
  const headers = { 'content-length': 1000 }
  const outgoing = sendRequest({ port: gateway.port, host: '127.0.0.1', method: 'PUT', headers })
  outgoing.on('error', () => {})
  outgoing.write('x'.repeat(400))
  await arrived.promise
  outgoing.destroy()
  const labels = { method: 'PUT', code: '400' }
  const seen = await countedOnce(gateway, labels)
  expect(seen.value('traefik_entrypoint_requests_bytes_total', labels)).toBe(400)
})

test('TLS is counted by version and cipher, and certificates say when they expire', async () => {
  await using folder = await temporaryFolder()
  const [served, spare] = [makeCertificate(folder, 'a.test'), makeCertificate(folder, 'default.test', 'rsa')]
  await using origin = await startOrigin('app')
  const tls = { certificates: [served], stores: { default: { defaultCertificate: spare } } }
  const dynamic = dynamicOf(origin.url, `tls: ${JSON.stringify(tls)}`)
  await using gateway = await startGateway({ dynamic, static: METRICS, web: '    http: { tls: {} }\n' })
  await ask(gateway.port, { servername: 'a.test', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })
  await ask(gateway.port, { servername: 'a.test', minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' })
  const oldest = { tls_version: '1.2', tls_cipher: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256' }
  const newest = { tls_version: '1.3', tls_cipher: 'TLS_AES_128_GCM_SHA256' }
  let seen = await scrape(gateway.pingPort)
  await expect
    .poll(
      async () => {
        seen = await scrape(gateway.pingPort)
        return ['entrypoint', 'service'].flatMap((level) =>
          [oldest, newest].map((labels) => seen.value(`traefik_${level}_requests_tls_total`, labels)),
        )
      },
      { timeout: 10_000 },
    )
    .toEqual([1, 1, 1, 1])
  for (const { certFile } of [served, spare]) {
    const { validTo, serialNumber, subject } = new X509Certificate(readFileSync(certFile))
    const name = subject.slice('CN='.length)
    const labels = { cn: name, sans: name, serial: BigInt(`0x${serialNumber}`).toString() }
    expect(seen.value('traefik_tls_certs_not_after', labels)).toBe(Date.parse(validTo) / 1000)
  }
  await gateway.rewrite(dynamicOf(origin.url))
  await expect
    .poll(async () => (await scrape(gateway.pingPort)).of('traefik_tls_certs_not_after', { cn: 'a.test' }), { timeout: 10_000 })
    .toEqual([])
})
