import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { Installation } from '../../test/harness/installation.ts'
import { freePort } from '../../test/harness/ports.ts'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { percentile } from '../data-plane/figures.ts'
import type { Outcome, Trial } from '../data-plane/trial.ts'

/** Where a configuration comes from, and how it is changed. */
export interface LiveSource {
  /** The trial is called by it. */
  readonly name: string
  /** What is done for a change. */
  readonly change: string
  /** Starts the source; it goes with `resources`. */
  start(resources: AsyncDisposableStack): Promise<StartedSource>
}

interface StartedSource {
  /** What stands under `providers`, in one line. */
  readonly provider: string
  /** The folder of a plugin that does not come with the gateway. */
  readonly plugin?: string
  /** Makes the one router have this host; resolves when the source has taken it. */
  route(host: string): Promise<void>
}

const GOAL_MS = 300
const WITHIN_MS = 10_000

/** How long it takes from the begin of a change until a request finds the new route, change by change. */
export function changes(source: LiveSource): Trial {
  return {
    name: source.name,
    title: `${source.change}: from the begin of the change until a request on the new route is answered, without a throttle`,
    goal: `p99 ≤ ${GOAL_MS} ms`,
    async measure({ quick, signal, progress }) {
      const count = quick ? 5 : 100
      await using resources = new AsyncDisposableStack()
      const started = await source.start(resources)
      await started.route('first.test')
      const statusOf = await startGateway(started, resources)
      await untilFound(statusOf, 'first.test')
      const took: number[] = []
      for (let change = 1; change <= count; change++) {
        signal.throwIfAborted()
        const host = `host-${change}.test`
        const startedAt = performance.now()
        await Promise.all([started.route(host), untilFound(statusOf, host)])
        took.push(performance.now() - startedAt)
        if (change % 25 === 0) progress(`${source.name}: ${change}/${count}`)
        // Whoever looks now and then must not be met at always the same moment.
        await pause(Math.random() * 50)
      }
      return outcomeOf(took.sort((one, other) => one - other))
    },
  }
}

function outcomeOf(sorted: readonly number[]): Outcome {
  const [p50, p99, longest] = [percentile(sorted, 0.5), percentile(sorted, 0.99), sorted.at(-1) ?? Number.NaN]
  return {
    measured: `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, longest ${longest.toFixed(0)} ms of ${sorted.length} changes`,
    met: p99 <= GOAL_MS,
    figures: { p50, p99, longest, changes: sorted.length },
  }
}

type StatusOf = (host: string) => Promise<number>

/** Starts a gateway that has this source alone. */
async function startGateway({ provider, plugin }: StartedSource, resources: AsyncDisposableStack): Promise<StatusOf> {
  const installation = new Installation(resources.use(await temporaryFolder()))
  if (plugin !== undefined) await installation.link(`${installation.plugins}/${plugin}`)
  const port = await freePort()
  const gateway = await installation.serve(`
entryPoints: { web: { address: "127.0.0.1:${port}" } }
providers:
  providersThrottleDuration: 0
  ${provider}
`)
  resources.use(gateway)
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 1 })
  resources.defer(() => pool.destroy())
  return async (host) => {
    const { statusCode, body } = await pool.request({ path: '/', method: 'GET', headers: { host } })
    await body.dump()
    return statusCode
  }
}

async function untilFound(statusOf: StatusOf, host: string): Promise<void> {
  const deadline = performance.now() + WITHIN_MS
  while ((await statusOf(host)) !== 200) {
    if (performance.now() > deadline) throw new Error(`the route to ${host} is not live within ${WITHIN_MS} ms`)
    await pause(1)
  }
}
