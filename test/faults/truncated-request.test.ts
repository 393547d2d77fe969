import { expect, test } from 'vitest'
import { answering } from '../harness/answering.ts'
import { inBatches } from '../harness/batches.ts'
import { startDataPlane } from '../harness/data-plane.ts'
import { readRequests, readResponses, statusOf } from '../harness/messages.ts'
import { connectTo, startRawOrigin } from '../harness/peer.ts'

const CONTENT = Array.from({ length: 420 }, (_, at) => `<${at}>`)
  .join('')
  .slice(0, 1_900)
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

const UPLOADS = [
  { name: 'Content-Length', framing: `Content-Length: ${CONTENT.length}`, body: CONTENT },
  {
    name: 'chunked content',
    framing: 'Transfer-Encoding: chunked',
    body: `${chunk(CONTENT.slice(0, 1_000))}${chunk(CONTENT.slice(1_000))}0\r\n\r\n`,
  },
  {
    name: 'chunked content with trailers',
    framing: 'Transfer-Encoding: chunked',
    body: `${chunk(CONTENT.slice(0, 1))}${chunk(CONTENT.slice(1))}0\r\nX-Sum: 1234567890\r\n\r\n`,
  },
] as const

for (const { name, framing, body } of UPLOADS) {
  for (const how of ['fin', 'reset'] as const) {
    test(`${name}, ended by ${how} after every octet, never reaches the server as whole`, async () => {
      const whole: number[] = []
      const arrivals = new Map<number, () => void>()
      const answer = answering(({ startLine, content }, peer) => {
        expect(content).toBe(CONTENT)
        whole.push(pathOf(startLine))
        peer.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      })
      await using origin = await startRawOrigin((peer) => {
        if (peer.received.length > 0) arrivals.get(pathOf(peer.text))?.()
        answer(peer)
      })
      await using plane = await startDataPlane({ urls: [origin.url] })
      const octetsOf = (at: number): string => `POST /${at} HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n${body}`
      const cuts = Array.from({ length: octetsOf(1_000).length + 1 }, (_, at) => at)
      await inBatches(cuts, 32, async (at) => {
        const octets = octetsOf(at)
        const isWhole = at >= octets.length
        await using client = await connectTo(plane.port)
        const arrived = new Promise<void>((resolve) => arrivals.set(at, resolve))
        client.send(octets.slice(0, at))
        // Some requests have got to the server when the client leaves, some have not.
        if (at % 2 === 0 && at >= octets.length - body.length) await arrived
        if (how === 'fin' || isWhole) client.finish()
        else client.reset()
        await client.untilEnd()
        const statuses = client.end === 'fin' ? readResponses(client.received, ['POST'], 'fin').messages.map(statusOf) : []
        if (isWhole) expect(statuses).toEqual([200])
        else expect([[], [400]], `${how} after octet ${at}: ${client.text}`).toContainEqual(statuses)
      })
      plane.forgetServers()
      await origin.until((peers) => peers.every(({ closed }) => closed), 'the end of all connections to the server')
      await plane.clock.untilNothingIsWatched()
      expect(whole.filter((at) => at < octetsOf(at).length)).toEqual([])
      for (const { received } of origin.peers) expect(readRequests(received).rest).toBe('')
    })
  }
}

/** The path tells after how many octets the request breaks off. */
function pathOf(text: string): number {
  return Number(text.slice('POST /'.length, text.indexOf(' HTTP')))
}
