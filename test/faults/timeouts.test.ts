import { describe, expect, test } from 'vitest'
import { Clock, type Deadline } from '../../src/runtime/clock.ts'
import { answering } from '../harness/answering.ts'
import { startBlackHole } from '../harness/black-hole.ts'
import { startDataPlane } from '../harness/data-plane.ts'
import { connectTo, startRawOrigin } from '../harness/peer.ts'
import { answerOf, answersOf, ask } from './exchange.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const HEAD = 'POST / HTTP/1.1\r\nHost: a\r\n'

describe('a client that is too slow', () => {
  const cases: readonly (readonly [why: string, octets: string, statuses: readonly number[]])[] = [
    ['sends nothing', '', []],
    ['stops inside its request line', 'GET / HT', [408]],
    ['stops inside its fields', 'GET / HTTP/1.1\r\nHost: a\r\nX', [408]],
    ['stops behind an empty line', '\r\n', [408]],
    ['stops inside its content', `${HEAD}Content-Length: 5\r\n\r\nhe`, [408]],
    ['stops inside its chunks', `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhe`, [408]],
    ['stops inside its trailers', `${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\nX`, [408]],
    ['waits for the 100 that it got', `${HEAD}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`, [408]],
    ['stops inside its second request', `${GET}GET / HT`, [200, 408]],
    ['sends no second request', GET, [200]],
  ]
  for (const [why, octets, statuses] of cases) {
    test(`${why}: it is told so, and the connection ends`, async () => {
      await using origin = await startRawOrigin(answering((_request, server) => server.send(OK)))
      const respondingTimeouts = { readTimeout: '10s', idleTimeout: '20s' }
      await using plane = await startDataPlane({ urls: [origin.url], entryPoint: { transport: { respondingTimeouts } } })
      await using client = await connectTo(plane.port)
      client.send(octets)
      const arrives = octets.startsWith('POST') || octets.startsWith(GET)
      if (arrives) await origin.until(([server]) => server?.text.includes('\r\n\r\n'))
      if (octets.startsWith(GET)) await answerOf(client)
      // What was sent before is read by the time that a request behind it is answered.
      await ask(plane.port, GET)
      for (let second = 0; second < 30 && client.end === 'open'; second++) {
        plane.clock.advance(1_000)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await client.untilEnd()
      const methods = octets.startsWith(GET) ? ['GET', 'GET'] : ['POST']
      expect(
        answersOf(client, methods)
          .map(({ status }) => status)
          .filter((status) => status !== 0),
      ).toEqual(statuses)
      expect(client.end).toBe('fin')
    })
  }

  test('drips one octet at a time: the whole request has one deadline', async () => {
    await using origin = await startRawOrigin()
    const respondingTimeouts = { readTimeout: '10s' }
    await using plane = await startDataPlane({ urls: [origin.url], entryPoint: { transport: { respondingTimeouts } } })
    await using client = await connectTo(plane.port)
    client.send(`${HEAD}Content-Length: 1000\r\n\r\n`)
    await origin.until(([server]) => server?.text.endsWith('\r\n\r\n'))
    for (let second = 0; second < 11 && client.end === 'open'; second++) {
      client.send('x')
      await origin.until(([server]) => server?.text.endsWith('x'.repeat(second + 1)) || server?.end !== 'open')
      plane.clock.advance(1_000)
    }
    expect((await answerOf(client, ['POST'])).status).toBe(408)
    await origin.until(([server]) => server?.end !== 'open')
  })
})

test('a slow upload on a connection from the pool is not cut when the connection would have been idle for too long', async () => {
  await using origin = await startRawOrigin(answering((_request, server) => server.send(OK)))
  const forwardingTimeouts = { idleConnTimeout: '10s' }
  await using plane = await startDataPlane({ urls: [origin.url], transport: { forwardingTimeouts } })
  expect((await ask(plane.port, GET)).status).toBe(200)
  plane.clock.advance(6_000)
  await using client = await connectTo(plane.port)
  client.send(`${HEAD}Content-Length: 5\r\n\r\nhe`)
  await origin.until(([server]) => server?.text.endsWith('he'))
  plane.clock.advance(6_000)
  client.send('llo')
  expect((await answerOf(client, ['POST'])).status).toBe(200)
})

test('a connection that has been idle for too long is closed', async () => {
  await using origin = await startRawOrigin(answering((_request, server) => server.send(OK)))
  await using plane = await startDataPlane({ urls: [origin.url], transport: { forwardingTimeouts: { idleConnTimeout: '10s' } } })
  expect((await ask(plane.port, GET)).status).toBe(200)
  plane.clock.advance(10_000)
  await origin.until(([server]) => server?.end !== 'open')
  expect((await ask(plane.port, GET)).status).toBe(200)
  expect(origin.peers).toHaveLength(2)
})

describe('while a connection to the server is being made', () => {
  const methods = ['POST']

  test('the time for it runs out: 504', async () => {
    await using hole = await startBlackHole()
    await using plane = await startDataPlane({ urls: [hole.url], transport: { forwardingTimeouts: { dialTimeout: '5s' } } })
    await using client = await connectTo(plane.port)
    client.send(GET)
    await plane.clock.until((watching) => watching === 2)
    plane.clock.advance(5_000)
    expect(await answerOf(client)).toMatchObject({ status: 504, complete: true })
    expect(plane.clock.watching).toBe(1)
  })

  const faults: readonly (readonly [what: string, octets: string, status: number, strike: 'send' | 'fin' | 'wait'])[] = [
    ['the content turns out to be invalid', `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello`, 400, 'send'],
    ['the client closes its direction inside the content', `${HEAD}Content-Length: 5\r\n\r\nhe`, 400, 'fin'],
    ['the client takes too long for its content', `${HEAD}Content-Length: 5\r\n\r\nhe`, 408, 'wait'],
    ['the client waits for 100 for too long', `${HEAD}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`, 408, 'wait'],
  ]
  for (const [what, octets, status, strike] of faults) {
    test(`${what}: ${status}, and the attempt is given up`, async () => {
      await using hole = await startBlackHole()
      await using plane = await startDataPlane({
        urls: [hole.url],
        transport: { forwardingTimeouts: { dialTimeout: '0s' } },
        entryPoint: { transport: { respondingTimeouts: { readTimeout: '5s' } } },
      })
      await using client = await connectTo(plane.port)
      client.send(octets)
      await plane.clock.until((watching) => watching === 2)
      if (strike === 'send') client.send('no line end')
      else if (strike === 'fin') client.finish()
      else plane.clock.advance(5_000)
      await client.untilEnd()
      expect(answersOf(client, methods).map((answer) => answer.status)).toEqual([status])
      client.socket.destroy()
      await plane.clock.untilNothingIsWatched()
    })
  }

  test('the client leaves: the attempt is given up', async () => {
    await using hole = await startBlackHole()
    await using plane = await startDataPlane({ urls: [hole.url], transport: { forwardingTimeouts: { dialTimeout: '0s' } } })
    await using client = await connectTo(plane.port)
    client.send(`${HEAD}Content-Length: 5\r\n\r\nhe`)
    await plane.clock.until((watching) => watching === 2)
    client.reset()
    await plane.clock.untilNothingIsWatched()
  })
})

test('a connection is not older than it is', async () => {
  await using origin = await startRawOrigin(answering((_request, server) => server.send(OK)))
  await using plane = await startDataPlane({ urls: [origin.url], entryPoint: { transport: { keepAliveMaxTime: '60s' } } }, new Clock())
  // A clock without anything to watch stands still: as after an hour without a client.
  plane.clock.now -= 3_600_000
  await using client = await connectTo(plane.port)
  client.send(GET)
  await answerOf(client)
  expect(client.text).not.toContain('Connection: close')
})

test('no deadline is over before its time', async () => {
  const clock = new Clock()
  const first: Deadline = { deadlineAt: 0, onDeadline() {} }
  const { promise, resolve } = Promise.withResolvers<number>()
  const second: Deadline = { deadlineAt: 0, onDeadline: () => resolve(performance.now()) }
  clock.watch(first)
  await new Promise((done) => setTimeout(done, 300))
  // As every connection sets its own.
  const set = performance.now()
  second.deadlineAt = clock.in(400)
  clock.watch(second)
  expect((await promise) - set).toBeGreaterThanOrEqual(400)
  clock.unwatch(first)
  clock.unwatch(second)
})
