import { container, decode, http } from '../../test/harness/labelled-items.ts'
import type { Trial } from '../data-plane/trial.ts'
import { median } from '../results.ts'

const GOAL_MS = 1_000

/** How long the labels of a very large host take. */
export const decoding: Trial = {
  name: 'decoding',
  title: '10,000 containers of 5 labels, each with a router and a service of its own: decoded, in one process',
  goal: `the first time and the median ≤ ${GOAL_MS} ms`,
  async measure({ quick }) {
    const count = 10_000
    const containers = Array.from({ length: count }, (_, index) => container(`web-${index}`, labelsOf(index)))
    const took: number[] = []
    for (let round = 0; round < (quick ? 2 : 11); round++) {
      const startedAt = performance.now()
      const { configuration } = decode(containers)
      took.push(performance.now() - startedAt)
      const routers = Object.keys(http(configuration).routers ?? {}).length
      if (routers !== count) throw new Error(`${routers} routers instead of ${count}`)
    }
    const [first = Number.NaN, ...later] = took
    const usual = median(later)
    return {
      measured: `${first.toFixed(0)} ms the first time, then ${usual.toFixed(0)} ms`,
      met: first <= GOAL_MS && usual <= GOAL_MS,
      figures: { first, median: usual, containers: count },
    }
  },
}

function labelsOf(index: number): Record<string, string> {
  return {
    'traefik.enable': 'true',
    [`traefik.http.routers.r${index}.rule`]: `Host(\`${index}.example.com\`)`,
    [`traefik.http.routers.r${index}.entrypoints`]: 'web,websecure',
    [`traefik.http.routers.r${index}.tls.certresolver`]: 'le',
    [`traefik.http.services.s${index}.loadbalancer.server.port`]: '8080',
  }
}
