import { describe, expect, test } from 'vitest'
import { container, decode, http, server } from '../../test/harness/labelled-items.ts'
import { dynamicConfiguration } from '../config/dynamic.ts'
import { check } from '../schema/index.ts'
import { parseConstraints } from './constraints.ts'
import { compileDefaultRule } from './default-rule.ts'
import { type Labels, tagsToLabels } from './exposure.ts'
import type { DecodeLabelsOptions } from './labels.ts'

describe('what one item says', () => {
  const web = { rule: 'Host(`web`)', ruleSyntax: 'default', service: 'web' }
  const cases: { why: string; labels: Labels; http: object }[] = [
    {
      why: 'an item without labels gets a service and a router of its name',
      labels: {},
      http: { routers: { web }, services: { web: server('http://10.0.0.3:80') } },
    },
    {
      why: 'a router without a service gets the only one',
      labels: { 'traefik.http.routers.r.rule': 'Path(`/`)', 'traefik.http.services.s.loadbalancer.server.port': '8080' },
      http: { routers: { r: { rule: 'Path(`/`)', service: 's' } }, services: { s: server('http://10.0.0.3:8080') } },
    },
    {
      why: 'a router alone gets the default service',
      labels: { 'traefik.http.routers.r.rule': 'Path(`/`)' },
      http: { routers: { r: { rule: 'Path(`/`)', service: 'web' } }, services: { web: server('http://10.0.0.3:80') } },
    },
    {
      why: 'a router without a rule gets the default rule',
      labels: { 'gateway.http.routers.r.entrypoints': ' web , secure ' },
      http: {
        routers: { r: { rule: 'Host(`web`)', ruleSyntax: 'default', service: 'web', entryPoints: ['web', 'secure'] } },
        services: { web: server('http://10.0.0.3:80') },
      },
    },
    {
      why: 'a middleware alone comes beside the default service and router',
      labels: { 'traefik.http.middlewares.m.stripprefix.prefixes': '/a,/b' },
      http: {
        routers: { web },
        services: { web: server('http://10.0.0.3:80') },
        middlewares: { m: { stripPrefix: { prefixes: ['/a', '/b'] } } },
      },
    },
    {
      why: 'keys are compared without regard to case, names keep that of the first label',
      labels: { 'TRAEFIK.HTTP.Routers.App.RULE': 'Path(`/`)', 'traefik.http.routers.app.EntryPoints[0]': 'web' },
      http: {
        routers: { App: { rule: 'Path(`/`)', entryPoints: ['web'], service: 'web' } },
        services: { web: server('http://10.0.0.3:80') },
      },
    },
    {
      why: 'a URL stands for itself, with weight and path',
      labels: {
        'traefik.http.services.s.loadbalancer.server.url': 'https://example.com/base',
        'traefik.http.services.s.loadbalancer.server.weight': '3',
        'traefik.http.services.s.loadbalancer.server.preservepath': 'true',
      },
      http: {
        routers: { web: { ...web, service: 's' } },
        services: { s: { loadBalancer: { servers: [{ url: 'https://example.com/base', weight: '3', preservePath: 'true' }] } } },
      },
    },
    {
      why: 'the scheme goes in front of the address',
      labels: {
        'traefik.http.services.s.loadbalancer.server.scheme': 'h2c',
        'traefik.http.services.s.loadbalancer.passhostheader': 'false',
      },
      http: { routers: { web: { ...web, service: 's' } }, services: { s: server('h2c://10.0.0.3:80', { passHostHeader: 'false' }) } },
    },
    {
      why: 'sections are on with true and with nothing, off with false, whatever stands below them',
      labels: {
        'traefik.http.routers.a.tls': 'TRUE',
        'traefik.http.routers.b.tls': '',
        'traefik.http.routers.c.tls': 'false',
        'traefik.http.routers.c.tls.options': 'modern',
        'traefik.http.routers.d.tls.domains[0].main': 'x',
        'traefik.http.routers.d.tls.domains[0].sans': 'y,z',
      },
      http: {
        routers: {
          a: { ...web, tls: {} },
          b: { ...web, tls: {} },
          c: { ...web, tls: false },
          d: { ...web, tls: { domains: [{ main: 'x', sans: ['y', 'z'] }] } },
        },
        services: { web: server('http://10.0.0.3:80') },
      },
    },
    {
      why: 'labels of others and of the provider itself are no configuration',
      labels: { 'com.example.http.routers.x.rule': 'x', 'traefik.enable': 'true', 'traefik.docker.network': 'front' },
      http: { routers: { web }, services: { web: server('http://10.0.0.3:80') } },
    },
  ]
  for (const { why, labels, http: expected } of cases) {
    test(`${why}`, () => {
      const { configuration, findings } = decode([container('web', labels)])
      expect(findings).toEqual([])
      expect(http(configuration)).toEqual(expected)
      expect(check(dynamicConfiguration, configuration).issues).toEqual([])
    })
  }

  test('several services and no router give no router, and a word about it', () => {
    const { configuration, findings } = decode([
      container('web', {
        'traefik.http.services.a.loadbalancer.server.port': '1',
        'traefik.http.services.b.loadbalancer.server.port': '2',
      }),
    ])
    expect(Object.keys(http(configuration))).toEqual(['services'])
    expect(findings).toMatchObject([{ severity: 'info', path: 'http.routers', message: expect.stringContaining('(a, b)') }])
  })

  test('an item that cannot serve now has a service without servers', () => {
    const url = { 'traefik.http.services.s.loadbalancer.server.url': 'http://a' }
    const { configuration } = decode([container('web', {}, { isIdle: true }), container('url', url, { isIdle: true })])
    const nothing = { loadBalancer: { servers: [] } }
    expect(http(configuration).services).toEqual({ web: nothing, s: nothing })
  })

  test('a TLS store is read where it is the default one', () => {
    const labels = { 'traefik.tls.stores.Default.defaultGeneratedCert.resolver': 'le' }
    const { configuration, findings } = decode([container('web', labels)])
    expect(findings).toEqual([])
    expect(configuration).toMatchObject({ tls: { stores: { default: { defaultGeneratedCert: expect.anything() } } } })
  })
})

describe('which items count', () => {
  const cases: { why: string; labels: Labels; options?: Partial<DecodeLabelsOptions>; isServed: boolean }[] = [
    { why: 'exposed by default', labels: {}, isServed: true },
    { why: 'turned off', labels: { 'traefik.enable': 'false' }, isServed: false },
    { why: 'turned off in another case', labels: { 'Gateway.Enable': 'F' }, isServed: false },
    { why: 'not exposed by default', labels: {}, options: { exposedByDefault: false }, isServed: false },
    { why: 'turned on', labels: { 'traefik.enable': 'true' }, options: { exposedByDefault: false }, isServed: true },
    { why: 'turned on with one prefix and off with the other', labels: { 'gateway.enable': '1', 'traefik.enable': '0' }, isServed: true },
    {
      why: 'outside of the constraints',
      labels: { tier: 'back' },
      options: { constraints: parseConstraints('Label(`tier`, `front`)', { path: 'c', about: 'labels' }) },
      isServed: false,
    },
    {
      why: 'turned on with a prefix of its own',
      labels: { 'traefik.enable': 'false', 'edge.enable': 'true' },
      options: { prefix: 'edge', exposedByDefault: false },
      isServed: true,
    },
  ]
  for (const { why, labels, options, isServed } of cases) {
    test(`an item ${why} is ${isServed ? 'served' : 'not served'}`, () => {
      expect(Object.keys(decode([container('web', labels)], options).configuration as object)).toEqual(isServed ? ['http'] : [])
    })
  }

  test('garbage in place of yes or no is a finding, and the item is not served', () => {
    const { configuration, findings } = decode([container('web', { 'traefik.enable': 'yes' })])
    expect(configuration).toEqual({})
    expect(findings).toMatchObject([
      { severity: 'error', message: 'enable is "yes"', source: { item: 'container web', label: 'traefik.enable' } },
    ])
  })

  test('constraints and a default rule that are wrong are told', () => {
    const constraints = parseConstraints('Label(', { path: 'providers.docker.constraints', about: 'labels' })
    const wrong = compileDefaultRule('{{ .Nam }}', 'providers.docker.defaultRule')
    const { findings } = decode([], { constraints, defaultRule: wrong })
    expect(findings.map(({ path }) => path)).toEqual(['providers.docker.constraints', 'providers.docker.defaultRule'])
  })
})

describe('tags', () => {
  test('tags are labels up to their first equals sign', () => {
    const tags = ['plain', 'edge.http.routers.r.rule=Query(`a`,`b=c`)', ' edge.http.routers.r.priority = 7 ', '=x']
    const { configuration, findings } = decode([container('web', tagsToLabels(tags))], { prefix: 'Edge' })
    expect(findings).toEqual([])
    expect(http(configuration).routers).toEqual({ r: { rule: 'Query(`a`,`b=c`)', priority: '7', service: 'web' } })
  })
})

describe('two prefixes', () => {
  test('where both speak of the same thing, the own one wins with a warning', () => {
    const labels = {
      'traefik.http.routers.r.rule': 'Host(`theirs`)',
      'gateway.http.routers.r.rule': 'Host(`ours`)',
      'traefik.http.routers.r.entrypoints[0]': 'theirs',
      'gateway.http.routers.R.entryPoints': 'ours',
      'traefik.http.routers.r.priority': '5',
    }
    const { configuration, findings } = decode([container('web', labels)])
    expect(http(configuration).routers).toEqual({ R: { rule: 'Host(`ours`)', entryPoints: ['ours'], priority: '5', service: 'web' } })
    expect(findings.map(({ code, severity, source }) => [code, severity, source?.kind === 'label' && source.label])).toEqual([
      ['GTW_OVERRIDDEN', 'warning', 'traefik.http.routers.r.entrypoints[0]'],
      ['GTW_OVERRIDDEN', 'warning', 'traefik.http.routers.r.rule'],
    ])
  })
})
