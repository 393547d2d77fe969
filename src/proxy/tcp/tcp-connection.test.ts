import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { ManualClock } from '../../../test/harness/manual-clock.ts'
import { connectTo, type Peer, startRawOrigin } from '../../../test/harness/peer.ts'
import { otherEndOf } from '../../../test/harness/sockets.ts'
import { FaultLog } from '../../observe/fault-log.ts'
import { Clock } from '../../runtime/clock.ts'
import { TcpConnection } from './tcp-connection.ts'

const STEP = Buffer.alloc(32 * 1024, 'x')

interface Passed {
  readonly client: Peer
  readonly server: Peer
  /** The gateway's end of the connection to the server. */
  readonly toServer: Socket
  readonly clock: ManualClock
  /** How many octets the client has sent. */
  readonly sent: number
}

/** A connection whose server has said its last word and reads nothing, until octets for it wait in the gateway. */
async function stuckWith(terminationDelay: number, body: (passed: Passed) => Promise<void>): Promise<void> {
  await using origin = await startRawOrigin((peer) => void (peer.received.length === 0 && peer.socket.pause()))
  const clock = new ManualClock()
  let accepted: Socket | undefined
  const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    accepted = socket
    const peer = { address: '127.0.0.1', port: 0, localAddress: '127.0.0.1', localPort: 0, isTls: false }
    const context = { clock, faults: new FaultLog(new Clock(), () => {}), onClosed: () => {} }
    const connection = new TcpConnection(socket, { peer, early: Buffer.alloc(0), isPostgres: false }, context)
    socket.on('data', (chunk: Buffer) => connection.onClientRead(chunk, chunk.length))
    const port = Number(new URL(origin.url).port)
    const transport = { dialTimeout: 30_000, dialKeepAlive: 15_000, terminationDelay, tls: {} }
    connection.begin({ guards: [], pick: () => ({ host: '127.0.0.1', port, tls: false, transport }) } as never)
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  try {
    await using client = await connectTo((listener.address() as AddressInfo).port)
    await origin.until(({ length }) => length === 1)
    const server = origin.peers[0] as Peer
    server.finish()
    await client.until(({ end }) => end === 'fin')
    const toServer = otherEndOf(server) as Socket
    let sent = 0
    while (toServer.writableLength === 0) {
      client.send(STEP)
      sent += STEP.length
      await expect.poll(() => accepted?.bytesRead, { interval: 0 }).toBe(sent)
    }
    client.finish()
    await client.until(({ closed }) => closed)
    await body({ client, server, toServer, clock, sent })
  } finally {
    listener.close()
  }
}

test('a server that reads nothing any more is given up after its client is gone', async () => {
  await stuckWith(100, async ({ toServer, clock }) => {
    clock.advance(59_000)
    expect(toServer.destroyed).toBe(false)
    clock.advance(1_000)
    expect(toServer.destroyed).toBe(true)
    await clock.untilNothingIsWatched()
  })
})

test('a server that goes on reading in time gets all that its client has sent, and the end of it', async () => {
  await stuckWith(100, async ({ server, clock, sent }) => {
    clock.advance(59_000)
    server.socket.resume()
    await server.until(({ end }) => end === 'fin')
    expect(server.received.length).toBe(sent)
    await clock.untilNothingIsWatched()
  })
})

test('a longer delay for last words holds for them as well', async () => {
  await stuckWith(600_000, async ({ toServer, clock }) => {
    clock.advance(599_000)
    expect(toServer.destroyed).toBe(false)
    clock.advance(1_000)
    expect(toServer.destroyed).toBe(true)
  })
})

test('without a limit for last words the server may take its time', async () => {
  await stuckWith(-1, async ({ server, toServer, clock, sent }) => {
    clock.advance(24 * 3_600_000)
    expect(toServer.destroyed).toBe(false)
    server.socket.resume()
    await server.until(({ end }) => end === 'fin')
    expect(server.received.length).toBe(sent)
  })
})
