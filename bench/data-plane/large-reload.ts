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
    const [seconds, rounds] = context.quick ? [2, 1] : [6, 5]
    const at = (rate: number): Promise<Run> => constantRate(`${port}`, rate, { ...context, seconds })
    await constantRate(`${port}`, 0, { ...context, seconds: 2 })
    const rate = Math.floor((await at(0)).perSecond * SHARE_OF_PEAK)
    const times: number[] = []
    const ratios: number[] = []
    let failed = 0
    let generation = 0
    for (let round = 1; round <= rounds; round += 1) {
      const steady = await at(rate)
      const run = at(rate)
      const over = new AbortController()
      const reloading = (async () => {
        while (!over.signal.aborted) {
          generation += 1
          const text = JSON.stringify(generationOf(generation, context.originPort))
          await writeFile(join(folder, 'next.tmp'), text)
          const startedAt = performance.now()
          await rename(join(folder, 'next.tmp'), join(folder, 'dynamic.json'))
          await untilLive(gateway, generation + 1)
          times.push(performance.now() - startedAt)
        }
      })()
      const reloaded = await run
      over.abort()
      await reloading
      failed += steady.failed + steady.unsent + reloaded.failed + reloaded.unsent
      ratios.push(reloaded.p99Ms / steady.p99Ms)
      context.progress(`reload-10000 round ${round}/${rounds}: p99 ${steady.p99Ms.toFixed(2)} → ${reloaded.p99Ms.toFixed(2)} ms`)
    }
    const [time, ratio] = [median(times), median(ratios)]
    return {
      measured: `${time.toFixed(0)} ms from the change of the file until it is live, at most ${Math.max(...times).toFixed(0)}; p99 ${ratio.toFixed(2)} × (${times.length} reloads one behind the other, ${rate} requests/s, ${failed} failed)`,
      met: time <= MOST_MS && ratio <= LIMIT && failed === 0,
      figures: { rate, times, ratios, failed },
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
