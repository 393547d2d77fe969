import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Trial } from '../data-plane/trial.ts'
import { defineComparison } from '../protocols/comparison.ts'
import { perCoreAtLeast, rateAtLeast } from '../protocols/goals.ts'
import { runClientProgram, startServerProgram } from '../protocols/programs.ts'
import { udpPeers } from './peers.ts'

const SESSIONS = 64
const ANSWER_WITHIN_MS = 500

/** Datagrams there and back. */
export const udp: Trial = defineComparison({
  name: 'udp',
  title: `datagrams of 64 octets and their echoes in ${SESSIONS} sessions of UDP: datagrams that came back per second on the CPU, and with one core`,
  unit: 'datagram',
  goals: [perCoreAtLeast(0.5, 'nginx'), rateAtLeast(0.5, 'nginx')],
  async prepare(context, resources) {
    return {
      peers: udpPeers(),
      originPort: await startServerProgram(new URL('./servers/udp.ts', import.meta.url), context, resources),
      exchange: {
        whatIsWrong: (url) => whatIsWrong(Number(new URL(url).port)),
        load: (options) => runClientProgram(new URL('./clients/udp.ts', import.meta.url), [`${SESSIONS}`], options),
      },
    }
  },
})

async function whatIsWrong(port: number): Promise<string | undefined> {
  const socket = createSocket('udp4')
  try {
    // Nobody may be listening yet, and the system says so at once.
    const answer = once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    socket.connect(port, '127.0.0.1', () => socket.send('hello'))
    const [datagram] = await answer
    return String(datagram) === 'hello' ? undefined : 'the echo is not what was sent'
  } catch (error) {
    return (error as Error).message
  } finally {
    socket.close()
  }
}
