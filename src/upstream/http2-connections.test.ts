import type { ServerHttp2Stream } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { type Dispatched, send } from '../../test/harness/dispatched.ts'
import { HeldStreams } from '../../test/harness/held-streams.ts'
import { type RunningHttp2Server, startHttp2Server } from '../../test/harness/http2-server.ts'
import { OpenedServers } from '../../test/harness/opened-servers.ts'
import { GatewayError } from '../errors.ts'

const urlOf = ({ port }: RunningHttp2Server): string => `h2c://127.0.0.1:${port}`
const ok = (stream: ServerHttp2Stream): void => stream.respond({ ':status': 200 }, { endStream: true })
const overOf = (responses: readonly Dispatched[]): Promise<unknown> => Promise.all(responses.map((one) => one.untilOver()))

describe('how many connections there are', () => {
  test('one for all requests, also for those that come before it is there', async () => {
    await using server = await startHttp2Server(ok)
    await using servers = new OpenedServers()
    const dispatch = servers.open(urlOf(server))
    await overOf(Array.from({ length: 50 }, () => send(dispatch)))
    await overOf([send(dispatch)])
    expect(server.sessions).toHaveLength(1)
  })

  test('as many as a server needs that allows few streams on each; none is refused', async () => {
    const held = new HeldStreams()
    await using server = await startHttp2Server(held.add, { settings: { maxConcurrentStreams: 2 } })
    await using servers = new OpenedServers()
    const dispatch = servers.open(urlOf(server))
    const responses = Array.from({ length: 7 }, () => send(dispatch))
    await held.count(7)
    expect(server.sessions).toHaveLength(4)
    held.answer()
    await overOf(responses)
    expect(responses.map(({ outcome, starts }) => [outcome, starts])).toEqual(responses.map(() => [200, 1]))
  })

  test('a bounded number: what is too much waits its turn, for as long as a connection may take', async () => {
    const held = new HeldStreams()
    await using server = await startHttp2Server(held.add, { settings: { maxConcurrentStreams: 1 } })
    await using servers = new OpenedServers()
    const dispatch = servers.open(urlOf(server), { forwardingTimeouts: { dialTimeout: '5s' } })
    const responses = Array.from({ length: 102 }, () => send(dispatch))
    await held.count(100)
    servers.clock.advance(4_999)
    expect(server.sessions).toHaveLength(100)
    ok(held.streams[0] as ServerHttp2Stream)
    await held.count(101)
    servers.clock.advance(1)
    held.answer()
    await overOf(responses)
    expect(responses.map(({ outcome }) => outcome).sort()).toEqual([...Array.from({ length: 101 }, () => 200), 'GTW_UPSTREAM_DIAL_TIMEOUT'])
  })

  test('who waits and gives up leaves the line', async () => {
    const held = new HeldStreams()
    await using server = await startHttp2Server(held.add)
    await using servers = new OpenedServers()
    const dispatch = servers.open(urlOf(server))
    const [first, second, third] = [send(dispatch), send(dispatch), send(dispatch)]
    second.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
    expect(second.outcome).toBe('GTW_CLIENT_GONE')
    await held.count(2)
    held.answer()
    await overOf([first, third])
    expect([first.outcome, third.outcome]).toEqual([200, 200])
  })

  test('one that is not needed any more goes after a while, the last ones first', async () => {
    const held = new HeldStreams()
    await using server = await startHttp2Server(held.add, { settings: { maxConcurrentStreams: 1 } })
    await using servers = new OpenedServers()
    const dispatch = servers.open(urlOf(server), { maxIdleConnsPerHost: 2, forwardingTimeouts: { idleConnTimeout: '30s' } })
    const responses = [send(dispatch), send(dispatch), send(dispatch)]
    await held.count(3)
    held.answer()
    await overOf(responses)
    await servers.clock.until((watching) => watching === 2)
    servers.clock.advance(29_999)
    expect(servers.clock.watching).toBe(2)
    servers.clock.advance(1)
    await servers.clock.untilNothingIsWatched()
  })

  test('none is kept where that is not wanted', async () => {
    await using server = await startHttp2Server(ok)
    await using servers = new OpenedServers()
    const dispatch = servers.open(urlOf(server), { maxIdleConnsPerHost: -1 })
    for (let turn = 1; turn <= 3; turn++) {
      await send(dispatch).untilOver()
      await servers.clock.untilNothingIsWatched()
      expect(server.sessions).toHaveLength(turn)
    }
  })
})

describe('a changed configuration', () => {
  test('leaves the connection of an unchanged transport alone and ends that of another after its last request', async () => {
    const held = new HeldStreams()
    await using server = await startHttp2Server(held.add)
    await using servers = new OpenedServers()
    const before = send(servers.open(urlOf(server), { serverName: 'a' }))
    servers.settle()
    await held.count(1)
    const same = send(servers.open(urlOf(server), { serverName: 'a' }))
    await held.count(2)
    expect(server.sessions).toHaveLength(1)
    const other = send(servers.open(urlOf(server), { serverName: 'b' }))
    servers.settle()
    servers.open(urlOf(server), { serverName: 'b' })
    servers.settle()
    await held.count(3)
    expect(server.sessions).toHaveLength(2)
    held.answer()
    await overOf([before, same, other])
    expect([before, same, other].map(({ outcome }) => outcome)).toEqual([200, 200, 200])
    await servers.clock.until((watching) => watching === 1)
    expect(server.sessions[1]?.closed).toBe(false)
  })
})
