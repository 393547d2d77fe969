import { measureRow } from '../measure.ts'
import { oneRouter } from './dynamic.ts'
import { cpuRatio, medianFigure } from './figures.ts'
import { small } from './loads.ts'
import { gatewayPeer } from './subject.ts'
import type { Trial } from './trial.ts'

const LIMIT = 1.1

/** A second worker must cost nothing beside its work. The machine is shared with origin and load, which are not pinned either. */
export const workers2: Trial = {
  name: 'workers-2',
  title: '2 workers on all cores against 1 worker, load and origin beside them: CPU per request, and the rate',
  goal: 'within 10 % of 1 worker',
  async measure({ quick, originPort, loadLauncher, signal, progress }) {
    const peers = [
      gatewayPeer('2 workers', { dynamic: oneRouter, workers: 2 }),
      gatewayPeer('1 worker', { dynamic: oneRouter, workers: 1 }),
    ]
    const length = quick ? { rounds: 2, seconds: 1 } : { rounds: 7, seconds: 2 }
    const measured = await measureRow(small, { peers, originPort, proxyLauncher: [], loadLauncher, signal, progress, ...length })
    const ratio = cpuRatio(measured, '2 workers', '1 worker')
    const [cpu2, cpu1] = peers.map(({ name }) => medianFigure(measured, name, 'cpuMicros')) as [number, number]
    const [rate2, rate1] = peers.map(({ name }) => medianFigure(measured, name, 'requestsPerSecond')) as [number, number]
    return {
      measured: `${ratio.toFixed(2)} × (${cpu2.toFixed(1)} µs against ${cpu1.toFixed(1)} µs); ${Math.round(rate2)} against ${Math.round(rate1)} requests/s`,
      met: ratio <= LIMIT,
      figures: {
        ratio,
        cpuMicros: [cpu2, cpu1],
        requestsPerSecond: [rate2, rate1],
        samples: measured.map(({ proxy, samples }) => ({ proxy, samples })),
      },
    }
  },
}
