import { test } from 'vitest'
import { container, decode } from '../../test/harness/labelled-items.ts'

// A local name: the bench runner makes every use of an import go through a getter.
const run = decode

const CONTAINERS = Array.from({ length: 10_000 }, (_, index) =>
  container(`web-${index}`, {
    'traefik.enable': 'true',
    [`traefik.http.routers.r${index}.rule`]: `Host(\`${index}.example.com\`)`,
    [`traefik.http.routers.r${index}.entrypoints`]: 'web,websecure',
    [`traefik.http.routers.r${index}.tls.certresolver`]: 'le',
    [`traefik.http.services.s${index}.loadbalancer.server.port`]: '8080',
  }),
)
const REPLICAS = CONTAINERS.map((one, index) => container(`web-${index}`, CONTAINERS[0]?.labels ?? one.labels))

test('10,000 containers of 5 labels are decoded', async ({ bench }) => {
  await bench.compare(
    bench('each with a router and a service of its own', () => void run(CONTAINERS)),
    bench('replicas of one service', () => void run(REPLICAS)),
    { iterations: 10, warmupIterations: 2, time: 0, warmupTime: 0 },
  )
})
