import { expect, test } from 'vitest'
import { deepFreeze } from '../../test/harness/deep-freeze.ts'
import { staticOf } from '../../test/harness/static.ts'
import { aggregate, type Said } from './aggregator.ts'
import { internalConfiguration } from './internal.ts'
import { verify } from './verify.ts'

const to = (entryPoint: object, more: object = {}) => ({ address: ':80', http: { redirections: { entryPoint }, ...more } })

function verifiedWith(entryPoints: Readonly<Record<string, object>>, said: Said = new Map()) {
  const configuration = deepFreeze(staticOf({ entryPoints }))
  return verify(aggregate(said, { provider: 'internal', message: internalConfiguration(configuration) }), configuration)
}

const cases = [
  {
    why: 'to an entry point, whose port counts',
    entryPoints: { web: to({ to: 'secure' }), secure: { address: '127.0.0.1:8443' } },
    name: 'web-to-secure@internal',
    redirect: { scheme: 'https', port: '8443', permanent: true },
    priority: 2n ** 63n - 2n,
  },
  {
    why: 'to a port',
    entryPoints: { web: to({ to: ':443', scheme: 'https', permanent: false, priority: 10 }) },
    name: 'web-to-443@internal',
    redirect: { scheme: 'https', port: '443', permanent: false },
    priority: 10n,
  },
  {
    why: 'to an entry point with a name that is no word',
    entryPoints: { 'my.web': to({ to: 'my_secure', scheme: 'http' }), my_secure: { address: ':8080' } },
    name: 'my-web-to-my-secure@internal',
    redirect: { scheme: 'http', port: '8080', permanent: true },
    priority: 2n ** 63n - 2n,
  },
]

test('where routers may answer challenges, those are not redirected, and the gateway answers them behind others', () => {
  const written = {
    entryPoints: { web: { ...to({ to: ':443' }), allowACMEByPass: true }, other: { address: ':81' } },
    certificatesResolvers: {
      le: { acme: { httpChallenge: { entryPoint: 'web' } } },
      more: { acme: { httpChallenge: { entryPoint: 'other' } } },
    },
  }
  const challenge = { rule: 'PathPrefix(`/.well-known/acme-challenge/`)', service: 'acme-http@internal' }
  expect(internalConfiguration(staticOf(written))).toMatchObject({
    configuration: {
      http: {
        routers: {
          'web-to-443': { rule: 'HostRegexp(`^.+$`) && !PathPrefix(`/.well-known/acme-challenge/`)' },
          'acme-http': { ...challenge, entryPoints: ['other'], priority: 2n ** 63n - 1n },
          'acme-http-bypass': { ...challenge, entryPoints: ['web'] },
        },
      },
    },
  })
})

for (const { why, entryPoints, name, redirect, priority } of cases) {
  test(`an entry point redirects ${why}`, () => {
    const { snapshot, findings } = verifiedWith(entryPoints)
    expect(findings).toEqual([])
    const middleware = `redirect-${name}`
    expect(snapshot.middlewares).toEqual({ [middleware]: { redirectScheme: redirect } })
    expect(snapshot.routers).toMatchObject({
      [name]: {
        entryPoints: [Object.keys(entryPoints)[0]],
        rule: 'HostRegexp(`^.+$`)',
        ruleSyntax: 'v3',
        priority,
        middlewares: [middleware],
        service: 'noop@internal',
      },
    })
  })
}

test('what the entry point adds to every router comes before the redirection', () => {
  const said = aggregate(new Map(), {
    provider: 'file',
    message: { configuration: { http: { middlewares: { a: { addPrefix: { prefix: '/a' } } } } } },
  })
  const { snapshot, findings } = verifiedWith({ web: to({ to: ':443' }, { middlewares: ['a@file'] }) }, said)
  expect(findings).toEqual([])
  expect(snapshot.routers['web-to-443@internal']?.middlewares).toEqual(['a@file', 'redirect-web-to-443@internal'])
})

test('a target that does not exist is a finding, and nothing is redirected', () => {
  const { snapshot, findings } = verifiedWith({ web: to({ to: 'secur' }), secure: { address: ':443' } })
  expect(snapshot.routers).toEqual({})
  expect(findings).toEqual([
    {
      code: 'GTW_UNKNOWN_ENTRY_POINT',
      severity: 'error',
      message: 'entryPoints.web.http.redirections.entryPoint.to is "secur", an entry point that does not exist',
      path: 'entryPoints.web.http.redirections.entryPoint.to',
      suggestion: 'secure',
    },
  ])
})

test('an entry point of UDP redirects nothing, and is no target', () => {
  const configuration = staticOf({
    entryPoints: { web: to({ to: ':443' }), dns: { address: ':53' }, b: { ...to({ to: 'dns' }), address: ':81' } },
  })
  const asUdp = Object.entries(configuration.entryPoints).map(([name, one]) => [name, name === 'b' ? one : { ...one, address: ':53/udp' }])
  expect(internalConfiguration({ ...configuration, entryPoints: Object.fromEntries(asUdp) })).toMatchObject({
    configuration: { http: { routers: {}, middlewares: {} } },
    findings: [{ path: 'entryPoints.b.http.redirections.entryPoint.to' }],
  })
})

test('a section without a target redirects nothing', () => {
  expect(verifiedWith({ web: { address: ':80', http: { redirections: {} } } })).toMatchObject({ snapshot: { routers: {} }, findings: [] })
})
