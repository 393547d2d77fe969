import { describe, expect, test } from 'vitest'
import { container, decode, http } from '../../test/harness/labelled-items.ts'
import { dynamicConfiguration } from '../config/dynamic.ts'
import { toFindings } from '../findings/from-issues.ts'
import { check } from '../schema/index.ts'
import { compileDefaultRule } from './default-rule.ts'
import type { CompleteMessage } from './definition.ts'
import type { FoundServers } from './item.ts'

describe('what is wrong with one element', () => {
  /** Labels beside those of a good router and its service. */
  const good = {
    'traefik.http.routers.good.rule': 'Path(`/`)',
    'traefik.http.routers.good.service': 'good',
    'traefik.http.services.good.loadbalancer.server.port': '80',
  }
  const cases: { why: string; label: string; value?: string; finding: object }[] = [
    {
      why: 'an unknown option',
      label: 'traefik.http.routers.bad.rul',
      finding: { code: 'GTW_UNKNOWN_KEY', message: 'unknown key "rul" in http.routers.bad', suggestion: 'rule' },
    },
    {
      why: 'a value of the wrong type',
      label: 'traefik.http.services.bad.loadbalancer.passhostheader',
      value: 'yes',
      finding: { code: 'GTW_WRONG_TYPE', message: 'http.services.bad.loadBalancer.passHostHeader is "yes"' },
    },
    {
      why: 'a weight that is no number',
      label: 'traefik.http.services.bad.loadbalancer.server.weight',
      finding: { code: 'GTW_WRONG_TYPE', message: 'http.services.bad.loadBalancer.servers[0].weight is "x"' },
    },
    {
      why: 'an unknown option of a server',
      label: 'traefik.http.services.bad.loadbalancer.server.wight',
      finding: {
        code: 'GTW_UNKNOWN_KEY',
        message: 'unknown key "wight" in http.services.bad.loadBalancer.servers[0]',
        suggestion: 'weight',
      },
    },
    {
      why: 'a port that is none',
      label: 'traefik.http.services.bad.loadbalancer.server.port',
      value: '70000',
      finding: { code: 'GTW_BAD_VALUE', message: 'http.services.bad.loadBalancer.server.port is "70000"', expected: 'at most 65535' },
    },
    {
      why: 'a scheme that is none',
      label: 'traefik.http.services.bad.loadbalancer.server.scheme',
      value: 'ftp',
      finding: { code: 'GTW_BAD_VALUE', expected: 'http, https or h2c' },
    },
    {
      why: 'a URL that leads to the metadata of a cloud',
      label: 'traefik.http.services.bad.loadbalancer.server.url',
      value: 'http://169.254.169.254/latest',
      finding: { code: 'GTW_BAD_VALUE', expected: 'an address that is not link-local' },
    },
    {
      why: 'an element with a text of its own',
      label: 'traefik.http.routers.bad',
      finding: { code: 'GTW_WRONG_TYPE', message: 'http.routers.bad is "x"' },
    },
    {
      why: 'a name below a scalar',
      label: 'traefik.http.routers.bad.rule.more',
      finding: { code: 'GTW_UNKNOWN_KEY', message: 'unknown key "more" in http.routers.bad.rule' },
    },
    {
      why: 'an empty part',
      label: 'traefik.http.routers.bad..rule',
      finding: { code: 'GTW_UNKNOWN_KEY', message: 'refused key "" in http.routers.bad' },
    },
    {
      why: 'a name that would reach a prototype',
      label: 'traefik.http.routers.__proto__.rule',
      finding: { code: 'GTW_UNKNOWN_KEY', message: 'refused key "__proto__" in http.routers' },
    },
    {
      why: 'the name of a constructor',
      label: 'traefik.http.services.constructor.loadbalancer.server.port',
      finding: { code: 'GTW_UNKNOWN_KEY', message: 'refused key "constructor" in http.services' },
    },
    {
      why: 'an unknown collection',
      label: 'traefik.http.router.bad.rule',
      finding: { code: 'GTW_UNKNOWN_KEY', message: 'unknown key "router" in http', suggestion: 'routers' },
    },
    {
      why: 'a kind of service that is not for labels',
      label: 'traefik.http.services.bad.weighted.services[0].name',
      finding: {
        code: 'GTW_UNKNOWN_KEY',
        message: expect.stringContaining('cannot be said with labels'),
        hint: expect.stringContaining('file'),
      },
    },
    {
      why: 'a list of servers',
      label: 'traefik.http.services.bad.loadbalancer.servers[0].url',
      finding: { code: 'GTW_UNKNOWN_KEY', hint: expect.stringContaining('loadbalancer.server.port') },
    },
    {
      why: 'a transport',
      label: 'traefik.http.serversTransports.bad.rootCAs',
      finding: { code: 'GTW_UNKNOWN_KEY', message: 'http.serversTransports.bad.rootCAs cannot be said with labels' },
    },
    {
      why: 'a certificate',
      label: 'traefik.tls.certificates[0].keyFile',
      finding: { code: 'GTW_UNKNOWN_KEY', severity: 'error' },
    },
    {
      why: 'a TLS store that is not the default one',
      label: 'traefik.tls.stores.other.defaultGeneratedCert.resolver',
      finding: { code: 'GTW_UNKNOWN_KEY', severity: 'error' },
    },
    {
      why: 'a root that nearly is one',
      label: 'traefik.htp.routers.bad.rule',
      finding: {
        code: 'GTW_UNKNOWN_KEY',
        severity: 'warning',
        message: 'labels that begin with "traefik.htp" are not read',
        suggestion: 'http',
      },
    },
    {
      why: 'a root that resembles none',
      label: 'traefik.constraint-label',
      finding: { code: 'GTW_UNKNOWN_KEY', severity: 'info', message: 'labels that begin with "traefik.constraint-label" are not read' },
    },
  ]
  for (const { why, label, value = 'x', finding } of cases) {
    test(`${why} is one finding at its label and takes nothing else along: ${label}`, () => {
      const { all, live } = verify(decode([container('web', { ...good, [label]: value })]))
      expect(all).toMatchObject([{ ...finding, source: { kind: 'label', item: 'container web', label } }])
      expect(live).toContain('routers good')
      expect(live).toContain('services good')
      expect(live.filter((one) => /bad|proto|constructor/.test(one))).toEqual([])
    })
  }

  test('a URL and a port cannot both be the address', () => {
    const path = 'traefik.http.services.s.loadbalancer.server'
    const { configuration, findings } = decode([container('web', { [`${path}.url`]: 'http://a', [`${path}.port`]: '80' })])
    expect(findings).toMatchObject([{ path: 'http.services.s.loadBalancer.server.url', source: { label: `${path}.url` } }])
    expect(configuration).toEqual({})
  })

  test('an item whose address is not known loses its service and the router that is made for it', () => {
    const item = container('web', {})
    const servers = (): FoundServers => ({ problem: 'the port is missing', hint: 'say server.port' })
    const { configuration, findings } = decode([{ ...item, defaults: { ...item.defaults, servers } }])
    expect(configuration).toEqual({})
    expect(findings).toMatchObject([
      { message: 'http.services.web has no server: the port is missing', hint: 'say server.port', source: { item: 'container web' } },
    ])
  })

  test('a router that does not say which of several services it means is left out', () => {
    const labels = {
      ...good,
      'traefik.http.services.other.loadbalancer.server.port': '81',
      'traefik.http.routers.unclear.rule': 'Path(`/b`)',
    }
    const { configuration, findings } = decode([container('web', labels)])
    expect(Object.keys(http(configuration).routers ?? {})).toEqual(['good'])
    expect(findings).toMatchObject([
      { code: 'GTW_MISSING', message: 'http.routers.unclear.service is missing, and there is more than one (good, other)' },
    ])
  })

  test('a router whose default rule fails is left out, its service stays', () => {
    const item = container('a`b', {})
    const plain = compileDefaultRule('Host(`{{ .Name }}`)', 'x')
    const { configuration, findings } = decode([item], { defaultRule: plain })
    expect(Object.keys(http(configuration))).toEqual(['services'])
    expect(findings).toMatchObject([{ severity: 'error', message: expect.stringContaining('use normalize') }])
  })

  test('a name that no element can have is a finding in place of the default service', () => {
    const { configuration, findings } = decode([container('Constructor', {})])
    expect(configuration).toEqual({})
    expect(findings).toMatchObject([{ severity: 'error', message: expect.stringContaining('"Constructor" cannot be a name') }])
  })

  test('where nobody knows what was meant, nothing is made by default', () => {
    expect(decode([container('web', { 'traefik.http.router.r.rule': 'Host(`private`)' })]).configuration).toEqual({})
  })

  test('what many replicas have in common is told once', () => {
    const replicas = Array.from({ length: 3 }, (_, index) => container(`web-${index}`, { 'traefik.http.routers.__proto__.rule': 'x' }))
    expect(decode(replicas).findings).toMatchObject([
      { message: 'refused key "__proto__" in http.routers (and 2 more like this)', source: { item: 'container web-0' } },
    ])
  })
})

/** All findings, those of the check included, and the elements that nothing is wrong with. */
function verify({ configuration, findings, locate }: CompleteMessage) {
  const { value, issues } = check(dynamicConfiguration, configuration)
  const broken = new Set(issues.map(({ path }) => path.slice(0, 3).join(' ')))
  const live = Object.entries(value.http).flatMap(([kind, elements]) =>
    Object.keys(elements).flatMap((name) => (broken.has(`http ${kind} ${name}`) ? [] : [`${kind} ${name}`])),
  )
  return { all: [...findings, ...toFindings(issues, locate)], live }
}
