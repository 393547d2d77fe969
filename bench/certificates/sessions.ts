import { once } from 'node:events'
import { handshake } from '../../test/harness/tls-client.ts'
import { startSubject } from '../data-plane/subject.ts'
import type { Trial } from '../data-plane/trial.ts'
import { dynamicWith, oneCertificate } from './dynamic.ts'

const WORKERS = 4
const CLIENTS = 200
const CONNECTIONS = 20
const CLIENTS_AT_ONCE = 20
const LEAST = 0.95

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const

/** How many sessions go on when the next connection lands in another worker. */
export const sessions: Trial = {
  name: 'sessions',
  title: `${CLIENTS} clients with ${CONNECTIONS} connections each, one behind the other, and ${WORKERS} workers: resumed of those that could be`,
  goal: `≥ ${LEAST * 100} % with each version`,
  async measure(context) {
    await using resources = new AsyncDisposableStack()
    const subject = { dynamic: () => dynamicWith(oneCertificate()), workers: WORKERS }
    const { port } = await startSubject({ ...context, proxyLauncher: [] }, subject, resources)
    const clients = context.quick ? CLIENTS / 10 : CLIENTS
    const shares: Record<string, number> = {}
    for (const version of VERSIONS) {
      let resumed = 0
      for (let begun = 0; begun < clients; begun += CLIENTS_AT_ONCE) {
        context.signal.throwIfAborted()
        const counts = await Promise.all(Array.from({ length: CLIENTS_AT_ONCE }, () => resumedBy(port, version)))
        resumed += counts.reduce((sum, count) => sum + count, 0)
      }
      shares[version] = resumed / (clients * (CONNECTIONS - 1))
    }
    const words = VERSIONS.map((version) => `${version} ${((shares[version] ?? 0) * 100).toFixed(1)} %`)
    return { measured: words.join(', '), met: VERSIONS.every((version) => (shares[version] ?? 0) >= LEAST), figures: { shares } }
  },
}

/** One client, who takes the newest session along to each connection. */
async function resumedBy(port: number, maxVersion: (typeof VERSIONS)[number]): Promise<number> {
  let session: Buffer | undefined
  let resumed = 0
  for (let connection = 0; connection < CONNECTIONS; connection += 1) {
    const options = { servername: 'host-0.bench.test', maxVersion, minVersion: maxVersion, ...(session === undefined ? {} : { session }) }
    const socket = await handshake(port, options)
    if (socket.isSessionReused()) resumed += 1
    socket.write('GET / HTTP/1.1\r\nHost: host-0.bench.test\r\nConnection: close\r\n\r\n')
    // Tickets of TLS 1.3 come behind the handshake, ahead of the first answer.
    await once(socket, 'data')
    session = socket.getSession()
    socket.destroy()
  }
  return resumed
}
