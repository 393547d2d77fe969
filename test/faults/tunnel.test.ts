import { expect, test } from 'vitest'
import { answering } from '../harness/answering.ts'
import { inBatches } from '../harness/batches.ts'
import { startDataPlane } from '../harness/data-plane.ts'
import { readResponses, statusOf } from '../harness/messages.ts'
import { connectTo, type Peer, startRawOrigin } from '../harness/peer.ts'
import { watchSocketsTo } from '../harness/sockets.ts'

const OCTETS = Array.from({ length: 500 }, (_, at) => `<${at}>`)
  .join('')
  .slice(0, 1_990)
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'
const asking = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`

/** What came through the tunnel; undefined before there is one. */
function tunnelled(client: Peer): string | undefined {
  const { messages, rest } = readResponses(client.received, ['GET'], client.end)
  return messages[0]?.framing === 'tunnel' ? rest : undefined
}

async function tunnelTo(port: number): Promise<Peer> {
  const client = await connectTo(port)
  client.send(asking('/'))
  return client.until(() => tunnelled(client) !== undefined, 'the tunnel')
}

test('a tunnel that the server breaks off after every octet ends for the client as it ended for the gateway', async () => {
  const wire = SWITCHED + OCTETS
  await using origin = await startRawOrigin(
    answering(({ startLine }, peer) => {
      const [, at, how] = (startLine.split(' ')[1] as string).split('/')
      peer.send(wire.slice(0, Number(at)))
      if (how === 'fin') peer.finish()
      else peer.reset()
    }),
  )
  await using plane = await startDataPlane({ urls: [origin.url] })
  const cuts = Array.from({ length: wire.length + 1 }, (_, at) => [`/${at}/fin`, `/${at}/reset`]).flat()
  await inBatches(cuts, 32, async (path) => {
    const at = Number(path.split('/')[1])
    await using client = await connectTo(plane.port)
    client.send(asking(path))
    await client.until(() => client.end !== 'open' || client.text.startsWith('HTTP/1.1 502'), path)
    if (at < SWITCHED.length) {
      expect(readResponses(client.received, ['GET'], client.end).messages.map(statusOf), path).toEqual([502])
      return
    }
    const sent = wire.slice(SWITCHED.length, at)
    const got = tunnelled(client) ?? ''
    if (path.endsWith('fin')) expect([got, client.end], path).toEqual([sent, 'fin'])
    else expect(sent.startsWith(got), path).toBe(true)
  })
  plane.forgetServers()
  await origin.until((peers) => peers.every(({ closed }) => closed))
})

test('a tunnel that one end resets is reset at the other end', async () => {
  await using origin = await startRawOrigin(answering((_request, peer) => peer.send(SWITCHED)))
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using resetByServer = await tunnelTo(plane.port)
  origin.peers[0]?.reset()
  await resetByServer.untilEnd()
  await using resetByClient = await tunnelTo(plane.port)
  resetByClient.reset()
  await origin.peers[1]?.untilEnd()
  expect([resetByServer.end, origin.peers[1]?.end]).toEqual(['reset', 'reset'])
})

test('what a client sends after the server has closed its direction all arrives', async () => {
  await using origin = await startRawOrigin((peer) => {
    if (!peer.socket.writableEnded && peer.text.endsWith('\r\n\r\n')) {
      peer.send(SWITCHED)
      peer.finish()
      peer.socket.pause()
    }
  })
  await using plane = await startDataPlane({ urls: [origin.url] })
  using sockets = watchSocketsTo(origin.url)
  await using client = await tunnelTo(plane.port)
  await client.until(() => client.end === 'fin')
  const [toServer] = sockets.opened
  let sent = 0
  // Until the kernel takes no more, and the gateway holds the last octets itself.
  for (; toServer?.writableLength === 0; sent += PIECE.length) {
    client.send(PIECE)
    await new Promise((resolve) => setImmediate(resolve))
  }
  client.finish()
  await client.until(() => client.closed)
  const server = origin.peers[0] as Peer
  server.socket.resume()
  await server.untilEnd()
  expect([server.end, server.received.length - server.received.indexOf('\r\n\r\n') - 4]).toEqual(['fin', sent])
})

const PIECE = Buffer.alloc(16 * 1024, 'abcdefghijklmnopqrstuvw')

test('what a server sends after the client has closed its direction all arrives', async () => {
  const octets = Buffer.alloc(4 * 1024 * 1024, 'abcdefghijklmnopqrstuvw')
  await using origin = await startRawOrigin((peer) => {
    if (peer.socket.bytesWritten === 0 && peer.text.endsWith('\r\n\r\n')) peer.send(SWITCHED)
    if (peer.end === 'fin' && !peer.socket.writableEnded) {
      peer.send(octets)
      peer.finish()
    }
  })
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await tunnelTo(plane.port)
  client.socket.pause()
  client.finish()
  await origin.until(([server]) => server?.socket.writableEnded)
  client.socket.resume()
  await client.untilEnd()
  expect([client.end, tunnelled(client)?.length]).toEqual(['fin', octets.length])
})

test('octets behind an upgrade request wait for the 101', async () => {
  const asked = Promise.withResolvers<Peer>()
  await using origin = await startRawOrigin((peer) => {
    if (peer.text.endsWith('\r\n\r\n')) asked.resolve(peer)
  })
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectTo(plane.port)
  client.send(`${asking('/')}early`)
  const server = await asked.promise
  expect(server.text).not.toContain('early')
  server.send(SWITCHED)
  await server.until(() => server.text.endsWith('\r\n\r\nearly'))
})

test('octets behind an upgrade request that is answered otherwise are a request', async () => {
  await using origin = await startRawOrigin(
    answering(({ startLine }, peer) => peer.send(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${startLine.slice(4, 6)}`)),
  )
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectTo(plane.port)
  client.send(`${asking('/1')}GET /2 HTTP/1.1\r\nHost: a\r\n\r\n`)
  const read = () => readResponses(client.received, ['GET', 'GET'], client.end).messages
  await client.until(() => read()[1]?.complete)
  expect(read().map(({ content }) => content)).toEqual(['/1', '/2'])
})

test('a server that switches before it has the whole request is not believed', async () => {
  await using origin = await startRawOrigin((peer) => {
    if (peer.text.endsWith('first') && peer.socket.bytesWritten === 0) peer.send(SWITCHED)
  })
  await using plane = await startDataPlane({ urls: [origin.url] })
  await using client = await connectTo(plane.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst')
  await client.until(() => client.text.includes('\r\n\r\n') || client.end !== 'open')
  expect(statusOf({ startLine: client.text })).toBe(502)
})
