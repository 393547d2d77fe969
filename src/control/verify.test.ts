import { expect, test } from 'vitest'
import { deepFreeze } from '../../test/harness/deep-freeze.ts'
import { staticOf } from '../../test/harness/static.ts'
import type { Finding, Path } from '../findings/finding.ts'
import { aggregate, type Said } from './aggregator.ts'
import { internalConfiguration } from './internal.ts'
import { type Verified, verify } from './verify.ts'

const WEB = { entryPoints: { web: { address: ':80' } } }

interface Given {
  readonly static?: unknown
  /** What each provider says below `http`. */
  readonly said: Readonly<Record<string, unknown>>
}

// Every place is known under its own path.
const locate = (path: Path) => ({ kind: 'key', store: 'test', key: path.join('/') }) as const

function verified({ static: written = WEB, said }: Given): Verified {
  const configuration = deepFreeze(staticOf(written))
  const internal = { provider: 'internal', message: internalConfiguration(configuration) }
  const messages = Object.entries(said).map(([provider, http]) => ({ provider, message: { configuration: { http }, locate } }))
  const all = [internal, ...messages].reduce<Said>((before, message) => aggregate(before, deepFreeze(message)), new Map())
  return verify(deepFreeze(all), configuration)
}

const live = ({ snapshot }: Verified) => [
  ...Object.keys(snapshot.routers),
  ...Object.keys(snapshot.services).map((name) => `service ${name}`),
  ...Object.keys(snapshot.middlewares).map((name) => `middleware ${name}`),
  ...Object.keys(snapshot.serversTransports).map((name) => `transport ${name}`),
]

const told = ({ code, severity, path, suggestion }: Finding) =>
  `${severity} ${code} ${path}${suggestion === undefined ? '' : ` → ${suggestion}`}`

const router = (path: string, more: object = {}) => ({ rule: `Path(\`/${path}\`)`, service: 'app', ...more })
const service = (...urls: string[]) => ({ loadBalancer: { servers: urls.map((url) => ({ url })) } })
const APP = { app: service('http://127.0.0.1:9000') }
const GOOD = { good: router('good') }

test('what providers say goes live under qualified names, with computed priority and rank', () => {
  const { snapshot, findings } = verified({
    said: {
      file: { routers: { a: router('a'), b: router('b', { priority: -5 }) }, services: APP },
      docker: { routers: { a: router('a', { priority: 7 }) }, services: APP },
      mine: { routers: { a: router('a') }, services: APP },
      zebra: { routers: { a: router('a') }, services: APP },
    },
  })
  expect(findings).toEqual([])
  expect(snapshot.revision).toBe(0)
  expect(snapshot.routers['a@file']).toEqual({
    entryPoints: ['web'],
    rule: 'Path(`/a`)',
    ruleSyntax: 'v3',
    priority: 10n,
    rank: 6,
    middlewares: [],
    service: 'app@file',
  })
  const ranked = Object.entries(snapshot.routers).map(([name, { priority, rank }]) => [name, priority, rank])
  expect(ranked.sort()).toEqual([
    ['a@docker', 7n, 5],
    ['a@file', 10n, 6],
    ['a@mine', 10n, 18],
    ['a@zebra', 10n, 19],
    ['b@file', -5n, 6],
  ])
})

interface Case {
  readonly why: string
  readonly static?: unknown
  readonly said: Readonly<Record<string, unknown>>
  /** Names of what is live besides `good@file` and `app@file`. */
  readonly live?: readonly string[]
  readonly findings: readonly string[]
  readonly disabled?: readonly string[]
}

const broken = (routers: object, more: object = {}) => ({ file: { routers: { ...GOOD, ...routers }, services: APP, ...more } })

const cases: Case[] = [
  {
    why: 'a misspelt key disables its router alone',
    said: broken({ bad: { rul: 'Path(`/`)', service: 'app' } }),
    findings: ['error GTW_UNKNOWN_KEY http.routers.bad.rul → rule'],
    disabled: ['http.routers.bad@file'],
  },
  {
    why: 'a wrong type disables its router alone',
    said: broken({ bad: router('x', { priority: 'high' }) }),
    findings: ['error GTW_WRONG_TYPE http.routers.bad.priority'],
    disabled: ['http.routers.bad@file'],
  },
  {
    why: 'an unknown service disables its router alone',
    said: broken({ bad: router('x', { service: 'ap' }) }),
    findings: ['error GTW_UNKNOWN_SERVICE http.routers.bad.service → app'],
    disabled: ['http.routers.bad@file'],
  },
  {
    why: 'a service that another provider has under the same name is suggested with its provider',
    said: { ...broken({ bad: router('x', { service: 'shop' }) }), docker: { services: { shop: service('http://127.0.0.1:1') } } },
    live: ['service shop@docker'],
    findings: ['error GTW_UNKNOWN_SERVICE http.routers.bad.service → shop@docker'],
    disabled: ['http.routers.bad@file'],
  },
  {
    why: 'an unknown middleware disables its router alone, and the place is its own in the list',
    said: broken(
      { bad: router('x', { middlewares: ['strip', 'stirp'] }) },
      { middlewares: { strip: { stripPrefix: { prefixes: ['/x'] } } } },
    ),
    live: ['middleware strip@file'],
    findings: ['error GTW_UNKNOWN_MIDDLEWARE http.routers.bad.middlewares[1] → strip'],
    disabled: ['http.routers.bad@file'],
  },
  {
    why: 'a router none of whose entry points exist is disabled',
    said: broken({ bad: router('x', { entryPoints: ['wbe'] }) }),
    findings: ['error GTW_UNKNOWN_ENTRY_POINT http.routers.bad.entryPoints[0] → web'],
    disabled: ['http.routers.bad@file'],
  },
  {
    why: 'a router with one entry point left stays live with a warning',
    said: broken({ fine: router('x', { entryPoints: ['web', 'wbe'] }) }),
    live: ['fine@file'],
    findings: ['warning GTW_UNKNOWN_ENTRY_POINT http.routers.fine.entryPoints[1] → web'],
  },
  {
    why: 'a bad rule disables its router alone',
    said: broken({ bad: router('x', { rule: 'Hots(`a`)' }) }),
    findings: ['error GTW_BAD_RULE http.routers.bad.rule → Host'],
    disabled: ['http.routers.bad@file'],
  },
  {
    why: 'all that is wrong with a router is told at once',
    said: broken({ bad: { rule: 'Hots(`a`)', service: 'nowhere', middlewares: ['none'], entryPoints: ['web', 'wbe'] } }),
    findings: [
      'warning GTW_UNKNOWN_ENTRY_POINT http.routers.bad.entryPoints[1] → web',
      'error GTW_UNKNOWN_MIDDLEWARE http.routers.bad.middlewares[0]',
      'error GTW_UNKNOWN_SERVICE http.routers.bad.service',
      'error GTW_BAD_RULE http.routers.bad.rule → Host',
    ],
    disabled: ['http.routers.bad@file'],
  },
  {
    why: 'a router without a rule or a service is disabled',
    said: broken({ bad: { service: 'app' }, worse: { rule: 'Path(`/`)' } }),
    findings: ['error GTW_MISSING http.routers.bad.rule', 'error GTW_MISSING http.routers.worse.service'],
    disabled: ['http.routers.bad@file', 'http.routers.worse@file'],
  },
  {
    why: 'a bad duration disables its transport, the service that uses it and the router that uses that',
    said: broken(
      { bad: router('x', { service: 'slow' }) },
      {
        services: { ...APP, slow: { loadBalancer: { servers: [{ url: 'http://127.0.0.1:1' }], serversTransport: 'lazy' } } },
        serversTransports: { lazy: { forwardingTimeouts: { dialTimeout: 'soon' } } },
      },
    ),
    findings: [
      'error GTW_WRONG_TYPE http.serversTransports.lazy.forwardingTimeouts.dialTimeout',
      'error GTW_BROKEN_REFERENCE http.services.slow.loadBalancer.serversTransport',
      'error GTW_BROKEN_REFERENCE http.routers.bad.service',
    ],
    disabled: ['http.serversTransports.lazy@file', 'http.services.slow@file', 'http.routers.bad@file'],
  },
  {
    why: 'an unknown transport disables its service and the router',
    said: broken(
      { bad: router('x', { service: 'slow' }) },
      { services: { ...APP, slow: { loadBalancer: { servers: [{ url: 'http://127.0.0.1:1' }], serversTransport: 'lazy' } } } },
    ),
    findings: [
      'error GTW_UNKNOWN_TRANSPORT http.services.slow.loadBalancer.serversTransport',
      'error GTW_BROKEN_REFERENCE http.routers.bad.service',
    ],
    disabled: ['http.services.slow@file', 'http.routers.bad@file'],
  },
  {
    why: 'a service that does not build is disabled with the router that uses it',
    said: broken({ bad: router('x', { service: 'odd.one' }) }, { services: { ...APP, 'odd.one': service('ftp://127.0.0.1') } }),
    findings: ['error GTW_BAD_VALUE http.services."odd.one"', 'error GTW_BROKEN_REFERENCE http.routers.bad.service'],
    disabled: ['http.services.odd.one@file', 'http.routers.bad@file'],
  },
  {
    why: 'an unsupported option disables its middleware and the router that uses it',
    said: broken({ bad: router('x', { middlewares: ['auth'] }) }, { middlewares: { auth: { plugin: { users: ['a:b'] } } } }),
    findings: ['error GTW_UNSUPPORTED http.middlewares.auth.plugin → custom', 'error GTW_BROKEN_REFERENCE http.routers.bad.middlewares[0]'],
    disabled: ['http.middlewares.auth@file', 'http.routers.bad@file'],
  },
  {
    why: 'a priority of users stays below those of the gateway',
    said: broken({
      bad: router('x', { priority: '9223372036854774808' }),
      top: router('y', { priority: '9223372036854774807' }),
    }),
    live: ['top@file'],
    findings: ['error GTW_PRIORITY_TOO_HIGH http.routers.bad.priority'],
    disabled: ['http.routers.bad@file'],
  },
  {
    why: 'the services of the gateway itself are there for every provider',
    said: broken({ who: router('w', { service: 'whoami@internal' }), tea: router('t', { service: 'noop@internal' }) }),
    live: ['tea@file', 'who@file'],
    findings: [],
  },
  {
    why: 'two providers may use the same names',
    said: { ...broken({}), docker: { routers: { good: router('other') }, services: APP } },
    live: ['good@docker', 'service app@docker'],
    findings: [],
  },
  {
    why: 'a name with a provider refers to what that provider says',
    said: { ...broken({}), docker: { routers: { far: router('far', { service: 'app@file' }) } } },
    live: ['far@docker'],
    findings: [],
  },
  {
    why: 'a name that looks like one of another provider stays with the provider that defined it',
    said: { ...broken({}), docker: { routers: { 'good@file': router('stolen') }, services: APP } },
    live: ['good@file@docker', 'service app@docker'],
    findings: [],
  },
  {
    why: 'names with dots are told apart',
    said: broken({ 'a.b': router('x', { rule: 'Nope()' }), a: router('y') }),
    live: ['a@file'],
    findings: ['error GTW_BAD_RULE http.routers."a.b".rule'],
    disabled: ['http.routers.a.b@file'],
  },
]

for (const { why, said, live: others = [], findings, disabled = [], ...given } of cases) {
  test(why, () => {
    const result = verified({ said, ...given })
    expect(live(result).sort()).toEqual(['good@file', 'service app@file', ...others].sort())
    expect(result.findings.map(told)).toEqual(findings)
    expect([...result.disabled.keys()]).toEqual(disabled)
  })
}

test('every finding has the place of what is wrong', () => {
  const { findings } = verified({
    said: broken({
      bad: router('x', { service: 'ap' }),
      worse: router('x', { rule: 'Nope()' }),
      worst: router('x', { entryPoints: ['no'] }),
    }),
  })
  expect(findings.map(({ source }) => source?.kind === 'key' && source.key).sort()).toEqual([
    'http/routers/bad/service',
    'http/routers/worse/rule',
    'http/routers/worst/entryPoints/0',
  ])
})

test('a disabled element names its reasons', () => {
  const { disabled } = verified({ said: broken({ bad: router('x', { service: 'ap' }) }) })
  expect(disabled.get('http.routers.bad@file')).toEqual([
    {
      code: 'GTW_UNKNOWN_SERVICE',
      severity: 'error',
      message: 'http.routers.bad.service is "ap", a service that does not exist',
      path: 'http.routers.bad.service',
      source: { kind: 'key', store: 'test', key: 'http/routers/bad/service' },
      suggestion: 'app',
    },
  ])
})

test('equal content has an equal fingerprint, whatever the order in which it was said', () => {
  const one = verified({ said: { file: { routers: { a: router('a'), b: router('b') }, services: APP } } })
  const other = verified({ said: { file: { services: APP, routers: { b: router('b'), a: router('a') } } } })
  const third = verified({ said: { file: { services: APP, routers: { b: router('b'), a: router('c') } } } })
  expect(other.snapshot.fingerprint).toBe(one.snapshot.fingerprint)
  expect(third.snapshot.fingerprint).not.toBe(one.snapshot.fingerprint)
})

test('ping has a router of the highest priority on its entry point', () => {
  const { snapshot, findings } = verified({ static: { ...WEB, ping: {} }, said: {} })
  expect(findings).toEqual([])
  expect(snapshot.routers).toEqual({
    'ping@internal': {
      entryPoints: ['gateway'],
      rule: 'PathPrefix(`/ping`)',
      ruleSyntax: 'v3',
      priority: 9223372036854775807n,
      rank: 17,
      middlewares: [],
      service: 'ping@internal',
    },
  })
})

test('ping with manual routing has no router of its own and can be routed to', () => {
  const result = verified({
    static: { ...WEB, ping: { manualRouting: true } },
    said: broken({ health: router('h', { service: 'ping@internal' }) }),
  })
  expect(live(result).sort()).toEqual(['good@file', 'health@file', 'service app@file'])
})
