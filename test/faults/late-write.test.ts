import { describe, expect, test } from 'vitest'
import { startDataPlane } from '../harness/data-plane.ts'
import { connectTo, type Peer, startRawOrigin } from '../harness/peer.ts'
import { answerOf } from './exchange.ts'

describe('a server answers 413 and resets while the upload goes on', () => {
  const pieceOf = (framing: string, length: number): string =>
    framing.startsWith('T') ? `${length.toString(16)}\r\n${'a'.repeat(length)}\r\n` : 'a'.repeat(length)

  for (const framing of ['Content-Length: 1000000', 'Transfer-Encoding: chunked']) {
    for (const length of [1_000, 100_000]) {
      test(`${framing}, ${length} octets at once: its answer is read before the failed write ends the connection`, async () => {
        const asked = Promise.withResolvers<Peer>()
        await using origin = await startRawOrigin((server) => {
          if (server.received.length > 0) asked.resolve(server)
        })
        await using plane = await startDataPlane({ urls: [origin.url] })
        await using client = await connectTo(plane.port)
        client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`)
        const server = await asked.promise
        // In one turn, the client first: the gateway writes to a connection that is reset already.
        client.send(pieceOf(framing, length))
        server.send('HTTP/1.1 413 X\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig')
        server.reset()
        expect(await answerOf(client, ['POST'])).toMatchObject({ status: 413, complete: true, content: 'big' })
      })
    }
  }
})
