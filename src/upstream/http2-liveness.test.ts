import { expect, test } from 'vitest'
import { send } from '../../test/harness/dispatched.ts'
import * as raw from '../../test/harness/frames-server.ts'
import { HeldStreams } from '../../test/harness/held-streams.ts'
import { FRAME } from '../../test/harness/http2-frames.ts'
import { startHttp2Server } from '../../test/harness/http2-server.ts'
import { OpenedServers } from '../../test/harness/opened-servers.ts'
import { startRawOrigin } from '../../test/harness/peer.ts'
import { freePort } from '../../test/harness/ports.ts'

const PROBED = { forwardingTimeouts: { readIdleTimeout: '8s', pingTimeout: '5s', idleConnTimeout: '0s' } }

test('a silent server is probed, and left alone while it answers', async () => {
  const held = new HeldStreams()
  await using server = await startHttp2Server(held.add)
  await using servers = new OpenedServers()
  // Ten pings take longer than one answer may: each starts anew.
  const patient = { forwardingTimeouts: { ...PROBED.forwardingTimeouts, pingTimeout: '60s' } }
  const response = send(servers.open(`h2c://127.0.0.1:${server.port}`, patient))
  await held.count(1)
  // Its settings came before.
  held.streams[0]?.additionalHeaders({ ':status': 103 })
  await response.until(({ infos }) => infos.length === 1)
  for (let turn = 0; turn < 10; turn++) {
    const pinged = new Promise((resolve) => server.sessions[0]?.once('ping', resolve))
    for (let look = 0; look < 6; look++) servers.clock.advance(2_000)
    await pinged
    // The answer to the ping is on the wire before what the server sends now.
    const { length } = response.infos
    held.streams[0]?.additionalHeaders({ ':status': 103 })
    await response.until(({ infos }) => infos.length > length)
  }
  expect(response.outcome).toBeUndefined()
  held.answer()
  await response.untilOver()
  expect(response.outcome).toBe(200)
})

test('a server that answers no ping is given up, with what it has not answered', async () => {
  await using origin = await raw.startFrames(() => {})
  await using servers = new OpenedServers()
  const response = send(servers.open(origin.url, PROBED))
  await origin.until((peers) => peers.some((peer) => raw.streamsOf(FRAME.headers, peer).length === 1))
  await response.until(({ starts }) => starts === 1)
  const pings = (): number => origin.peers.flatMap((peer) => raw.streamsOf(FRAME.ping, peer)).length
  while (pings() === 0) {
    servers.clock.advance(2_000)
    await new Promise(setImmediate)
  }
  servers.clock.advance(4_999)
  expect(response.outcome).toBeUndefined()
  servers.clock.advance(1)
  await response.untilOver()
  expect(response.outcome).toBe('GTW_UPSTREAM_TIMEOUT')
  await origin.until((peers) => peers.every(({ closed, end }) => closed || end !== 'open'))
})

test('nothing is probed where that is not wanted', async () => {
  const held = new HeldStreams()
  await using server = await startHttp2Server(held.add)
  await using servers = new OpenedServers()
  const response = send(servers.open(`h2c://127.0.0.1:${server.port}`))
  await held.count(1)
  let pings = 0
  server.sessions[0]?.on('ping', () => pings++)
  for (let look = 0; look < 100; look++) servers.clock.advance(60_000)
  held.answer()
  await response.untilOver()
  expect([pings, response.outcome]).toEqual([0, 200])
})

test('a server that accepts and says nothing has not been reached', async () => {
  await using origin = await startRawOrigin()
  await using servers = new OpenedServers()
  const response = send(servers.open(origin.url.replace('http:', 'h2c:'), { forwardingTimeouts: { dialTimeout: '5s' } }))
  await origin.until((peers) => peers.some((peer) => raw.streamsOf(FRAME.headers, peer).length === 1))
  servers.clock.advance(5_000)
  await response.untilOver()
  expect(response.outcome).toBe('GTW_UPSTREAM_DIAL_TIMEOUT')
})

test('a server that refuses the connection fails all who wait for it', async () => {
  const port = await freePort()
  await using servers = new OpenedServers()
  const dispatch = servers.open(`h2c://127.0.0.1:${port}`)
  const responses = [send(dispatch), send(dispatch), send(dispatch)]
  for (const response of responses) {
    await response.untilOver()
    expect(response.outcome).toBe('GTW_UPSTREAM_REFUSED')
  }
})

test('h2c cannot be asked where HTTP/2 is off', async () => {
  await using servers = new OpenedServers()
  const response = await send(servers.open('h2c://127.0.0.1:1', { disableHTTP2: true })).untilOver()
  expect(response.outcome).toBe(500)
})
