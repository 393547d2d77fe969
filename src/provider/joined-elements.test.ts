import { describe, expect, test } from 'vitest'
import { container, decode, http } from '../../test/harness/labelled-items.ts'
import { dynamicConfiguration } from '../config/dynamic.ts'
import { check } from '../schema/index.ts'
import type { Labels } from './exposure.ts'

describe('several items', () => {
  test('equal definitions are one, and the servers of a service add up', () => {
    const labels = { 'traefik.http.routers.r.rule': 'Path(`/`)', 'traefik.http.services.s.loadbalancer.server.port': '80' }
    const { configuration, findings, locate } = decode([container('bb', labels), container('a', labels), container('x', labels)])
    expect(findings).toEqual([])
    expect(http(configuration)).toEqual({
      routers: { r: { rule: 'Path(`/`)', service: 's' } },
      services: { s: { loadBalancer: { servers: [{ url: 'http://10.0.0.1:80' }, { url: 'http://10.0.0.2:80' }] } } },
    })
    const at = (...path: (string | number)[]) => locate(['http', ...path])
    expect(at('services', 's', 'loadBalancer', 'servers', 1, 'url')).toEqual({
      kind: 'label',
      item: 'container bb',
      label: 'traefik.http.services.s.loadbalancer.server.port',
    })
    expect(at('routers', 'r', 'rule')).toMatchObject({ item: 'container a', label: 'traefik.http.routers.r.rule' })
    expect(at('routers', 'other')).toBeUndefined()
  })

  test('definitions in other words that mean the same are equal', () => {
    const words = (value: string) => ({ 'traefik.http.services.s.loadbalancer.passhostheader': value })
    const { findings } = decode([container('a', words('true')), container('b', words('1'))])
    expect(findings.filter(({ path }) => path === 'http.services.s')).toEqual([])
  })

  const rule = (text: string) => ({ 'traefik.http.routers.r.rule': text, 'traefik.http.routers.r.service': 'x@file' })
  const conflicts: { why: string; one: Labels; other: Labels; path: string; difference: string }[] = [
    { why: 'router', one: rule('Path(`/a`)'), other: rule('Path(`/b`)'), path: 'http.routers.r', difference: 'rule' },
    {
      why: 'service',
      one: { 'traefik.http.services.r.loadbalancer.passhostheader': 'true' },
      other: { 'traefik.http.services.r.loadbalancer.passhostheader': 'false' },
      path: 'http.services.r',
      difference: 'loadBalancer.passHostHeader',
    },
    {
      why: 'middleware',
      one: { 'traefik.http.middlewares.r.stripprefix.prefixes': '/a' },
      other: { 'traefik.http.middlewares.r.stripprefix.prefixes': '/b' },
      path: 'http.middlewares.r',
      difference: 'stripPrefix.prefixes',
    },
  ]
  for (const { why, one, other, path, difference } of conflicts) {
    test(`a ${why} that two items define differently is left out, and both are named`, () => {
      const { configuration, findings, locate } = decode([container('b', other), container('a', one), container('third', {})])
      const [, kind = '', name = ''] = path.split('.')
      expect(http(configuration)[kind]?.[name]).toBeUndefined()
      expect(http(configuration).services).toHaveProperty('third')
      expect(findings.filter(({ code }) => code === 'GTW_CONFLICT')).toMatchObject([
        {
          severity: 'error',
          path,
          message: `${path} is defined differently by container a and container b, which differ in ${difference}; it is left out`,
          source: { kind: 'label', item: 'container b' },
        },
      ])
      expect(locate(path.split('.'))).toMatchObject({ item: 'container a' })
    })
  }

  test('the order in which items are listed changes nothing', () => {
    const items = ['c', 'a', 'b'].map((name) => container(name, rule(`Path(\`/${name}\`)`)))
    const [one, other] = [decode(items), decode(items.toReversed())]
    expect(JSON.stringify([one.configuration, one.findings])).toBe(JSON.stringify([other.configuration, other.findings]))
  })

  test('ten thousand containers of five labels are all there', () => {
    const items = Array.from({ length: 10_000 }, (_, index) =>
      container(`web-${index}`, {
        'traefik.enable': 'true',
        [`traefik.http.routers.r${index}.rule`]: `Host(\`${index}.example.com\`)`,
        [`traefik.http.routers.r${index}.entrypoints`]: 'web,websecure',
        [`traefik.http.routers.r${index}.tls`]: 'true',
        [`traefik.http.services.s${index % 100}.loadbalancer.server.url`]: `http://10.1.${index >> 8}.${index & 255}:80`,
      }),
    )
    const { configuration, findings } = decode(items)
    expect(findings).toEqual([])
    const { value, issues } = check(dynamicConfiguration, configuration)
    expect(issues).toEqual([])
    expect(Object.keys(value.http.routers)).toHaveLength(10_000)
    expect(Object.values(value.http.services).map(({ loadBalancer }) => loadBalancer?.servers.length)).toEqual(Array(100).fill(100))
  })
})
