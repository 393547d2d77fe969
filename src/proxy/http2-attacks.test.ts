import { connect, constants } from 'node:http2'
import { expect, test } from 'vitest'
import { startDataPlane } from '../../test/harness/data-plane.ts'
import {
  connectFrames,
  END_HEADERS,
  END_STREAM,
  FRAME,
  fieldBlock,
  fieldsOf,
  frame,
  framesIn,
  setting,
  uint32,
} from '../../test/harness/http2-frames.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { type Peer, type RawOrigin, startRawOrigin } from '../../test/harness/peer.ts'

const INITIAL_WINDOW_SIZE = 4
const LARGE = 200_000

/** Answers `/small` at once and `/large` with much; everything else never. */
const startOrigin = (): Promise<RawOrigin> => {
  const answered = new WeakMap<Peer, number>()
  return startRawOrigin((peer) => {
    const asked = peer.text.split('\r\n\r\n').length - 1
    for (let index = answered.get(peer) ?? 0; index < asked; index++) {
      const [, path] = /^\w+ (\S+)/.exec(peer.text.split('\r\n\r\n')[index] ?? '') ?? []
      const length = path === '/large' ? LARGE : 2
      if (path === '/small' || path === '/large') peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${'o'.repeat(length)}`)
    }
    answered.set(peer, asked)
  })
}

const head = (stream: number, path = '/', flags = END_HEADERS | END_STREAM): Buffer =>
  frame(FRAME.headers, flags, stream, fieldBlock(fieldsOf(path)))

/** Frames for the streams 1, 3, 5, … */
const streams = (count: number, make: (stream: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(index * 2 + 1)))

const repeat = (count: number, octets: Buffer): Buffer => Buffer.concat(Array(count).fill(octets))

const resets = (peer: Peer): number[] =>
  framesIn(peer.received).flatMap(({ type, content }) => (type === FRAME.reset ? [content.readUInt32BE()] : []))

const goaway = (peer: Peer): number | undefined =>
  framesIn(peer.received)
    .findLast(({ type }) => type === FRAME.goaway)
    ?.content.readUInt32BE(4)

/** What another client gets meanwhile. */
async function statusFor(port: number): Promise<unknown> {
  const session = connect(`http://127.0.0.1:${port}`)
  try {
    const stream = session.request({ ':path': '/small', ':authority': 'a.test' })
    return await new Promise((resolve, reject) => stream.once('response', (headers) => resolve(headers[':status'])).once('error', reject))
  } finally {
    session.destroy()
  }
}

const floods = [
  {
    why: 'streams that are reset as soon as they are opened',
    octets: streams(5_000, (stream) => Buffer.concat([head(stream), frame(FRAME.reset, 0, stream, uint32(constants.NGHTTP2_CANCEL))])),
  },
  {
    why: 'streams that the gateway is made to reset',
    octets: streams(300, (stream) => Buffer.concat([head(stream), frame(FRAME.windowUpdate, 0, stream, uint32(0))])),
  },
  { why: 'settings', octets: repeat(300, setting(INITIAL_WINDOW_SIZE, 65_535)) },
  { why: 'settings without a setting', octets: repeat(2_000, frame(FRAME.settings, 0, 0)) },
  { why: 'pings', octets: repeat(300, frame(FRAME.ping, 0, 0, Buffer.alloc(8))) },
  { why: 'empty content', octets: Buffer.concat([head(1, '/', END_HEADERS), repeat(1_000, frame(FRAME.data, 0, 1))]) },
  {
    why: 'heads that go on and on',
    octets: Buffer.concat([head(1, '/', END_STREAM), repeat(2_000, frame(FRAME.continuation, 0, 1, fieldBlock([['x', 'y'.repeat(100)]])))]),
  },
  { why: 'frames that are not valid', octets: repeat(1_000, frame(FRAME.windowUpdate, 0, 1, uint32(1))) },
]

for (const { why, octets } of floods) {
  test(`a flood of ${why} ends the session and nobody else's`, async () => {
    await using origin = await startOrigin()
    await using plane = await startDataPlane({ urls: [origin.url] })
    await using attacker = await connectFrames(plane.port)
    attacker.send(octets)
    const [status] = await Promise.all([
      statusFor(plane.port),
      attacker.until(() => goaway(attacker) !== undefined || attacker.end !== 'open', 'an end'),
    ])
    expect(status).toBe(200)
    attacker.socket.end()
    await attacker.until(({ closed }) => closed, 'the end of the connection')
    await plane.clock.until((watching) => watching <= 2)
  })
}

test('a hundred streams that are given up early end the session, where hardly any other is answered', async () => {
  await using origin = await startOrigin()
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using attacker = await connectFrames(plane.port)
  attacker.send(streams(150, (stream) => Buffer.concat([head(stream), frame(FRAME.reset, 0, stream, uint32(constants.NGHTTP2_CANCEL))])))
  await attacker.until(() => goaway(attacker) === constants.NGHTTP2_ENHANCE_YOUR_CALM, 'GOAWAY')
})

/** Opens streams of which every third is given up, and waits for the answers to the others. */
async function giveUpSome(client: Peer, rounds: number): Promise<void> {
  for (let round = 0; round < rounds && client.end === 'open'; round++) {
    const requests = Array.from({ length: 60 }, (_, index) => {
      const stream = (round * 60 + index) * 2 + 1
      if (index % 3 !== 0) return head(stream, '/small')
      return Buffer.concat([head(stream), frame(FRAME.reset, 0, stream, uint32(constants.NGHTTP2_CANCEL))])
    })
    client.send(Buffer.concat(requests))
    const answers = (round + 1) * 40
    await client.until(
      () => framesIn(client.received).filter(({ type }) => type === FRAME.data).length >= answers || goaway(client) !== undefined,
    )
  }
}

test('streams that are given up among many that are answered are no attack, unless they come at a high rate', async () => {
  await using origin = await startOrigin()
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using patient = await connectFrames(plane.port)
  await giveUpSome(patient, 9)
  expect(goaway(patient)).toBeUndefined()
  await using attacker = await connectFrames(plane.port)
  await giveUpSome(attacker, 12)
  expect(goaway(attacker)).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM)
})

const harmless = [
  { why: 'priorities', octets: repeat(10_000, frame(FRAME.priority, 0, 1, Buffer.from([0, 0, 0, 0, 16]))) },
  { why: 'frames of an unknown type', octets: repeat(10_000, frame(0x42, 0, 0)) },
]

for (const { why, octets } of harmless) {
  test(`many ${why} change nothing`, async () => {
    await using origin = await startOrigin()
    await using plane = await startDataPlane({ urls: [origin.url] })
    await using client = await connectFrames(plane.port)
    client.send(octets)
    client.send(head(1, '/small'))
    await client.until(
      () => framesIn(client.received).some(({ type, stream }) => type === FRAME.data && stream === 1) || client.end !== 'open',
    )
    expect(client.end).toBe('open')
  })
}

test('a client that measures the connection while content passes is no attacker', async () => {
  await using origin = await startOrigin()
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectFrames(plane.port)
  for (let round = 0; round < 5; round++) {
    client.send(repeat(50, frame(FRAME.ping, 0, 0, Buffer.alloc(8))))
    client.send(Buffer.concat(Array.from({ length: 60 }, (_, index) => head(round * 120 + index * 2 + 1, '/small'))))
    const expected = (round + 1) * 60
    await client.until(
      () => framesIn(client.received).filter(({ type }) => type === FRAME.data).length >= expected || client.end !== 'open',
    )
  }
  expect([client.end, goaway(client)]).toEqual(['open', undefined])
})

test('a request with thousands of fields is reset, and the session goes on', async () => {
  await using origin = await startOrigin()
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectFrames(plane.port)
  const fields = Array.from({ length: 1_000 }, (_, index): [string, string] => [`x-${index}`, ''])
  client.send(frame(FRAME.headers, END_HEADERS | END_STREAM, 1, fieldBlock([...fieldsOf(), ...fields])))
  client.send(head(3, '/small'))
  await client.until(() => framesIn(client.received).some(({ type, stream }) => type === FRAME.data && stream === 3))
  expect(resets(client)).toEqual([constants.NGHTTP2_ENHANCE_YOUR_CALM])
  expect(origin.peers.map(({ text }) => text).join('')).not.toContain('x-1')
})

test('more streams than announced are refused', async () => {
  await using origin = await startOrigin()
  await using plane = await startDataPlane({ urls: [origin.url], entryPoint: { http2: { maxConcurrentStreams: 10 } } })
  await using client = await connectFrames(plane.port)
  client.send(streams(12, (stream) => head(stream)))
  await client.until(() => resets(client).length >= 2)
  expect(resets(client)).toEqual([constants.NGHTTP2_REFUSED_STREAM, constants.NGHTTP2_REFUSED_STREAM])
})

/** Asks for much, and takes none of it. */
async function stall(port: number, count: number): Promise<Peer> {
  const client = await connectFrames(port)
  client.send(setting(INITIAL_WINDOW_SIZE, 0))
  client.send(streams(count, (stream) => head(stream, '/large')))
  await client.until(() => framesIn(client.received).filter(({ type }) => type === FRAME.headers).length >= count)
  return client
}

test('a client that does not take its answers loses them after a minute, and the server is let go', async () => {
  await using origin = await startOrigin()
  const clock = new ManualClock()
  await using plane = await startDataPlane({ urls: [origin.url] }, clock)
  await using client = await stall(plane.port, 5)
  for (let second = 0; second < 61; second++) {
    // An octet now and then is no progress.
    client.send(frame(FRAME.windowUpdate, 0, 1, uint32(1)))
    clock.advance(1_000)
  }
  await client.until(() => resets(client).length >= 5)
  await origin.until((peers) => peers.every(({ end }) => end !== 'open'))
})

test('an address may not have many sessions that take nothing', async () => {
  await using origin = await startOrigin()
  const clock = new ManualClock()
  await using plane = await startDataPlane({ urls: [origin.url] }, clock)
  const clients: Peer[] = []
  for (let index = 0; index < 34; index++) clients.push(await stall(plane.port, 1))
  for (let second = 0; second < 8; second++) clock.advance(1_000)
  const isOver = (client: Peer): boolean => goaway(client) === constants.NGHTTP2_ENHANCE_YOUR_CALM
  await Promise.all(clients.slice(32).map((client) => client.until(isOver, 'GOAWAY')))
  expect(clients.filter((client) => !isOver(client))).toHaveLength(32)
  for (const client of clients) client.socket.destroy()
})

test('a client that begins a head and says no more is idle', async () => {
  await using origin = await startOrigin()
  const clock = new ManualClock()
  await using plane = await startDataPlane({ urls: [origin.url] }, clock)
  await using client = await connectFrames(plane.port)
  client.send(head(1, '/', END_STREAM))
  await client.until(() => framesIn(client.received).length >= 2)
  clock.advance(180_000)
  await client.until(() => goaway(client) !== undefined || client.end !== 'open')
  clock.advance(10_000)
  await client.untilEnd()
})
