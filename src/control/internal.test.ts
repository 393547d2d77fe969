import { expect, test } from 'vitest'
import { staticOf } from '../../test/harness/static.ts'
import { aggregate, type Said } from './aggregator.ts'
import { internalConfiguration } from './internal.ts'
import { verify } from './verify.ts'

/** What comes of a router of a user that names a service of the gateway. */
function routed(service: string, written: object = {}) {
  const configuration = staticOf({ entryPoints: { web: { address: ':80' } }, ...written })
  const http = { routers: { mine: { rule: 'Path(`/`)', service } } }
  const messages = [
    { provider: 'internal', message: internalConfiguration(configuration) },
    { provider: 'file', message: { configuration: { http } } },
  ]
  return { configuration, ...verify(messages.reduce<Said>(aggregate, new Map()), configuration) }
}

const sections: readonly (readonly [service: string, section: string, on: object])[] = [
  ['ping@internal', 'ping', { ping: {} }],
  ['api@internal', 'api', { api: {} }],
  ['prometheus@internal', 'metrics.prometheus', { metrics: { prometheus: {} } }],
]
for (const [service, section, on] of sections) {
  test(`${service} is there with ${section}, and without it an error that says so`, () => {
    const enabled = routed(service, on)
    expect(enabled.findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(Object.keys(enabled.snapshot.routers)).toContain('mine@file')
    const { findings, disabled } = routed(service)
    expect(findings).toMatchObject([
      {
        code: 'GTW_UNKNOWN_SERVICE',
        severity: 'error',
        path: 'http.routers.mine.service',
        message: expect.stringContaining(`${section.split('.').at(-1)} is not enabled`),
        hint: `turn \`${section}\` on in the static configuration`,
      },
    ])
    expect([...disabled.keys()]).toEqual(['http.routers.mine@file'])
  })
}

test('a service of Traefik that does not exist yet disables its router with a warning', () => {
  const { findings, disabled } = routed('dashboard@internal', { api: {} })
  expect(findings).toMatchObject([{ code: 'GTW_UNSUPPORTED', severity: 'warning', path: 'http.routers.mine.service' }])
  expect([...disabled.keys()]).toEqual(['http.routers.mine@file'])
})

const internalRouters = (written: object) =>
  Object.keys(routed('noop@internal', written).snapshot.routers).filter((name) => name.endsWith('@internal'))

test('the API has a router of its own where it is insecure, on an entry point that is there or made for it', () => {
  expect(internalRouters({ api: {} })).toEqual([])
  expect(internalRouters({ api: { insecure: true } })).toEqual(['api@internal'])
  const { configuration, snapshot } = routed('noop@internal', { api: { insecure: true } })
  expect(configuration.entryPoints.gateway?.address).toBe(':8080')
  expect(snapshot.routers['api@internal']).toMatchObject({ entryPoints: ['gateway'], rule: 'PathPrefix(`/api`)', priority: 2n ** 63n - 2n })
  const named = routed('noop@internal', { entryPoints: { traefik: { address: ':9000' } }, api: { insecure: true, basePath: '/x/' } })
  expect(Object.keys(named.configuration.entryPoints)).toEqual(['traefik'])
  expect(named.snapshot.routers['api@internal']).toMatchObject({ entryPoints: ['traefik'], rule: 'PathPrefix(`/x/api`)' })
})
