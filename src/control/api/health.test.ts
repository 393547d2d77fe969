import { expect, test } from 'vitest'
import { apiOf } from '../../../test/harness/asked-api.ts'
import type { CheckFacts } from '../health/server-check.ts'

const ONE = 'http://127.0.0.1:1'
const OTHER = 'http://127.0.0.1:2'
const servers = [{ url: OTHER }, { url: ONE }]
const http = {
  routers: {
    checked: { rule: 'Path(`/checked`)', service: 'checked' },
    watched: { rule: 'Path(`/watched`)', service: 'watched' },
    plain: { rule: 'Path(`/plain`)', service: 'plain' },
  },
  services: {
    checked: { loadBalancer: { servers, healthCheck: { path: '/' } } },
    watched: { loadBalancer: { servers, passiveHealthCheck: {} } },
    plain: { loadBalancer: { servers } },
    idle: { loadBalancer: { servers, healthCheck: { path: '/' } } },
  },
}
const tcp = {
  routers: { checked: { rule: 'HostSNI(`*`)', service: 'checked' } },
  services: { checked: { loadBalancer: { servers: [{ address: '127.0.0.1:3' }], healthCheck: {} } } },
}
const said = { file: { http, tcp } }

test('a server is up unless something speaks against it', async () => {
  const { read } = apiOf({ said })
  for (const name of ['checked', 'watched', 'plain', 'idle']) {
    const service = await read(`/api/http/services/${name}@file`)
    expect(Object.entries(service.serverStatus)).toEqual([
      [ONE, 'UP'],
      [OTHER, 'UP'],
    ])
    expect(service).not.toHaveProperty('serverHealth')
  }
})

test('a server that its check finds down is DOWN, with the reason and the times', async () => {
  const facts: CheckFacts = { since: Date.UTC(2026, 0, 1), lastCheck: Date.UTC(2026, 0, 2), reason: 'status 500' }
  const { read, server } = apiOf({ said, factsOf: (key) => (key.includes('checked@file') && key.endsWith('1') ? facts : undefined) })
  server('checked@file', ONE).setActive(false)
  expect(await read('/api/http/services/checked@file')).toMatchObject({
    serverStatus: { [ONE]: 'DOWN', [OTHER]: 'UP' },
    serverHealth: {
      [ONE]: { status: 'DOWN', since: '2026-01-01T00:00:00.000Z', reason: 'status 500', lastCheck: '2026-01-02T00:00:00.000Z' },
    },
  })
  server('checked@file', ONE).setActive(true)
  expect((await read('/api/rawdata')).services['checked@file'].serverStatus).toEqual({ [ONE]: 'UP', [OTHER]: 'UP' })
})

test('a server that failures keep down is DOWN', async () => {
  const { read, server } = apiOf({ said })
  server('watched@file', OTHER).failFor(60_000)
  expect(await read('/api/http/services/watched@file')).toMatchObject({
    serverStatus: { [ONE]: 'UP', [OTHER]: 'DOWN' },
    serverHealth: { [OTHER]: { status: 'DOWN', reason: 'requests to it have failed' } },
  })
})

test('servers of TCP are told as well, whatever the services of HTTP are called', async () => {
  const { read, server } = apiOf({ said })
  server('tcp checked@file', '127.0.0.1:3').setActive(false)
  expect(await read('/api/tcp/services/checked@file')).toMatchObject({ serverStatus: { '127.0.0.1:3': 'DOWN' } })
  expect(await read('/api/http/services/checked@file')).toMatchObject({ serverStatus: { [ONE]: 'UP', [OTHER]: 'UP' } })
})
