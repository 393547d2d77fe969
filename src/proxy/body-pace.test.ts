import { expect, test } from 'vitest'
import { startDataPlane } from '../../test/harness/data-plane.ts'
import { connectFrames, END_HEADERS, FRAME, fieldBlock, fieldsOf, frame, framesIn } from '../../test/harness/http2-frames.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { connectTo, type Peer, type RawOrigin, startRawOrigin } from '../../test/harness/peer.ts'

const HEAD = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'

const chunk = (octets: number): string => `${octets.toString(16)}\r\n${'x'.repeat(octets)}\r\n`

/** How much content the first connection to the server has seen. */
const contentOf = (origin: RawOrigin): number => (origin.peers[0]?.text.match(/x/g) ?? []).length

const untilSeen = (origin: RawOrigin, octets: number): Promise<void> => origin.until(() => contentOf(origin) >= octets, `${octets} octets`)

interface Started extends AsyncDisposable {
  readonly clock: ManualClock
  readonly origin: RawOrigin
  readonly port: number
}

/** An entry point on which a request may take for ever, unless its content says otherwise. */
async function start(more: object = {}, onChange?: (peer: Peer) => void): Promise<Started> {
  await using stack = new AsyncDisposableStack()
  const origin = stack.use(await startRawOrigin(onChange))
  const clock = new ManualClock()
  const respondingTimeouts = { readTimeout: 0, ...more }
  const { port } = stack.use(await startDataPlane({ urls: [origin.url], entryPoint: { transport: { respondingTimeouts } } }, clock))
  const all = stack.move()
  return { clock, origin, port, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

/** Sends so many octets in each of some seconds; the server has them before the second is over. */
async function drip({ clock, origin }: Started, client: Peer, { octets, seconds }: { octets: number; seconds: number }): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    const before = contentOf(origin)
    client.send(chunk(octets))
    await untilSeen(origin, before + octets)
    clock.advance(1_000)
  }
}

const refused = (client: Peer): Promise<Peer> => client.until(({ text }) => text.startsWith('HTTP/1.1 408 '))

test('content that comes drop by drop is answered 408 after ten seconds, and the server never takes it as whole', async () => {
  await using started = await start()
  await using client = await connectTo(started.port)
  client.send(HEAD)
  // Content that comes before its server is there is held up by the gateway, which is not the fault of the client.
  await started.origin.until(([peer]) => peer?.text.includes('\r\n\r\n') === true, 'the head')
  await drip(started, client, { octets: 100, seconds: 10 })
  expect(client.text).toBe('')
  await drip(started, client, { octets: 100, seconds: 4 })
  client.send(chunk(100))
  started.clock.advance(1_000)
  await refused(client)
  await started.origin.until(([peer]) => peer?.end !== 'open')
  expect(started.origin.peers[0]?.text).not.toContain('\r\n0\r\n')
})

test('content that is slow and not that slow arrives, however long it takes', async () => {
  await using started = await start({}, (peer) => {
    if (peer.text.endsWith('\r\n0\r\n\r\n')) peer.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  await using client = await connectTo(started.port)
  client.send(HEAD)
  await drip(started, client, { octets: 600, seconds: 120 })
  client.send('0\r\n\r\n')
  await client.until(({ text }) => text.endsWith('ok'))
})

test('a client that was fast may rest for a minute, and not longer', async () => {
  await using started = await start()
  await using client = await connectTo(started.port)
  client.send(HEAD + chunk(60_000))
  await untilSeen(started.origin, 60_000)
  for (let second = 0; second < 59; second++) started.clock.advance(1_000)
  expect(client.text).toBe('')
  await drip(started, client, { octets: 1, seconds: 1 })
  for (let second = 0; second < 66; second++) started.clock.advance(1_000)
  await refused(client)
})

test('time in which the server takes nothing is not the fault of the client', async () => {
  let isReleased = false
  let release = (): void => {}
  await using started = await start({ bodyIdleTimeout: '20s' }, (peer) => {
    if (isReleased) return
    peer.socket.pause()
    release = () => {
      isReleased = true
      peer.socket.resume()
    }
  })
  await using client = await connectTo(started.port)
  client.send(HEAD)
  // More than all buffers on the way take.
  const megabyte = chunk(1024 * 1024)
  let sent = 0
  while (sent < 64) {
    client.send(megabyte)
    sent++
    await new Promise(setImmediate)
  }
  for (let second = 0; second < 120; second++) started.clock.advance(1_000)
  expect(client.text).toBe('')
  release()
  await started.origin.until(([peer]) => (peer?.socket.bytesRead ?? 0) > 16 * 1024 * 1024, 'the content')
})

test('a client that waits for 100 and the answer to what it sent so far are not measured', async () => {
  await using started = await start({}, (peer) => {
    if (peer.text.includes('x')) peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n')
  })
  await using client = await connectTo(started.port)
  client.send(HEAD + chunk(1))
  await client.until(({ text }) => text.includes('yes'))
  for (let second = 0; second < 200; second++) started.clock.advance(1_000)
  client.send(chunk(1))
  await untilSeen(started.origin, 2)
})

test('who wants content at any pace says so', async () => {
  await using started = await start({ minBodyRate: 0, bodyIdleTimeout: 0 })
  await using client = await connectTo(started.port)
  client.send(HEAD)
  await drip(started, client, { octets: 1, seconds: 3 })
  for (let second = 0; second < 1_000; second++) started.clock.advance(1_000)
  await drip(started, client, { octets: 1, seconds: 1 })
  expect(client.text).toBe('')
})

const http2Head = (stream: number, contentType: string): Buffer =>
  frame(FRAME.headers, END_HEADERS, stream, fieldBlock([...fieldsOf('/', 'POST'), ['content-type', contentType]]))

test('a stream of HTTP/2 is measured by itself, one of gRPC is not', async () => {
  await using started = await start()
  await using client = await connectFrames(started.port)
  client.send(Buffer.concat([http2Head(1, 'text/plain'), http2Head(3, 'application/grpc+proto')]))
  await started.origin.until((peers) => peers.length === 2)
  for (let second = 0; second < 14; second++) {
    client.send(frame(FRAME.data, 0, 1, Buffer.from('x')))
    started.clock.advance(1_000)
  }
  await client.until((peer) => framesIn(peer.received).some(({ type, stream }) => type === FRAME.headers && stream === 1))
  for (let second = 0; second < 100; second++) started.clock.advance(1_000)
  expect(framesIn(client.received).some(({ stream, type }) => stream === 3 && type !== FRAME.windowUpdate)).toBe(false)
})
