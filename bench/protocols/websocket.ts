import { connectTo } from '../../test/harness/peer.ts'
import type { Trial } from '../data-plane/trial.ts'
import { HANDSHAKE } from '../websocket-handshake.ts'
import { defineComparison } from './comparison.ts'
import { FRAME } from './frame.ts'
import { perCoreAtLeast, rateAtLeast } from './goals.ts'
import { peersIn } from './peers.ts'
import { runClient, startServer } from './programs.ts'

const CONNECTIONS = 64

/** Messages through connections that have left HTTP. */
export const websocket: Trial = defineComparison({
  name: 'websocket',
  title: 'messages of 64 octets and their echoes on 64 WebSockets in clear text: messages per second, and per second on the CPU',
  unit: 'message',
  goals: [rateAtLeast(1, 'nginx')],
  besides: [perCoreAtLeast(1, 'nginx')],
  async prepare(context, resources) {
    return {
      peers: peersIn({ origin: 'websocket' }),
      originPort: await startServer('echo', context, resources),
      exchange: {
        whatIsWrong: (url) => whatIsWrong(Number(new URL(url).port)),
        load: (options) => runClient('echo', CONNECTIONS, options),
      },
    }
  },
})

async function whatIsWrong(port: number): Promise<string | undefined> {
  await using peer = await connectTo(port)
  peer.send(HANDSHAKE)
  await peer.until(({ text, end }) => text.includes('\r\n\r\n') || end !== 'open', 'the head of an answer')
  const head = peer.text.slice(0, peer.text.indexOf('\r\n\r\n') + 4)
  if (!/^HTTP\/1\.1 101 /.test(head)) return `no upgrade: ${head.split('\r\n', 1)[0]}`
  if (!/^sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r$/im.test(head)) return 'the key is not answered'
  peer.send(FRAME)
  await peer.until(({ received, end }) => received.length >= head.length + FRAME.length || end !== 'open', 'an echo')
  return peer.received.subarray(head.length).equals(FRAME) ? undefined : 'the echo is not what was sent'
}
