import { BroadcastChannel } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { file } from '../../plugins/provider-file/src/index.ts'
import { loadStatic } from '../../src/config/load.ts'
import { startGateway as startInside } from '../../src/control/supervisor.ts'
import { correspond } from '../harness/correspondent.ts'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startLoad } from '../harness/load.ts'
import { scrape } from '../harness/metrics.ts'
import { startOrigin } from '../harness/origin.ts'
import { freePort } from '../harness/ports.ts'
import { recordedLog } from '../harness/recorded-log.ts'
import { temporaryFolder } from '../harness/temp.ts'

const CRASHING = new URL('../fixtures/workers/crash-on-demand.ts', import.meta.url)

const METRICS = 'metrics: { prometheus: {} }'

for (const workers of [1, 4]) {
  test(`nothing is counted backwards when a worker is lost (${workers} workers)`, async () => {
    await using origin = await startOrigin('app')
    await using folder = await temporaryFolder()
    const dynamic = await folder.write(
      'dynamic.yml',
      `http:
  routers: { all: { rule: "PathPrefix(\`/\`)", service: app } }
  services: { app: { loadBalancer: { servers: [{ url: "${origin.url}" }] } } }
`,
    )
    const configFile = await folder.write(
      'gateway.yml',
      `entryPoints: { web: { address: "127.0.0.1:0" }, gateway: { address: "127.0.0.1:0" } }
providers: { file: { filename: "${dynamic}" } }
${METRICS}
`,
    )
    const loaded = await loadStatic({ argv: [], env: {}, cwd: folder.path, configFile, providers: [file] })
    const { log, lines } = recordedLog()
    const gateway = await startInside({ static: loaded, providers: [file], workers, log, workerEntry: CRASHING })
    await gateway.ready
    const portOf = (name: string): number => gateway.addresses.find(({ entryPoint }) => entryPoint === name)?.port as number
    const [web, own] = [portOf('web'), portOf('gateway')]
    const channel = new BroadcastChannel('crash')
    const countedBy = async (): Promise<(number | undefined)[]> => {
      const seen = await scrape(own)
      return [seen.value('traefik_entrypoint_requests_total', { entrypoint: 'web' }), seen.value('traefik_service_responses_bytes_total')]
    }
    for (let round = 1; round <= 3; round++) {
      await Promise.all(Array.from({ length: 40 }, () => request(web)))
      await expect.poll(countedBy, { timeout: 10_000 }).toEqual([40 * round, 120 * round])
      channel.postMessage((round - 1) % workers)
      await expect.poll(() => lines.filter(({ message }) => message === 'a worker is back').length, { timeout: 20_000 }).toBe(round)
      expect(await countedBy()).toEqual([40 * round, 120 * round])
      const seen = await scrape(own)
      expect(seen.value('gateway_worker_restarts_total')).toBe(round)
      // What a lost worker held open is closed.
      expect(seen.value('traefik_open_connections', { entrypoint: 'web' }) ?? 0).toBe(0)
    }
    channel.close()
    await gateway.stop()
  }, 60_000)
}

for (const workers of [1, 4]) {
  test(`every request under load is counted, whatever is reloaded and asked meanwhile (${workers} workers)`, async () => {
    await using origin = await startOrigin('app')
    const dynamic = (path: string): string => `
http:
  routers:
    steady: { rule: "Path(\`/\`)", service: app }
    changing: { rule: "Path(\`${path}\`)", service: app }
  services: { app: { loadBalancer: { servers: [{ url: "${origin.url}" }] } } }
`
    await using gateway = await startGateway({ dynamic: dynamic('/0'), static: METRICS, workers })
    const total = async (): Promise<number> =>
      (await scrape(gateway.pingPort)).value('traefik_service_requests_total', { service: 'app@file' }) ?? 0
    const load = startLoad(gateway.port)
    const seen: number[] = []
    for (let turn = 1; turn <= 10; turn++) {
      await gateway.rewrite(dynamic(`/${turn}`))
      await load.served(50)
      seen.push(await total())
    }
    const { total: served, failures } = await load.stop()
    expect(failures).toEqual(new Map())
    expect(seen).toEqual(seen.toSorted((one, other) => one - other))
    await expect.poll(total, { timeout: 10_000 }).toBe(served)
  })
}

for (const workers of [1, 4]) {
  test(`servers are told UP and DOWN as their checks find them (${workers} workers)`, async () => {
    let health = 200
    await using origin = await startOrigin('app', ({ url }, response) => {
      response.statusCode = url === '/health' ? health : 200
      response.end('app')
    })
    const dynamic = `
http:
  routers: { app: { rule: "PathPrefix(\`/\`)", service: app } }
  services:
    app:
      loadBalancer: { servers: [{ url: "${origin.url}" }], healthCheck: { path: /health, interval: 100ms } }
    idle:
      loadBalancer: { servers: [{ url: "http://127.0.0.1:1" }] }
`
    await using gateway = await startGateway({ dynamic, static: METRICS, workers })
    const isUp = async (): Promise<number | undefined> =>
      (await scrape(gateway.pingPort)).value('traefik_service_server_up', { service: 'app@file', url: origin.url })
    expect(await isUp()).toBe(1)
    health = 500
    await expect.poll(isUp, { timeout: 10_000 }).toBe(0)
    health = 200
    await expect.poll(isUp, { timeout: 10_000 }).toBe(1)
    const seen = await scrape(gateway.pingPort)
    expect(seen.of('traefik_service_server_up')).toHaveLength(1)
    expect(seen.value('gateway_health_checks_total', { result: 'success' })).toBeGreaterThan(0)
    expect(seen.value('gateway_health_checks_total', { result: 'failure' })).toBeGreaterThan(0)
    expect(seen.value('gateway_health_changes_total')).toBeGreaterThanOrEqual(2)
  })

  test(`so is a server that requests have found dead (${workers} workers)`, async () => {
    await using origin = await startOrigin('app')
    const dead = 'http://127.0.0.1:1'
    const dynamic = `
http:
  routers: { app: { rule: "PathPrefix(\`/\`)", service: app } }
  services:
    app:
      loadBalancer: { servers: [{ url: "${origin.url}" }, { url: "${dead}" }], passiveHealthCheck: { failureWindow: 60s } }
`
    await using gateway = await startGateway({ dynamic, static: METRICS, workers })
    for (let turn = 0; turn < 4; turn++) await request(gateway.port)
    const seen = await scrape(gateway.pingPort)
    expect(seen.value('traefik_service_server_up', { url: dead })).toBe(0)
    expect(seen.value('traefik_service_server_up', { url: origin.url })).toBe(1)
  })
}

test('servers of TCP are told as well', async () => {
  await using origin = await startOrigin('app')
  const dynamic = `
tcp:
  routers: { app: { rule: "HostSNI(\`*\`)", service: app } }
  services:
    app:
      loadBalancer:
        servers: [{ address: "${origin.url.slice('http://'.length)}" }, { address: "127.0.0.1:1" }]
        healthCheck: { interval: 100ms }
`
  await using gateway = await startGateway({ dynamic, static: METRICS })
  await expect
    .poll(
      async () => {
        const seen = await scrape(gateway.pingPort)
        return seen.of('traefik_service_server_up', { service: 'app@file' }).map(({ value }) => value)
      },
      { timeout: 10_000 },
    )
    .toEqual(expect.arrayContaining([0, 1]))
})

test('sessions of UDP are counted while they are open', async () => {
  await using echo = await correspond((text) => text)
  const port = await freePort()
  const dynamic = `
udp:
  routers: { all: { entryPoints: [dns], service: app } }
  services: { app: { loadBalancer: { servers: [{ address: "127.0.0.1:${echo.port}" }] } } }
`
  const args = [`--entryPoints.dns.address=127.0.0.1:${port}/udp`, '--entryPoints.dns.udp.timeout=1s']
  await using gateway = await startGateway({ dynamic, static: METRICS, args })
  const open = async (): Promise<number | undefined> =>
    (await scrape(gateway.pingPort)).value('traefik_open_connections', { entrypoint: 'dns', protocol: 'UDP' })
  await using one = await correspond()
  await using other = await correspond()
  await one.ask(port, 'a')
  await other.ask(port, 'b')
  expect(await open()).toBe(2)
  await expect.poll(open, { timeout: 10_000 }).toBe(0)
})

test('findings are counted as they come and go', async () => {
  const good = 'http: { routers: { app: { rule: "Path(`/`)", service: noop@internal } } }'
  await using gateway = await startGateway({ dynamic: good, static: METRICS })
  const errors = async (): Promise<number | undefined> => (await scrape(gateway.pingPort)).value('gateway_findings', { severity: 'error' })
  expect(await errors()).toBe(0)
  await gateway.rewrite(good.replace('noop', 'nothing'))
  await expect.poll(errors, { timeout: 10_000 }).toBe(1)
  await gateway.rewrite(good)
  await expect.poll(errors, { timeout: 10_000 }).toBe(0)
})
