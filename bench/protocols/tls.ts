import { ask } from '../../test/harness/tls-client.ts'
import { small } from '../data-plane/loads.ts'
import type { Trial } from '../data-plane/trial.ts'
import { runLoad } from '../load.ts'
import { bodyOf } from '../origin.ts'
import { makeSignedCertificate } from './certificates.ts'
import { type Comparison, defineComparison } from './comparison.ts'
import { cpuAtMost, perCoreAtLeast } from './goals.ts'
import { peersIn } from './peers.ts'
import { runClient } from './programs.ts'

const HANDSHAKES_AT_ONCE = 32

/** What encryption adds to each request. */
export const tls: Trial = defineComparison({
  name: 'tls',
  title: 'small GET over TLS 1.3 and HTTP/1.1, 64 keep-alive connections: CPU per request',
  unit: 'request',
  goals: [cpuAtMost(1.3, 'nginx')],
  prepare: prepareWith((options) => runLoad({ ...options, row: small })),
})

/** What a new client costs. */
export const handshakes: Trial = defineComparison({
  name: 'handshakes',
  title: `full TLS 1.3 handshakes, ${HANDSHAKES_AT_ONCE} at once, X25519 and ECDSA P-256: handshakes per second on the CPU`,
  unit: 'handshake',
  goals: [perCoreAtLeast(0.8, 'nginx')],
  prepare: prepareWith((options) => runClient('handshakes', HANDSHAKES_AT_ONCE, options)),
})

function prepareWith(load: Awaited<ReturnType<Comparison['prepare']>>['exchange']['load']): Comparison['prepare'] {
  return async ({ originPort }, resources) => {
    const { certificate, ca } = await makeSignedCertificate(resources)
    return {
      peers: peersIn({ certificate, origin: 'http' }),
      originPort,
      exchange: { whatIsWrong: (url) => whatIsWrong(Number(new URL(url).port), ca), load },
    }
  }
}

/** The certificate has to be the one that was made, and the rest what the loads count on. */
async function whatIsWrong(port: number, ca: Buffer): Promise<string | undefined> {
  const answer = await ask(port, { ca, rejectUnauthorized: true, path: small.path })
  if (answer.protocol !== 'TLSv1.3') return `${answer.protocol} instead of TLS 1.3`
  if (answer.status !== small.status) return `status ${answer.status} instead of ${small.status}`
  return answer.text === bodyOf(small) ? undefined : `${answer.text.length} octets of body are not the ${small.responseOctets} expected`
}
