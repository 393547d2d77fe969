import type { Outcome, Trial, TrialContext } from '../data-plane/trial.ts'
import { type Exchange, measureExchange } from '../measure.ts'
import type { Peer } from '../peers/peer.ts'
import { type Measured, median, type Round } from '../results.ts'
import type { Goal } from './goals.ts'

/** What the proxies of a trial are measured with, once its certificate and its origin are there. */
interface Setting {
  readonly peers: readonly Peer[]
  readonly originPort: number
  readonly exchange: Omit<Exchange, 'name'>
}

/** A trial in which the gateway and other proxies take turns under the same load. */
export interface Comparison {
  readonly name: string
  readonly title: string
  /** What is counted: requests, messages, handshakes. */
  readonly unit: string
  readonly goals: readonly Goal[]
  /** Ratios that are told beside those that the gateway is held to. */
  readonly besides?: readonly Goal[]
  /** Makes what goes with `resources`. */
  prepare(context: TrialContext, resources: AsyncDisposableStack): Promise<Setting>
}

/** A comparison as a trial of a suite. */
export function defineComparison({ name, title, unit, goals, besides = [], prepare }: Comparison): Trial {
  return {
    name,
    title,
    goal: goals.map(({ text }) => text).join('; '),
    async measure(context) {
      await using resources = new AsyncDisposableStack()
      const { peers, originPort, exchange } = await prepare(context, resources)
      const { quick, proxyLauncher, loadLauncher, signal, progress } = context
      const length = quick ? { rounds: 2, seconds: 1 } : { rounds: 5, seconds: 3 }
      const bench = { peers, originPort, proxyLauncher, loadLauncher, signal, progress, ...length }
      return outcomeOf(await measureExchange({ ...exchange, name }, bench), { goals, besides, unit })
    },
  }
}

type Judged = Required<Pick<Comparison, 'goals' | 'besides' | 'unit'>>

function outcomeOf(measured: readonly Measured<Round>[], { goals, besides, unit }: Judged): Outcome {
  const told = [...goals, ...besides]
  const verdicts = told.map((goal) => goal.judge(measured))
  const ratios = told.map(({ text }, index) => [text, verdicts[index]?.ratio] as const)
  return {
    measured: `${verdicts.map(({ text }) => text).join(', ')} (${measured.map((one) => inWords(one, unit)).join('; ')})`,
    met: verdicts.slice(0, goals.length).every(({ met }) => met),
    figures: { ratios: Object.fromEntries(ratios), measured },
  }
}

function inWords({ proxy, samples, errors }: Measured<Round>, unit: string): string {
  if (errors.length > 0) return `${proxy} invalid: ${errors.map((error) => error.split('\n', 1)[0]).join(', ')}`
  const cpuMicros = median(samples.map((sample) => sample.cpuMicros))
  const rate = median(samples.map((sample) => sample.requestsPerSecond))
  return `${proxy} ${cpuMicros.toFixed(1)} µs a ${unit} at ${Math.round(rate)}/s`
}
