import { describe, expect, test } from 'vitest'
import { answering } from '../harness/answering.ts'
import { startDataPlane } from '../harness/data-plane.ts'
import { readRequests, readResponses, valuesOf } from '../harness/messages.ts'
import { connectTo, type Peer, startRawOrigin } from '../harness/peer.ts'
import { otherEndOf } from '../harness/sockets.ts'
import { answerOf, answersOf } from './exchange.ts'

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n${'a'.repeat(20_000)}`

describe('an answer that the gateway still holds for a client is not lost', () => {
  const cases = [
    ['the client ends inside a head', '', 'GET /half HTTP/1.1\r\nHo'],
    ['the client ends inside content', '', 'POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe'],
    ['garbage comes, and the end', '', 'garbage\r\n\r\n'],
    ['garbage comes with the last request, and the end', get('/last'), 'garbage\r\n\r\n'],
    ['half a head comes with the last request, and the end', get('/last'), 'GET /half HTTP/1.1\r\nHo'],
  ] as const
  for (const [when, more, behind] of cases) {
    test(`when ${when}`, async () => {
      let answered = 0
      await using origin = await startRawOrigin(
        answering((_request, server) => {
          answered++
          server.send(ANSWER)
        }),
      )
      await using plane = await startDataPlane({ urls: [origin.url] })
      await using client = await connectTo(plane.port)
      client.socket.pause()
      let asked = 0
      // Until the kernel takes no more for a client that does not read.
      while (!otherEndOf(client)?.writableLength) {
        asked++
        client.send(get('/'))
        await origin.until(() => answered === asked)
        await someTurns()
      }
      client.send(more + behind)
      client.finish()
      await someTurns()
      client.socket.resume()
      await client.untilEnd()
      const methods = Array.from({ length: answered + 1 }, () => 'GET')
      const whole = answersOf(client, methods).filter(({ status, complete }) => status === 200 && complete)
      expect([whole.length, client.end]).toEqual([asked + (more === '' ? 0 : 1), 'fin'])
    })
  }
})

describe('a client that reads slowly gets the whole of its last answer', () => {
  for (const [what, request, head] of [
    ['HTTP/1.0, content until the end', 'GET / HTTP/1.0\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['HTTP/1.1, chunked, asked to close', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n'],
  ] as const) {
    for (const half of [false, true]) {
      test(half ? `${what}, from a client that has closed its direction` : what, async () => {
        const asked = Promise.withResolvers<Peer>()
        await using origin = await startRawOrigin(answering((_request, server) => asked.resolve(server)))
        await using plane = await startDataPlane({ urls: [origin.url] })
        await using client = await connectTo(plane.port)
        client.send(request)
        if (half) client.finish()
        const server = await asked.promise
        client.socket.pause()
        server.send(head)
        let sent = 0
        // Until the gateway holds the rest of the answer itself.
        for (; !otherEndOf(client)?.writableLength; sent += PIECE.length) {
          server.send(PIECE)
          await someTurns()
        }
        server.finish()
        await origin.until(([peer]) => peer?.closed)
        await someTurns()
        // The queue of the gateway only moves when the client has made room for a good part of what the kernel holds.
        for (let second = 0; second < 30; second++) {
          plane.clock.advance(1_000)
          await new Promise((resolve) => setImmediate(resolve))
        }
        client.socket.resume()
        await client.untilEnd()
        const [answer] = answersOf(client)
        expect([answer?.complete, answer?.content.length, client.end]).toEqual([true, sent, 'fin'])
        client.socket.destroy()
        plane.clock.advance(5_000)
        await plane.clock.untilNothingIsWatched()
      })
    }
  }
})

test('a client that reads slowly while it still sends gets the whole of its last answer', async () => {
  await using origin = await startRawOrigin()
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectTo(plane.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n')
  await origin.until(([peer]) => peer?.text.includes('\r\n\r\n'))
  const server = origin.peers[0] as Peer
  client.socket.pause()
  server.send('HTTP/1.1 413 X\r\n\r\n')
  let sent = 0
  for (; !otherEndOf(client)?.writableLength; sent += PIECE.length) {
    server.send(PIECE)
    await someTurns()
  }
  server.finish()
  await origin.until(([peer]) => peer?.closed)
  client.send(Buffer.alloc(1_000_000))
  await someTurns()
  await someTurns()
  client.socket.resume()
  const answer = await answerOf(client, ['POST'])
  expect([answer.status, answer.complete, answer.content.length]).toEqual([413, true, sent])
})

test('a client that reads slowly is not idle', async () => {
  const asked = Promise.withResolvers<Peer>()
  await using origin = await startRawOrigin(
    answering(({ startLine }, server) => {
      if (startLine.includes('/first')) asked.resolve(server)
      else server.send(OK)
    }),
  )
  const respondingTimeouts = { idleTimeout: '10s' }
  await using plane = await startDataPlane({ urls: [origin.url], entryPoint: { transport: { respondingTimeouts } } })
  await using client = await connectTo(plane.port)
  client.send(get('/first'))
  const server = await asked.promise
  client.socket.pause()
  server.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  let sent = 0
  for (; !otherEndOf(client)?.writableLength; sent += PIECE.length) {
    server.send(`${PIECE.length.toString(16)}\r\n${PIECE}\r\n`)
    await someTurns()
  }
  server.send('0\r\n\r\n')
  await someTurns()
  for (let second = 0; second < 30; second++) plane.clock.advance(1_000)
  client.socket.resume()
  const first = await answerOf(client, ['GET', 'GET'], 0)
  expect([first.complete, first.content.length]).toEqual([true, sent])
  client.send(get('/second'))
  expect((await answerOf(client, ['GET', 'GET'])).content).toBe('ok')
})

describe('a client that reads nothing of its last answer', () => {
  for (const half of [false, true]) {
    test(`is let go${half ? ' although it has closed its direction' : ''}, and does not take what it got for the whole`, async () => {
      const asked = Promise.withResolvers<Peer>()
      await using origin = await startRawOrigin(answering((_request, server) => asked.resolve(server)))
      await using plane = await startDataPlane({ urls: [origin.url] })
      await using client = await connectTo(plane.port)
      client.send('GET / HTTP/1.0\r\n\r\n')
      if (half) client.finish()
      const server = await asked.promise
      client.socket.pause()
      server.send('HTTP/1.1 200 OK\r\n\r\n')
      while (!otherEndOf(client)?.writableLength) {
        server.send(PIECE)
        await someTurns()
      }
      server.finish()
      await origin.until(([peer]) => peer?.closed)
      for (let minute = 0; minute < 10; minute++) plane.clock.advance(60_000)
      await plane.clock.untilNothingIsWatched()
      client.socket.resume()
      await client.untilEnd()
      expect([answersOf(client)[0]?.complete ?? false, client.end]).toEqual([false, 'reset'])
    })
  }
})

const PIECE = 'a'.repeat(20_000)

async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a request that comes when the gateway has said its last word is not passed on', async () => {
  const asked = Promise.withResolvers<Peer>()
  await using origin = await startRawOrigin(
    answering(({ startLine }, server) => {
      if (startLine.includes('/one')) asked.resolve(server)
      else server.send(OK)
    }),
  )
  const transport = { lifeCycle: { graceTimeOut: '5s' } }
  await using plane = await startDataPlane({ urls: [origin.url], entryPoint: { transport } })
  await using client = await connectTo(plane.port)
  client.send(get('/one'))
  const server = await asked.promise
  server.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no')
  await client.until(() => client.text.endsWith('o'))
  const drained = plane.drain()
  server.send('k')
  await client.untilEnd()
  client.send('POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
  client.finish()
  await drained
  expect(origin.peers.flatMap(({ received }) => readRequests(received).messages).map(({ startLine }) => startLine)).toEqual([
    'GET /one HTTP/1.1',
  ])
})

test('an answer instead of 100 Continue says that the connection ends, where it does', async () => {
  await using origin = await startRawOrigin((server) => {
    if (server.text.endsWith('\r\n\r\n')) server.send('HTTP/1.1 417 X\r\nContent-Length: 0\r\n\r\n')
  })
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectTo(plane.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
  expect((await answerOf(client, ['POST'])).status).toBe(417)
  const [message] = readResponses(client.received, ['POST'], client.end).messages
  await client.untilEnd()
  expect(message && valuesOf(message, 'connection')).toEqual(['close'])
})

test('a client that asked to close gets its answer, and nothing behind its request is read', async () => {
  await using origin = await startRawOrigin(answering((_request, server) => server.send(OK)))
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectTo(plane.port)
  client.send(`GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n${get('/2')}`)
  await client.untilEnd()
  expect([client.end, answersOf(client).length, origin.peers[0]?.text.includes('/2')]).toEqual(['fin', 1, false])
  client.socket.destroy()
  plane.clock.advance(5_000)
  plane.forgetServers()
  await plane.clock.untilNothingIsWatched()
})
