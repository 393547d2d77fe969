import { ask } from '../../test/harness/tls-client.ts'
import { cpuRatio, medianFigure } from '../data-plane/figures.ts'
import { gatewayPeer } from '../data-plane/subject.ts'
import type { Trial } from '../data-plane/trial.ts'
import { measureExchange } from '../measure.ts'
import { runClient } from '../protocols/programs.ts'
import { certificatesFor, dynamicWith, oneCertificate } from './dynamic.ts'

const CERTIFICATES = 1000
const HANDSHAKES_AT_ONCE = 32
const LIMIT = 1.05

/** What it costs to find one certificate among many. */
export const lookup: Trial = {
  name: 'lookup',
  title: `full TLS 1.3 handshakes, ${HANDSHAKES_AT_ONCE} at once, for ${CERTIFICATES} names in turn: CPU of each with a certificate for each name, against one for all`,
  goal: `≤ ${LIMIT} ×`,
  async measure({ originPort, quick, proxyLauncher, loadLauncher, signal, progress }) {
    const dynamic = { one: dynamicWith(oneCertificate()), many: dynamicWith(certificatesFor(CERTIFICATES)) }
    const measured = await measureExchange(
      {
        name: 'lookup',
        async whatIsWrong(url) {
          const { status, subject } = await ask(Number(new URL(url).port), { servername: 'host-1.bench.test' })
          return status === 200 && subject === 'bench' ? undefined : `status ${status}, certificate ${subject}`
        },
        load: (options) => runClient('handshakes', HANDSHAKES_AT_ONCE, options, CERTIFICATES),
      },
      {
        peers: [gatewayPeer('one', { dynamic: () => dynamic.one }), gatewayPeer('many', { dynamic: () => dynamic.many })],
        originPort,
        proxyLauncher,
        loadLauncher,
        signal,
        progress,
        ...(quick ? { rounds: 2, seconds: 1 } : { rounds: 5, seconds: 3 }),
      },
    )
    const ratio = cpuRatio(measured, 'many', 'one')
    const inWords = (proxy: string): string =>
      `${medianFigure(measured, proxy, 'cpuMicros').toFixed(0)} µs, ${Math.round(medianFigure(measured, proxy, 'requestsPerSecond'))}/s`
    return {
      measured: `${ratio.toFixed(2)} × (one certificate: ${inWords('one')}; ${CERTIFICATES}: ${inWords('many')})`,
      met: ratio <= LIMIT,
      figures: { ratio, measured },
    }
  },
}
