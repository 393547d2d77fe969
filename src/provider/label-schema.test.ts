import { describe, expect, test } from 'vitest'
import { container, decode, server } from '../../test/harness/labelled-items.ts'
import { dynamicConfiguration } from '../config/dynamic.ts'
import { filled, list, map, object, type Schema, section, string, unsupported } from '../schema/index.ts'
import type { Labels } from './exposure.ts'
import { toLabelSchema } from './label-schema.ts'

describe('TCP and UDP', () => {
  const service = (address: Readonly<Record<string, Schema>>) =>
    map(object('s', { loadBalancer: section(object('l', { servers: list(object('s', address), 's') })) }), 's')
  const routers = map(object('r', { rule: string('r'), service: string('s'), entryPoints: list(string('e'), 'e') }), 'r')
  const host = dynamicFields('http')
  const supported = toLabelSchema(
    object('d', {
      http: host,
      tcp: filled(object('t', { routers, services: service({ address: string('a'), tls: string('t') }) })),
      udp: filled(object('u', { routers, services: service({ address: string('a') }) })),
    }),
  )
  const tcp = { 'traefik.tcp.routers.db.rule': 'HostSNI(`*`)' }
  const cases: { why: string; labels: Labels; expected: object }[] = [
    {
      why: 'a router of TCP gets a service named after the item, and nothing is made for HTTP',
      labels: tcp,
      expected: {
        tcp: {
          routers: { db: { rule: 'HostSNI(`*`)', service: 'web' } },
          services: { web: { loadBalancer: { servers: [{ address: '10.0.0.3:80' }] } } },
        },
      },
    },
    {
      why: 'a service of TCP has a port and its own options',
      labels: {
        ...tcp,
        'traefik.tcp.services.pg.loadbalancer.server.port': '5432',
        'traefik.tcp.services.pg.loadbalancer.server.tls': 'true',
      },
      expected: {
        tcp: {
          routers: { db: { rule: 'HostSNI(`*`)', service: 'pg' } },
          services: { pg: { loadBalancer: { servers: [{ address: '10.0.0.3:5432', tls: 'true' }] } } },
        },
      },
    },
    {
      why: 'a router of UDP needs no rule',
      labels: { 'traefik.udp.routers.dns.entrypoints': 'dns', 'traefik.udp.services.dns.loadbalancer.server.port': '53' },
      expected: {
        udp: {
          routers: { dns: { entryPoints: ['dns'], service: 'dns' } },
          services: { dns: { loadBalancer: { servers: [{ address: '10.0.0.3:53' }] } } },
        },
      },
    },
    {
      why: 'with labels of HTTP beside it, HTTP gets its defaults',
      labels: { 'traefik.udp.services.dns.loadbalancer.server.port': '53', 'traefik.http.middlewares.m.stripprefix.prefixes': '/a' },
      expected: {
        http: {
          middlewares: { m: { stripPrefix: { prefixes: ['/a'] } } },
          routers: { web: { rule: 'Host(`web`)', ruleSyntax: 'default', service: 'web' } },
          services: { web: server('http://10.0.0.3:80') },
        },
        udp: { services: { dns: { loadBalancer: { servers: [{ address: '10.0.0.3:53' }] } } } },
      },
    },
  ]
  for (const { why, labels, expected } of cases) {
    test(`${why}`, () => {
      const { configuration, findings } = decode([container('web', labels)], {}, supported)
      expect(findings).toEqual([])
      expect(configuration).toEqual(expected)
    })
  }

  test('a router of TCP without a rule is left out', () => {
    const { configuration, findings } = decode([container('web', { 'traefik.tcp.routers.db.entrypoints': 'x' })], {}, supported)
    expect(findings).toMatchObject([{ code: 'GTW_MISSING', message: 'tcp.routers.db.rule is missing' }])
    expect(configuration).toEqual({ tcp: { services: { web: { loadBalancer: { servers: [{ address: '10.0.0.3:80' }] } } } } })
  })

  test('where TCP is not supported it is passed on as one thing with its place, and nothing is made for HTTP', () => {
    const none = toLabelSchema(object('d', { http: host, tcp: unsupported('t'), udp: unsupported('u') }))
    const { configuration, findings, locate } = decode([container('a', tcp), container('b', tcp)], {}, none)
    expect(configuration).toEqual({ tcp: true })
    expect(findings).toEqual([])
    expect(locate(['tcp'])).toEqual({ kind: 'label', item: 'container a', label: 'traefik.tcp.routers.db.rule' })
  })
})

function dynamicFields(name: string): Schema {
  const facts = dynamicConfiguration['~facts']
  return (facts.kind === 'object' && facts.fields.get(name)) || unsupported(name)
}
