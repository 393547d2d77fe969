import { constants } from 'node:http2'
import { expect, test } from 'vitest'
import { startDataPlane } from '../../test/harness/data-plane.ts'
import { connectFrames, END_HEADERS, END_STREAM, FRAME, fieldBlock, fieldsOf, frame, framesIn } from '../../test/harness/http2-frames.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { type Peer, startRawOrigin } from '../../test/harness/peer.ts'

const head = (stream: number, method = 'GET'): Buffer =>
  frame(FRAME.headers, method === 'GET' ? END_HEADERS | END_STREAM : END_HEADERS, stream, fieldBlock(fieldsOf('/', method)))

const goaway = (peer: Peer): number | undefined =>
  framesIn(peer.received)
    .find(({ type }) => type === FRAME.goaway)
    ?.content.readUInt32BE(4)

const has = (peer: Peer, type: number, stream: number): boolean =>
  framesIn(peer.received).some((one) => one.type === type && one.stream === stream)

const answering = (): ReturnType<typeof startRawOrigin> =>
  startRawOrigin((peer) => {
    if (peer.text.endsWith('\r\n\r\n')) peer.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })

/** Lets time pass in steps, as it does. */
function pass(clock: ManualClock, seconds: number): void {
  for (let second = 0; second < seconds; second++) clock.advance(1_000)
}

test('a session without streams ends after the idle time, with GOAWAY', async () => {
  await using origin = await answering()
  const clock = new ManualClock()
  await using plane = await startDataPlane({ urls: [origin.url] }, clock)
  await using client = await connectFrames(plane.port)
  client.send(head(1))
  await client.until(() => has(client, FRAME.data, 1))
  pass(clock, 179)
  expect(goaway(client)).toBeUndefined()
  pass(clock, 3)
  await client.until(() => goaway(client) === constants.NGHTTP2_NO_ERROR)
  pass(clock, 10)
  await client.untilEnd()
})

test('content that does not come in time is answered 408, and the server never takes it as whole', async () => {
  await using origin = await startRawOrigin()
  const clock = new ManualClock()
  await using plane = await startDataPlane({ urls: [origin.url] }, clock)
  await using client = await connectFrames(plane.port)
  client.send(head(1, 'POST'))
  client.send(frame(FRAME.data, 0, 1, Buffer.from('some')))
  await origin.until(([peer]) => peer?.text.includes('some'))
  pass(clock, 62)
  await client.until(() => has(client, FRAME.headers, 1))
  await origin.until(([peer]) => peer?.end !== 'open')
  expect(origin.peers[0]?.text).not.toContain('\r\n0\r\n')
})

test('a response that takes longer than it may is reset', async () => {
  await using origin = await startRawOrigin()
  const clock = new ManualClock()
  const respondingTimeouts = { writeTimeout: '5s' }
  await using plane = await startDataPlane({ urls: [origin.url], entryPoint: { transport: { respondingTimeouts } } }, clock)
  await using client = await connectFrames(plane.port)
  client.send(head(1))
  await origin.until(([peer]) => peer?.text.includes('\r\n\r\n'))
  pass(clock, 7)
  await client.until(() => has(client, FRAME.reset, 1))
})

const limits = [
  { why: 'served enough', transport: { keepAliveMaxRequests: 2 } },
  { why: 'become old', transport: { keepAliveMaxTime: '60s' } },
]

for (const { why, transport } of limits) {
  test(`a session that has ${why} is told to go, after its last answers`, async () => {
    await using origin = await answering()
    const clock = new ManualClock()
    await using plane = await startDataPlane({ urls: [origin.url], entryPoint: { transport } }, clock)
    await using client = await connectFrames(plane.port)
    client.send(head(1))
    await client.until(() => has(client, FRAME.data, 1))
    expect(goaway(client)).toBeUndefined()
    pass(clock, 61)
    client.send(head(3))
    await client.until(() => has(client, FRAME.data, 3) && goaway(client) === constants.NGHTTP2_NO_ERROR)
  })
}

test('a client that is gone leaves nothing behind', async () => {
  await using origin = await startRawOrigin()
  const clock = new ManualClock()
  await using plane = await startDataPlane({ urls: [origin.url] }, clock)
  const client = await connectFrames(plane.port)
  client.send(Buffer.concat([head(1), head(3, 'POST')]))
  await origin.until((peers) => peers.length === 2)
  client.reset()
  await origin.until((peers) => peers.every(({ end }) => end !== 'open'))
  await clock.untilNothingIsWatched()
})
