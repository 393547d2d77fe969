import { connectTo } from '../../test/harness/peer.ts'
import type { Trial } from '../data-plane/trial.ts'
import { defineComparison } from '../protocols/comparison.ts'
import { perCoreAtLeast, rateAtLeast } from '../protocols/goals.ts'
import { runClientProgram, startServerProgram } from '../protocols/programs.ts'
import { tcpPeers } from './peers.ts'

const BULK_CONNECTIONS = 4
const ECHO_CONNECTIONS = 64

/** What a trial of TCP has of its own. */
interface TcpTrial {
  readonly name: string
  readonly title: string
  readonly unit: string
  /** The programs on both sides. */
  readonly server: URL
  readonly client: URL
  /** How many the client keeps busy. */
  readonly connections: number
  /** What is sent to see whether it works, and what has to come back. */
  readonly sent: string
  readonly expected: string
}

/** Octets from the server. */
export const download: Trial = defineTcp({
  name: 'download',
  title: `octets from the server to the client on ${BULK_CONNECTIONS} connections of TCP, as fast as they go`,
  unit: 'MiB',
  server: new URL('./servers/source.ts', import.meta.url),
  client: new URL('./clients/download.ts', import.meta.url),
  connections: BULK_CONNECTIONS,
  sent: '',
  expected: 'x'.repeat(1024),
})

/** Octets from the client. */
export const upload: Trial = defineTcp({
  name: 'upload',
  title: `octets from the client to the server on ${BULK_CONNECTIONS} connections of TCP, as fast as they go`,
  unit: 'MiB',
  server: new URL('./servers/sink.ts', import.meta.url),
  client: new URL('./clients/upload.ts', import.meta.url),
  connections: BULK_CONNECTIONS,
  sent: 'x'.repeat(1024 * 1024),
  expected: 'M',
})

/** What is short and has to be back soon. */
export const echo: Trial = defineTcp({
  name: 'echo',
  title: `messages of 64 octets and their echoes on ${ECHO_CONNECTIONS} connections of TCP`,
  unit: 'message',
  server: new URL('./servers/echo.ts', import.meta.url),
  client: new URL('./clients/echo.ts', import.meta.url),
  connections: ECHO_CONNECTIONS,
  sent: 'hello',
  expected: 'hello',
})

function defineTcp({ name, title, unit, server, client, connections, sent, expected }: TcpTrial): Trial {
  return defineComparison({
    name,
    title: `${title}: ${unit} per second on the CPU, and with one core`,
    unit,
    goals: [perCoreAtLeast(0.9, 'haproxy'), rateAtLeast(0.9, 'haproxy')],
    async prepare(context, resources) {
      return {
        peers: tcpPeers(),
        originPort: await startServerProgram(server, context, resources),
        exchange: {
          whatIsWrong: (url) => whatIsWrong(Number(new URL(url).port), sent, expected),
          load: (options) => runClientProgram(client, [`${connections}`], options),
        },
      }
    },
  })
}

async function whatIsWrong(port: number, sent: string, expected: string): Promise<string | undefined> {
  await using peer = await connectTo(port)
  peer.send(sent)
  await peer.until(({ text, end }) => text.length >= expected.length || end !== 'open', 'an answer')
  return peer.text.startsWith(expected) ? undefined : `the answer begins with ${JSON.stringify(peer.text.slice(0, 40))}`
}
