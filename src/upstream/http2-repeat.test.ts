import { constants, type ServerHttp2Stream } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { HandedBody, send } from '../../test/harness/dispatched.ts'
import * as raw from '../../test/harness/frames-server.ts'
import { HeldStreams } from '../../test/harness/held-streams.ts'
import { startHttp2Server } from '../../test/harness/http2-server.ts'
import { OpenedServers } from '../../test/harness/opened-servers.ts'
import type { Peer } from '../../test/harness/peer.ts'

/** A server of our own frames that does something else with each request; with the last thing when there is no other. */
async function startScript(...script: ((peer: Peer, stream: number) => void)[]) {
  let requests = 0
  const origin = await raw.startFrames((peer, stream) => script[Math.min(requests++, script.length - 1)]?.(peer, stream))
  return { ...origin, requests: () => requests, [Symbol.asyncDispose]: () => origin[Symbol.asyncDispose]() }
}

const answer = (peer: Peer, stream: number): void => peer.send(raw.respond(stream, true))
const finish = (peer: Peer): void => peer.finish()
const cut = (peer: Peer): void => peer.reset()

const REFUSALS = [
  { why: 'REFUSED_STREAM', refuse: (peer: Peer, stream: number) => peer.send(raw.reset(stream, constants.NGHTTP2_REFUSED_STREAM)) },
  { why: 'GOAWAY before it', refuse: (peer: Peer, stream: number) => peer.send(raw.goaway(stream - 1, constants.NGHTTP2_NO_ERROR)) },
  {
    why: 'GOAWAY with an error before it',
    refuse: (peer: Peer, stream: number) => peer.send(raw.goaway(stream - 1, constants.NGHTTP2_ENHANCE_YOUR_CALM)),
  },
]

describe('a server that has not acted on a request', () => {
  for (const { why, refuse } of REFUSALS) {
    for (const method of ['GET', 'POST']) {
      test(`${why}: ${method} is sent once more`, async () => {
        await using origin = await startScript(refuse, answer)
        await using servers = new OpenedServers()
        const response = await send(servers.open(origin.url), { method }).untilOver()
        expect(response).toMatchObject({ outcome: 200, starts: 2 })
      })
    }

    test(`${why}, again: the second time is the last`, async () => {
      await using origin = await startScript(refuse)
      await using servers = new OpenedServers()
      const response = await send(servers.open(origin.url)).untilOver()
      expect(response).toMatchObject({ outcome: 'GTW_UPSTREAM_RESET', starts: 2 })
      expect(origin.requests()).toBe(2)
    })

    test(`${why}: content that was not used up goes with the second request`, async () => {
      await using origin = await startScript(refuse, answer)
      await using servers = new OpenedServers()
      const body = new HandedBody(5).push('hello').end()
      const dispatch = servers.open(origin.url)
      const response = send(dispatch, { method: 'POST', body, expectsContinue: true })
      await response.until(({ starts }) => starts === 2)
      await response.untilOver()
      expect(response.outcome).toBe(200)
    })

    test(`${why}: content that is on its way cannot be sent again`, async () => {
      await using origin = await startScript(refuse, answer)
      await using servers = new OpenedServers()
      const response = await send(servers.open(origin.url), { method: 'POST', body: new HandedBody().push('hello') }).untilOver()
      expect(response).toMatchObject({ outcome: 'GTW_UPSTREAM_RESET', starts: 1 })
    })
  }

  test('has acted on it when it has said anything', async () => {
    const info = (stream: number): Buffer => raw.head(stream, [0x08, 0x03, ...Buffer.from('103')])
    await using origin = await startScript((peer, stream) => {
      peer.send(Buffer.concat([info(stream), raw.reset(stream, constants.NGHTTP2_REFUSED_STREAM)]))
    }, answer)
    await using servers = new OpenedServers()
    expect(await send(servers.open(origin.url)).untilOver()).toMatchObject({ outcome: 'GTW_UPSTREAM_RESET', starts: 1 })
  })
})

describe('a connection that had a request before and dies before the answer to the next', () => {
  for (const [why, die] of [
    ['a FIN', finish],
    ['a reset', cut],
  ] as const) {
    test(`${why}: GET is sent once more, on another connection`, async () => {
      await using origin = await startScript(answer, die, answer)
      await using servers = new OpenedServers()
      const dispatch = servers.open(origin.url)
      await send(dispatch).untilOver()
      expect(await send(dispatch).untilOver()).toMatchObject({ outcome: 200, starts: 2 })
      expect(origin.peers).toHaveLength(2)
    })

    test(`${why}: POST may have been acted on`, async () => {
      await using origin = await startScript(answer, die, answer)
      await using servers = new OpenedServers()
      const dispatch = servers.open(origin.url)
      await send(dispatch).untilOver()
      const response = await send(dispatch, { method: 'POST' }).untilOver()
      expect(response.outcome).toMatch(/^GTW_UPSTREAM_(CLOSED|RESET)$/)
      expect(response.starts).toBe(1)
    })

    test(`${why} on a new connection: nothing is sent again`, async () => {
      await using origin = await startScript(die, answer)
      await using servers = new OpenedServers()
      const response = await send(servers.open(origin.url)).untilOver()
      expect(response.outcome).toMatch(/^GTW_UPSTREAM_(CLOSED|RESET)$/)
      expect(response.starts).toBe(1)
    })
  }

  test('a stream that is reset on a live connection is no such case', async () => {
    await using origin = await startScript(answer, (peer, stream) => peer.send(raw.reset(stream, constants.NGHTTP2_INTERNAL_ERROR)), answer)
    await using servers = new OpenedServers()
    const dispatch = servers.open(origin.url)
    await send(dispatch).untilOver()
    expect(await send(dispatch).untilOver()).toMatchObject({ outcome: 'GTW_UPSTREAM_RESET', starts: 1 })
    expect(await send(dispatch).untilOver()).toMatchObject({ outcome: 200 })
    expect(origin.peers).toHaveLength(1)
  })
})

describe('a server that says goodbye', () => {
  test('finishes what it has, and the next request goes to another connection', async () => {
    const held = new HeldStreams()
    await using server = await startHttp2Server(held.add)
    await using servers = new OpenedServers()
    const dispatch = servers.open(`h2c://127.0.0.1:${server.port}`)
    const before = send(dispatch)
    await held.count(1)
    const [stream] = held.streams
    server.sessions[0]?.close()
    // What comes behind the GOAWAY on the same connection tells that it has arrived.
    stream?.additionalHeaders({ ':status': 103 })
    await before.until(({ infos }) => infos.length === 1)
    const after = send(dispatch)
    await held.count(2)
    expect(server.sessions).toHaveLength(2)
    for (const one of held.streams as ServerHttp2Stream[]) one.respond({ ':status': 200 })
    for (const one of held.streams as ServerHttp2Stream[]) one.end('whole')
    await before.untilOver()
    await after.untilOver()
    expect([before, after].map(({ outcome, text }) => [outcome, text])).toEqual([
      [200, 'whole'],
      [200, 'whole'],
    ])
  })
})
