import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Client, credentials, Metadata, Server, ServerCredentials, type ServerDuplexStream, type ServiceError, status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { Authority } from '../harness/authority.ts'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startHttp2Server } from '../harness/http2-server.ts'
import { needs } from '../harness/services.ts'
import { temporaryFolder } from '../harness/temp.ts'

const everythingTo = (url: string, transport = 'default@internal', transports = '{}'): string => `
http:
  routers: { all: { rule: "PathPrefix(\`/\`)", service: app } }
  services: { app: { loadBalancer: { serversTransport: ${transport}, servers: [{ url: "${url}" }] } } }
  serversTransports: ${transports}
`

describe.each([1, 4])('with %i workers', (workers) => {
  test('a server with h2c is asked with HTTP/2, for clients with HTTP/1.1', async () => {
    await using server = await startHttp2Server((stream, headers, fields) => {
      stream.additionalHeaders({ ':status': 103, link: '</a>; rel=preload' })
      stream.respond({ ':status': 200, 'x-asked': fields.slice(0, 8).join(' ') }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '5' }))
      stream.write(`${headers['x-forwarded-for']} `)
      stream.pipe(stream)
    })
    await using gateway = await startGateway({ workers, dynamic: everythingTo(`h2c://127.0.0.1:${server.port}`) })
    const options = { method: 'POST', path: '/a%2Fb?c=d', headers: { host: 'app.test', connection: 'x-secret', 'x-secret': '1' } }
    const response = await request(gateway.port, { ...options, body: 'hello' })
    expect(response.headers['x-asked']).toBe(':method POST :scheme http :authority app.test :path /a%2Fb?c=d')
    expect(response.text).toBe('127.0.0.1 hello')
    expect(response.rawTrailers).toEqual(['x-sum', '5'])
  })
})

needs(['openssl'], 'a server with TLS is asked with what it speaks, and with HTTP/1.1 where HTTP/2 is off', async () => {
  await using folder = await temporaryFolder()
  const authority = new Authority(folder, 'authority')
  const { certFile, keyFile } = authority.issue('IP:127.0.0.1')
  const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
  const both = createSecureServer({ ...pair, allowHTTP1: true }, ({ httpVersion }, response) => void response.end(httpVersion))
  const old = createServer(pair, ({ httpVersion }, response) => void response.end(httpVersion))
  for (const server of [both, old]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const [bothUrl, oldUrl] = [both, old].map((server) => `https://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await using gateway = await startGateway({
    dynamic: `
http:
  routers:
    both: { rule: "Path(\`/both\`)", service: both }
    old: { rule: "Path(\`/old\`)", service: old }
    off: { rule: "Path(\`/off\`)", service: off }
  services:
    both: { loadBalancer: { serversTransport: on, servers: [{ url: "${bothUrl}" }] } }
    old: { loadBalancer: { serversTransport: on, servers: [{ url: "${oldUrl}" }] } }
    off: { loadBalancer: { serversTransport: off, servers: [{ url: "${bothUrl}" }] } }
  serversTransports:
    on: { rootCAs: ["${authority.certFile}"] }
    off: { rootCAs: ["${authority.certFile}"], disableHTTP2: true }
`,
  })
  for (const [path, version] of Object.entries({ '/both': '2.0', '/old': '1.1', '/off': '1.1' })) {
    expect((await request(gateway.port, { path })).text).toBe(version)
  }
  old.closeAllConnections()
  await gateway.stop()
  both.close()
  old.close()
})

test('h2c where HTTP/2 is off is an error for each request', async () => {
  await using gateway = await startGateway({ dynamic: everythingTo('h2c://127.0.0.1:1', 'off', '{ off: { disableHTTP2: true } }') })
  expect((await request(gateway.port)).status).toBe(500)
})

const bytes = (value: Buffer): Buffer => value

/** A service of gRPC without a description: messages are octets. */
const ECHO = {
  stream: {
    path: '/test.Echo/Stream',
    requestStream: true,
    responseStream: true,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
}

test('gRPC passes in both directions at the same time, with its status and its metadata', async () => {
  const server = new Server()
  server.addService(ECHO, {
    stream(call: ServerDuplexStream<Buffer, Buffer>) {
      const fail = (): void => void call.emit('error', { code: status.NOT_FOUND, details: 'not here' })
      const [when] = call.metadata.get('x-fail')
      if (when === 'at once') {
        fail()
        return
      }
      if (when === 'later') call.on('data', fail)
      const trailers = new Metadata()
      trailers.set('x-trailer', 'end')
      call.on('data', (message: Buffer) => call.write(message))
      call.on('end', () => call.end(trailers))
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)))
  })
  await using gateway = await startGateway({ dynamic: everythingTo(`h2c://127.0.0.1:${port}`) })
  const client = new Client(`127.0.0.1:${gateway.port}`, credentials.createInsecure())
  const open = (metadata = new Metadata()) => client.makeBidiStreamRequest(ECHO.stream.path, bytes, bytes, metadata)

  const call = open()
  const ended = new Promise<{ code: status; metadata: Metadata }>((resolve) => call.on('status', resolve))
  const received: string[] = []
  for (const text of ['one', 'two', 'three']) {
    const echo = new Promise<Buffer>((resolve) => call.once('data', resolve))
    call.write(Buffer.from(text))
    received.push((await echo).toString())
  }
  call.on('data', () => {})
  call.end()
  const { code, metadata } = await ended
  expect(received).toEqual(['one', 'two', 'three'])
  expect([code, metadata.get('x-trailer')]).toEqual([status.OK, ['end']])

  for (const when of ['at once', 'later']) {
    const failing = new Metadata()
    failing.set('x-fail', when)
    const failed = open(failing)
    failed.on('data', () => {})
    // The client has not ended its own direction when the status comes.
    failed.write(Buffer.from('one'))
    const error = await new Promise<ServiceError>((resolve) => failed.on('error', resolve as (error: Error) => void))
    expect([when, error.code, error.details]).toEqual([when, status.NOT_FOUND, 'not here'])
  }
  client.close()
  server.forceShutdown()
})
