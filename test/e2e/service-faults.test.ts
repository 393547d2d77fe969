import { expect, test } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { balancer, dynamicOf } from '../harness/routed-services.ts'

const WRONG: readonly { readonly why: string; readonly services: Readonly<Record<string, object>>; readonly says: RegExp }[] = [
  {
    why: 'two kinds',
    services: { bad: { ...balancer([]), weighted: { services: [] } } },
    says: /"weighted" beside "loadBalancer" in http\.services\.bad/,
  },
  { why: 'no kind', services: { bad: {} }, says: /http\.services\.bad/ },
  { why: 'an unknown scheme', services: { bad: balancer([{ url: 'ftp://a' }]) }, says: /error parsing server URL "?\\?"ftp:\/\/a/ },
  { why: 'no scheme', services: { bad: balancer([{ url: 'localhost:8080' }]) }, says: /error parsing server URL/ },
  { why: 'an unknown strategy', services: { bad: balancer([], { strategy: 'random' }) }, says: /strategy.*random/ },
  {
    why: 'an unknown transport',
    services: { bad: balancer([{ url: 'http://a' }], { serversTransport: 'nobody' }) },
    says: /serversTransport.*nobody/,
  },
  { why: 'an unknown sameSite', services: { bad: balancer([], { sticky: { cookie: { sameSite: 'loose' } } }) }, says: /sameSite.*loose/ },
  {
    why: 'too many percent',
    services: { bad: { mirroring: { service: 'good', mirrors: [{ name: 'good', percent: 101 }] } } },
    says: /percent.*101/,
  },
  { why: 'itself', services: { bad: { weighted: { services: [{ name: 'bad' }] } } }, says: /bad@file.*bad@file/ },
  {
    why: 'a circle',
    services: { bad: { weighted: { services: [{ name: 'b' }] } }, b: { failover: { service: 'bad', fallback: 'good' } } },
    says: /GTW_CYCLE/,
  },
  {
    why: 'a child that does not know its health',
    services: { bad: { weighted: { services: [{ name: 'good' }], healthCheck: {} } } },
    says: /cannot register good as updater for bad@file: healthCheck not enabled in config for this WRR service/,
  },
  {
    why: 'a failover that cannot know when',
    services: { bad: { failover: { service: 'good', fallback: 'good' } } },
    says: /healthCheck not enabled in config for this WRR service/,
  },
]

for (const { why, services, says } of WRONG) {
  test(`a service with ${why} is told with its place, and the others live`, async () => {
    await using gateway = await startGateway({ dynamic: dynamicOf({ good: balancer([]), ...services }) })
    expect((await request(gateway.port, { path: '/good' })).status).toBe(503)
    expect((await request(gateway.port, { path: '/bad' })).status).toBe(404)
    await gateway.process.printed(says)
    await gateway.process.printed(/dynamic\.yml:\d+:\d+/)
  })
}
