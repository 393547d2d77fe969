import { describe, expect, test } from 'vitest'
import { answering } from '../harness/answering.ts'
import { startDataPlane } from '../harness/data-plane.ts'
import { readRequests, valuesOf } from '../harness/messages.ts'
import { connectTo, type Peer, type RawOrigin, startRawOrigin } from '../harness/peer.ts'
import { answerOf, answersOf, ask } from './exchange.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const HEAD = 'POST /upload HTTP/1.1\r\nHost: a\r\n'

const startOk = (): Promise<RawOrigin> => startRawOrigin(answering((_request, server) => server.send(OK)))

const pathsSeenBy = ({ peers }: RawOrigin): string[] =>
  peers
    .flatMap(({ received }) => readRequests(received).messages)
    .filter(({ complete }) => complete)
    .map(({ startLine }) => startLine.split(' ')[1] as string)

describe('a client leaves', () => {
  const phases: readonly (readonly [when: string, octets: string, arrives: boolean])[] = [
    ['inside its request line', 'GE', false],
    ['inside its fields', 'GET / HTTP/1.1\r\nHo', false],
    ['behind the head of its upload', `${HEAD}Content-Length: 5\r\n\r\n`, true],
    ['inside its counted content', `${HEAD}Content-Length: 5\r\n\r\nhe`, true],
    ['inside its chunked content', `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhe`, true],
    ['while it is waiting for an answer', get('/wait'), true],
  ]
  for (const [when, octets, arrives] of phases) {
    for (const how of ['fin', 'reset', 'close'] as const) {
      // A client that closes its direction may still want its answer.
      if (how !== 'reset' && octets === get('/wait')) continue
      test(`${when} (${how}): nothing is left, and no part of it looks whole`, async () => {
        await using origin = await startRawOrigin((server) => {
          if (server.end !== 'open') server.finish()
        })
        await using plane = await startDataPlane({ urls: [origin.url] })
        await using client = await connectTo(plane.port)
        client.send(octets)
        if (arrives) await origin.until(([server]) => server?.text.includes('\r\n\r\n'))
        if (how === 'fin') client.finish()
        else if (how === 'reset') client.reset()
        else client.socket.destroy()
        await origin.until((peers) => peers.every(({ closed }) => closed))
        if (how === 'fin') await client.untilEnd()
        client.socket.destroy()
        await plane.clock.untilNothingIsWatched()
        expect(pathsSeenBy(origin)).toEqual(octets === get('/wait') ? ['/wait'] : [])
      })
    }
  }

  test('inside a large answer, and the server hears of it', async () => {
    await using origin = await startRawOrigin(
      answering((_request, server) => {
        server.send('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n')
        server.send(Buffer.alloc(20_000_000))
      }),
    )
    await using plane = await startDataPlane({ urls: [origin.url] })
    await using client = await connectTo(plane.port)
    client.send(get('/'))
    await client.until(() => client.end !== 'open' || client.received.length > 100_000)
    client.reset()
    await origin.until(([server]) => server?.closed)
    await plane.clock.untilNothingIsWatched()
  })
})

describe('behind a good request', () => {
  for (const garbage of ['\r\n\r\n\r\n', '\x16\x03\x01\x02\x00\x01', 'GET / HTTP/9.9\r\n\r\n', 'GET /two HTTP/1.1\r\n\r\n']) {
    for (const when of ['at once', 'while the answer is awaited', 'after the answer'] as const) {
      test(`${JSON.stringify(garbage)} ${when}: the request is answered first`, async () => {
        const asked = Promise.withResolvers<Peer>()
        await using origin = await startRawOrigin(answering((_request, server) => asked.resolve(server)))
        await using plane = await startDataPlane({ urls: [origin.url] })
        await using client = await connectTo(plane.port)
        client.send(get('/one') + (when === 'at once' ? garbage : ''))
        const server = await asked.promise
        if (when === 'while the answer is awaited') client.send(garbage)
        server.send(OK)
        await answerOf(client, ['GET', 'GET'], 0)
        if (when === 'after the answer') client.send(garbage)
        await client.untilEnd()
        const [first, second, ...more] = answersOf(client, ['GET', 'GET'])
        expect([first?.content, second?.complete, more.length, client.end]).toEqual(['ok', true, 0, 'fin'])
        expect([400, 505]).toContain(second?.status)
        expect(pathsSeenBy(origin)).toEqual(['/one'])
      })
    }
  }
})

test('a client that sends several requests and closes its direction gets every answer', async () => {
  await using origin = await startOk()
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectTo(plane.port)
  client.send(get('/1') + get('/2') + get('/3'))
  client.finish()
  await client.untilEnd()
  expect(answersOf(client, ['GET', 'GET', 'GET']).map(({ status }) => status)).toEqual([200, 200, 200])
  expect(pathsSeenBy(origin)).toEqual(['/1', '/2', '/3'])
})

test('half a request that waited behind an answer does not keep a client that has closed its direction', async () => {
  const asked = Promise.withResolvers<Peer>()
  await using origin = await startRawOrigin((server) => {
    if (server.text.includes('GET /1')) asked.resolve(server)
    if (server.end !== 'open') server.finish()
  })
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectTo(plane.port)
  client.send(get('/1'))
  const server = await asked.promise
  server.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no')
  await client.until(() => client.text.endsWith('o'))
  client.send(`${HEAD}Content-Length: 5\r\n\r\nhe`)
  client.finish()
  // The FIN is read no later than what comes behind it on another connection.
  await (await connectTo(plane.port))[Symbol.asyncDispose]()
  server.send('k')
  await client.untilEnd()
  expect(answersOf(client, ['GET', 'POST'])[0]?.content).toBe('ok')
  expect(pathsSeenBy(origin)).toEqual(['/1'])
})

test('a client that does not read its answers does not make the gateway hold them', async () => {
  const requests = 600
  const answer = Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n'), Buffer.alloc(40_000, 'a')])
  let asked = 0
  await using origin = await startRawOrigin(
    answering(({ startLine }, server) => {
      if (startLine.includes('/other')) server.send(OK)
      else {
        asked++
        server.send(answer)
      }
    }),
  )
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectTo(plane.port)
  client.socket.pause()
  client.send(get('/big').repeat(requests))
  // Other work passes meanwhile; if the answers were not held back, all of them would have been asked for by now.
  for (let turn = 0; turn < 400; turn++) expect((await ask(plane.port, get('/other'))).status).toBe(200)
  // The kernel holds some of them: up to 4 MiB to send, 6 MiB received.
  expect(asked).toBeLessThan(requests / 2)
  client.socket.resume()
  const methods = Array.from({ length: requests }, () => 'GET')
  await client.until(() => client.socket.bytesRead >= requests * answer.length)
  expect(answersOf(client, methods).filter(({ complete }) => complete)).toHaveLength(requests)
})

test('a client that does not read a large answer holds the server back', async () => {
  await using origin = await startRawOrigin(
    answering((_request, server) => server.send(`HTTP/1.1 200 OK\r\nContent-Length: 64000000\r\n\r\n${'a'.repeat(64_000_000)}`)),
  )
  await using plane = await startDataPlane({
    urls: [origin.url],
    entryPoint: { transport: { respondingTimeouts: { writeTimeout: '30s' } } },
  })
  await using client = await connectTo(plane.port)
  client.socket.pause()
  client.send(get('/'))
  await origin.until(([server]) => server !== undefined && server.socket.bytesWritten > 0)
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(origin.peers[0]?.socket.writableLength).toBeGreaterThan(32_000_000)
  plane.clock.advance(30_000)
  client.socket.resume()
  await client.untilEnd()
  expect([answersOf(client)[0]?.complete, client.end]).toEqual([false, 'reset'])
  await plane.clock.untilNothingIsWatched()
})

test('a client that uploads to a server that does not read is held back, and let go when its time is over', async () => {
  await using origin = await startRawOrigin((server) => server.socket.pause())
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectTo(plane.port)
  client.send(`${HEAD}Content-Length: 64000000\r\n\r\n`)
  client.send(Buffer.alloc(64_000_000))
  await origin.until((peers) => peers.length === 1)
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(client.socket.writableLength).toBeGreaterThan(32_000_000)
  plane.clock.advance(60_000)
  plane.clock.advance(60_000)
  await plane.clock.untilNothingIsWatched()
})

test('a client that has gone before it was accepted leaves no request without an address', async () => {
  await using origin = await startOk()
  await using plane = await startDataPlane({ urls: [origin.url] })
  // Some of them are accepted after they have been reset.
  const leave = async (): Promise<void> => {
    const client = await connectTo(plane.port)
    client.send(get('/gone'))
    client.reset()
  }
  await Promise.all(Array.from({ length: 100 }, leave))
  expect((await ask(plane.port, get('/last'))).status).toBe(200)
  const requests = origin.peers.flatMap(({ received }) => readRequests(received).messages)
  expect(requests.filter((request) => valuesOf(request, 'x-forwarded-for').length === 0).length).toBe(0)
})
