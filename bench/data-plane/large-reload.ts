import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { median } from '../results.ts'
import { type Dynamic, serverAt } from './dynamic.ts'
import { constantRate, type Run } from './latency.ts'
import { untilLive } from './reloads.ts'
import { startSubject } from './subject.ts'
import type { Trial } from './trial.ts'

const ROUTERS = 10_000
// With more, the load, the origin, a worker and the control plane need more than two cores together: that would be measured.
const SHARE_OF_PEAK = 0.25
const MOST_MS = 500
const LIMIT = 2

/** What a large configuration costs the requests that come while it is replaced. */
export const largeReload: Trial = {
  name: 'reload-10000',
  title: `reloads of 10,000 routers, a tenth of them changed, at ${SHARE_OF_PEAK * 100} % of the peak rate with one worker and all cores: time until live, p99 against that without reloads`,
  goal: `≤ ${MOST_MS} ms, ≤ ${LIMIT} ×`,
  async measure(context) {
    await using resources = new AsyncDisposableStack()
    const {
      port,
      folder,
      process: gateway,
    } = await startSubject(
      { ...context, proxyLauncher: [] },
      { dynamic: (originPort) => generationOf(0, originPort), watch: true },
      resources,
    )
    const [seconds, rounds] = context.quick ? [2, 1] : [5, 3]
    const at = (rate: number): Promise<Run> => constantRate(`${port}`, rate, { ...context, seconds })
    await constantRate(`${port}`, 0, { ...context, seconds: 2 })
    // The same load past the gateway: what its generator and its origin alone suffer from cores that are busy.
    const past = (rate: number): Promise<Run> => constantRate(`${context.originPort}`, rate, { ...context, seconds })
    const rate = Math.floor((await at(0)).perSecond * SHARE_OF_PEAK)
    const times: number[] = []
    let failed = 0
    let generation = 0
    const whileReloading = async (run: Promise<Run>, lives: number[]): Promise<Run> => {
      const over = new AbortController()
      const reloading = (async () => {
        while (!over.signal.aborted) {
          generation += 1
          const text = JSON.stringify(generationOf(generation, context.originPort))
          await writeFile(join(folder, 'next.tmp'), text)
          const startedAt = performance.now()
          await rename(join(folder, 'next.tmp'), join(folder, 'dynamic.json'))
          await untilLive(gateway, generation + 1)
          lives.push(performance.now() - startedAt)
        }
      })()
      const reloaded = await run
      over.abort()
      await reloading
      return reloaded
    }
    const ratioOf = async (which: (rate: number) => Promise<Run>): Promise<number> => {
      const steady = await which(rate)
      const reloaded = await whileReloading(which(rate), which === at ? times : [])
      failed += steady.failed + steady.unsent + reloaded.failed + reloaded.unsent
      context.progress(
        `reload-10000: p99 ${steady.p99Ms.toFixed(2)} → ${reloaded.p99Ms.toFixed(2)} ms${which === past ? ' past the gateway' : ''}`,
      )
      return reloaded.p99Ms / steady.p99Ms
    }
    const ratios: number[] = []
    const pastRatios: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      ratios.push(await ratioOf(at))
      pastRatios.push(await ratioOf(past))
    }
    const [time, ratio, pastRatio] = [median(times), median(ratios), median(pastRatios)]
    return {
      measured: `${time.toFixed(0)} ms from the change of the file until it is live, at most ${Math.max(...times).toFixed(0)}; p99 ${ratio.toFixed(2)} ×, of the same load straight to the origin meanwhile ${pastRatio.toFixed(2)} × (${times.length} reloads one behind the other, ${rate} requests/s, ${failed} failed)`,
      met: time <= MOST_MS && ratio <= LIMIT && failed === 0,
      figures: { rate, times, ratios, pastRatios, failed },
    }
  },
}

function generationOf(generation: number, originPort: number): Dynamic {
  const routers = Array.from({ length: ROUTERS }, (_, index) => {
    const host = index % 10 === 0 ? `new-${index}-${generation}.test` : `same-${index}.test`
    return [`router-${index}`, { rule: `Host(\`${host}\`) && PathPrefix(\`/\`)`, service: 'origin' }] as const
  })
  return {
    http: {
      routers: { ...Object.fromEntries(routers), all: { rule: 'PathPrefix(`/`)', service: 'origin' } },
      services: { origin: serverAt(originPort) },
    },
  }
}
