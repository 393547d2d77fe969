import { describe, expect, test } from 'vitest'
import { type Asked, type ServiceTree, serviceTree } from '../../test/harness/service-tree.ts'
import type { Cells } from '../state/cells.ts'
import { ServerState, serverKey } from './server-state.ts'

const A = 'http://10.0.0.1:80'
const B = 'http://10.0.0.2:80'

const whoAnswered = ({ content }: Asked): string => content.trim()

function tally(ask: () => Asked, count: number): Record<string, number> {
  const seen: Record<string, number> = {}
  for (let turn = 0; turn < count; turn++) {
    const name = whoAnswered(ask())
    seen[name] = (seen[name] ?? 0) + 1
  }
  return seen
}

const checked = (url: string) => ({ loadBalancer: { servers: [{ url }], healthCheck: {} } })
const plain = (url: string) => ({ loadBalancer: { servers: [{ url }] } })

function setActive({ cells }: ServiceTree, service: string, url: string, up: boolean): void {
  new ServerState(cells.get(serverKey(service, url)) as Cells).setActive(up)
}

describe('weighted', () => {
  test('children get their shares exactly, for all workers together', () => {
    const services = {
      app: { weighted: { services: [{ name: 'a', weight: 3 }, { name: 'b@file' }, { name: 'none', weight: 0 }] } },
      a: plain(A),
      b: plain(B),
      none: plain('http://10.0.0.3:80'),
    }
    const cells = new Map<string, Cells>()
    const workers = [1, 2, 3].map(() => serviceTree({ http: { services }, cells }))
    let turn = 0
    expect(tally(() => (workers[turn++ % 3] as ServiceTree).ask(), 40)).toEqual({ [A]: 30, [B]: 10 })
  })

  test('a child without health counts as up whatever it answers', () => {
    const services = { app: { weighted: { services: [{ name: 'a' }, { name: 'b' }] } }, a: checked(A), b: plain(B) }
    const tree = serviceTree({ http: { services } })
    setActive(tree, 'a@file', A, false)
    expect(tally(() => tree.ask(), 4)).toEqual({ 'no available server': 2, [B]: 2 })
  })

  test('with healthCheck a child that is down gets nothing, through services in between and their middlewares', () => {
    const services = {
      app: { weighted: { services: [{ name: 'left' }, { name: 'b' }], healthCheck: {} } },
      left: { weighted: { services: [{ name: 'a' }], healthCheck: true }, middlewares: ['prefix'] },
      a: checked(A),
      b: checked(B),
    }
    const tree = serviceTree({ http: { services, middlewares: { prefix: { addPrefix: { prefix: '/left' } } } } })
    expect(tree.findings).toEqual([])
    expect(tally(() => tree.ask(), 10)).toEqual({ [A]: 5, [B]: 5 })
    expect(tree.received.filter(({ url }) => url === A).every(({ request }) => request.path === '/left/')).toBe(true)
    setActive(tree, 'a@file', A, false)
    expect(tally(() => tree.ask(), 10)).toEqual({ [B]: 10 })
    setActive(tree, 'b@file', B, false)
    expect([tree.ask().status, tree.ask().content]).toEqual([503, 'no available server\n'])
  })
})

test('highestRandomWeight: the address of the client decides, by the names of the children as written', () => {
  const services = {
    app: { highestRandomWeight: { services: [{ name: 'a' }, { name: 'b' }], healthCheck: {} } },
    a: checked(A),
    b: checked(B),
  }
  const tree = serviceTree({ http: { services } })
  const clients = Array.from({ length: 50 }, (_, index) => `192.0.2.${index}`)
  const before = clients.map((peer) => whoAnswered(tree.ask({ peer })))
  expect(new Set(before)).toEqual(new Set([A, B]))
  expect(clients.map((peer) => whoAnswered(tree.ask({ peer })))).toEqual(before)
  setActive(tree, 'a@file', A, false)
  expect(new Set(clients.map((peer) => whoAnswered(tree.ask({ peer }))))).toEqual(new Set([B]))
})

const unhealthy: [string, object, string][] = [
  ['weighted', { weighted: { services: [{ name: 'a' }], healthCheck: {} } }, 'WRR'],
  ['highestRandomWeight', { highestRandomWeight: { services: [{ name: 'a' }], healthCheck: {} } }, 'WRR'],
  ['mirroring', { mirroring: { service: 'a', healthCheck: {} } }, 'WRR'],
  ['failover without statuses', { failover: { service: 'a', fallback: 'b' } }, 'WRR'],
  ['failover, of the fallback too', { failover: { service: 'b', fallback: 'a', healthCheck: {} } }, 'WRR'],
  ['weighted over p2c', { weighted: { services: [{ name: 'p2c' }], healthCheck: {} } }, 'P2C'],
  ['weighted over mirroring', { weighted: { services: [{ name: 'mirrored' }], healthCheck: {} } }, 'mirroring'],
]

for (const [why, app, kind] of unhealthy) {
  test(`${why}: a child that does not check its health is a finding`, () => {
    const services = {
      app,
      a: plain(A),
      b: checked(B),
      p2c: { loadBalancer: { strategy: 'p2c' } },
      mirrored: { mirroring: { service: 'b' } },
    }
    const tree = serviceTree({ http: { services } })
    expect(tree.findings[0]).toMatch(
      new RegExp(`cannot register \\w+ as updater for app@file: healthCheck not enabled in config for this ${kind} service`),
    )
    expect(tree.ask().status).toBe(404)
  })
}

describe('references', () => {
  const places: [string, object, string][] = [
    [
      'a child of weighted',
      { weighted: { services: [{ name: 'a' }, { name: 'lost' }] } },
      'http.services.app.weighted.services[1].name is "lost"',
    ],
    [
      'a child of highestRandomWeight',
      { highestRandomWeight: { services: [{ name: 'lost' }] } },
      'http.services.app.highestRandomWeight.services[0].name is "lost"',
    ],
    ['the main service of mirroring', { mirroring: { service: 'lost' } }, 'http.services.app.mirroring.service is "lost"'],
    ['a mirror', { mirroring: { service: 'a', mirrors: [{ name: 'lost' }] } }, 'http.services.app.mirroring.mirrors[0].name is "lost"'],
    ['the main service of failover', { failover: { service: 'lost', fallback: 'a' } }, 'http.services.app.failover.service is "lost"'],
    [
      'the fallback',
      { failover: { service: 'a', fallback: 'lost', errors: { status: ['500'] } } },
      'http.services.app.failover.fallback is "lost"',
    ],
    ['a middleware of the service', { ...plain(A), middlewares: ['lost'] }, 'http.services.app.middlewares[0] is "lost", a middleware'],
    ['a transport', { loadBalancer: { serversTransport: 'lost' } }, 'http.services.app.loadBalancer.serversTransport is "lost"'],
  ]

  for (const [why, app, expected] of places) {
    test(`${why} that does not exist is told with its place, and disables who refers`, () => {
      const tree = serviceTree({ http: { services: { app, a: plain(A) } } })
      expect(tree.findings.some((finding) => finding.startsWith(expected) && finding.includes('does not exist'))).toBe(true)
      expect(tree.findings).toHaveLength(2)
      expect(tree.ask().status).toBe(404)
    })
  }

  test('services in a circle are told, and their router does not go live', () => {
    const services = { app: { weighted: { services: [{ name: 'b' }] } }, b: { mirroring: { service: 'app' } } }
    const tree = serviceTree({ http: { services } })
    expect(tree.findings.join()).toContain('closes a circle: app@file → b@file → app@file')
    expect(tree.ask().status).toBe(404)
  })

  test('a child that cannot be built takes its parent along', () => {
    const services = { app: { weighted: { services: [{ name: 'b' }] } }, b: { loadBalancer: { servers: [{ url: 'x' }] } } }
    const tree = serviceTree({ http: { services } })
    expect(
      tree.findings.some((finding) => finding.includes('http.services.app.weighted.services[0].name is "b", a service that is disabled')),
    ).toBe(true)
  })
})
