import { readFileSync } from 'node:fs'
import { createServer as createPlainServer } from 'node:http'
import { createSecureServer as createHttp2Server } from 'node:http2'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { expect } from 'vitest'
import { Authority } from '../../test/harness/authority.ts'
import { send } from '../../test/harness/dispatched.ts'
import { OpenedServers } from '../../test/harness/opened-servers.ts'
import { startRawOrigin } from '../../test/harness/peer.ts'
import { needs } from '../../test/harness/services.ts'
import { temporaryFolder } from '../../test/harness/temp.ts'

type Kind = 'both' | 'HTTP/1.1' | 'no ALPN'

/** A server with TLS whose answers tell the version in which they were asked for. */
async function startTlsServer(kind: Kind) {
  const folder = await temporaryFolder()
  const authority = new Authority(folder, 'authority')
  const { certFile, keyFile } = authority.issue('IP:127.0.0.1')
  const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
  const asked: string[] = []
  const answer = (
    { httpVersion, url }: { httpVersion: string; url?: string | undefined },
    response: { end(text: string): unknown },
  ): void => {
    asked.push(`${httpVersion} ${url}`)
    response.end(httpVersion)
  }
  const plain = createPlainServer(answer)
  const server =
    kind === 'both'
      ? createHttp2Server({ ...pair, allowHTTP1: true }, answer)
      : kind === 'HTTP/1.1'
        ? createServer(pair, answer)
        : createTlsServer(pair, (socket) => plain.emit('connection', socket))
  server.on('upgrade', ({ httpVersion }: { httpVersion: string }, socket: Socket) => {
    asked.push(`${httpVersion} upgrade`)
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  })
  const sockets: TLSSocket[] = []
  const reused: boolean[] = []
  server.on('secureConnection', (socket: TLSSocket) => {
    sockets.push(socket.on('error', () => {}))
    reused.push(socket.isSessionReused())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    transport: { rootCAs: [readFileSync(authority.certFile, 'utf8')] },
    asked,
    sockets,
    reused,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await folder[Symbol.asyncDispose]()
    },
  }
}

needs(['openssl'], 'a server with TLS that speaks both is asked with HTTP/2, on one connection', async () => {
  await using server = await startTlsServer('both')
  await using servers = new OpenedServers()
  const dispatch = servers.open(server.url, server.transport)
  const responses = [send(dispatch), send(dispatch), send(dispatch)]
  for (const response of responses) expect((await response.untilOver()).text).toBe('2.0')
  expect(server.sockets).toHaveLength(1)
})

needs(
  ['openssl'],
  'a server with TLS that speaks HTTP/1.1 only gets a connection for each request, and the first one is used',
  async () => {
    await using server = await startTlsServer('HTTP/1.1')
    await using servers = new OpenedServers()
    const dispatch = servers.open(server.url, server.transport)
    const responses = [send(dispatch), send(dispatch), send(dispatch)]
    for (const response of responses) expect((await response.untilOver()).text).toBe('1.1')
    expect(server.sockets).toHaveLength(3)
    expect((await send(dispatch).untilOver()).text).toBe('1.1')
    expect(server.sockets).toHaveLength(3)
  },
)

needs(['openssl'], 'a server with TLS that knows no ALPN is asked with HTTP/1.1', async () => {
  await using server = await startTlsServer('no ALPN')
  await using servers = new OpenedServers()
  expect((await send(servers.open(server.url, server.transport)).untilOver()).text).toBe('1.1')
})

needs(['openssl'], 'HTTP/2 is not offered where it is off', async () => {
  await using server = await startTlsServer('both')
  await using servers = new OpenedServers()
  const response = await send(servers.open(server.url, { ...server.transport, disableHTTP2: true })).untilOver()
  expect(response.text).toBe('1.1')
})

needs(['openssl'], 'a request to switch protocols is asked with HTTP/1.1, whatever the others use', async () => {
  await using server = await startTlsServer('both')
  await using servers = new OpenedServers()
  const dispatch = servers.open(server.url, server.transport)
  expect((await send(dispatch, { path: '/before' }).untilOver()).text).toBe('2.0')
  const switched = await send(dispatch, { upgrade: 'echo' }).until(({ tunnel }) => tunnel !== undefined)
  expect(switched.status).toBe(101)
  expect((await send(dispatch, { path: '/after' }).untilOver()).text).toBe('2.0')
  expect(server.asked).toEqual(['2.0 /before', '1.1 upgrade', '2.0 /after'])
  expect(server.sockets).toHaveLength(2)
  switched.tunnel?.destroy()
})

needs(['openssl'], 'a server without TLS is asked to switch protocols with HTTP/1.1 too', async () => {
  await using origin = await startRawOrigin((peer) => {
    if (peer.text.includes('\r\n\r\n')) peer.send('HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  })
  await using servers = new OpenedServers()
  const response = send(servers.open(origin.url.replace('http:', 'h2c:')), { upgrade: 'echo' })
  await response.until(({ tunnel }) => tunnel !== undefined)
  expect(origin.peers[0]?.text).toMatch(/^GET \/ HTTP\/1\.1\r\n/)
  response.tunnel?.destroy()
})

needs(['openssl'], 'what a server speaks is asked again when no connection is left', async () => {
  await using server = await startTlsServer('HTTP/1.1')
  await using servers = new OpenedServers()
  const dispatch = servers.open(server.url, { ...server.transport, maxIdleConnsPerHost: -1 })
  for (let turn = 0; turn < 2; turn++) {
    expect((await send(dispatch).untilOver()).text).toBe('1.1')
    await servers.clock.untilNothingIsWatched()
  }
  expect(server.sockets.map(({ alpnProtocol }) => alpnProtocol)).toEqual(['http/1.1', 'http/1.1'])
  expect(server.reused).toEqual([false, true])
})

needs(['openssl'], 'a handshake that takes too long is given up', async () => {
  await using origin = await startRawOrigin()
  await using servers = new OpenedServers()
  const response = send(servers.open(origin.url.replace('http:', 'https:'), { forwardingTimeouts: { dialTimeout: '3s' } }))
  await origin.until((peers) => peers.some(({ received }) => received.length > 0))
  servers.clock.advance(3_000)
  await response.untilOver()
  expect(response.outcome).toBe('GTW_UPSTREAM_DIAL_TIMEOUT')
})

needs(['openssl'], 'a server that does not speak TLS is a failed handshake', async () => {
  await using origin = await startRawOrigin((peer) => {
    if (peer.received.length > 0) peer.send('HTTP/1.1 400 Bad Request\r\n\r\n')
  })
  await using servers = new OpenedServers()
  const response = await send(servers.open(origin.url.replace('http:', 'https:'))).untilOver()
  expect(response.outcome).toBe('GTW_UPSTREAM_TLS')
})
