import { expect, test } from 'vitest'
import { Asked } from '../../test/harness/service-tree.ts'
import { staticOf } from '../../test/harness/static.ts'
import type { Snapshot, SnapshotRouter } from '../config/snapshot.ts'
import { defaultTransportOf } from '../control/default-transport.ts'
import { replyText } from '../dispatch/reply.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { rulePriority } from '../rule/priority.ts'
import { privateCells } from '../state/cells.ts'
import { build, buildSteps } from './build.ts'
import type { BuildContext, Built } from './build-context.ts'
import { Keeper } from './keeper.ts'
import { realTime } from './time.ts'

const context: BuildContext = {
  entryPoints: ['web'],
  defaultTransport: defaultTransportOf(staticOf({ entryPoints: { web: { address: ':80' } } })),
  openServer: () => () => true,
  keep: (_key, create) => create(),
  cells: (_key, size) => privateCells(size),
  time: realTime,
  internalServices: { 'whoami@internal': (request, handler) => replyText(handler, 200, request.path) },
}

const snapshotOf = (routers: Readonly<Record<string, SnapshotRouter>>): Snapshot => ({
  revision: 1,
  fingerprint: '',
  routers,
  services: {},
  middlewares: { strip: { stripPrefix: { prefixes: ['/top'], forceSlash: true } } },
  serversTransports: {},
  cells: {},
})

const router = (rule: string, more: Partial<SnapshotRouter>): SnapshotRouter => ({
  entryPoints: [],
  rule,
  ruleSyntax: 'v3',
  priority: rulePriority(rule),
  rank: 0,
  middlewares: [],
  ...more,
})
const top = (more: Partial<SnapshotRouter> = {}) => router('PathPrefix(`/top`)', { entryPoints: ['web'], middlewares: ['strip'], ...more })
const middle = (...parents: string[]) => router('PathPrefix(`/`)', { parents, priority: 1n })
const leaf = (path: string, ...parents: string[]) => router(`Path(\`${path}\`)`, { parents, service: 'whoami@internal' })

function built(routers: Readonly<Record<string, SnapshotRouter>>): Built & { readonly steps: number } {
  const steps = buildSteps(snapshotOf(routers), context)
  for (let count = 0; ; count++) {
    const { done, value } = steps.next()
    if (done) return { ...value, steps: count }
  }
}

function ask({ trees }: Built, path: string): string {
  const asked = new Asked()
  trees.get('web')?.(new RequestHead('GET', path, new Headers()), asked)
  return `${asked.status} ${asked.content.trim()}`
}

const layers = { top: top(), middle: middle('top'), leaf: leaf('/leaf', 'middle'), other: leaf('/other', 'middle', 'top') }

test('layers are built from the bottom up, in whatever order a snapshot names them', () => {
  for (const entries of [Object.entries(layers), Object.entries(layers).reverse()]) {
    const tree = built(Object.fromEntries(entries))
    expect(tree.findings).toEqual([])
    expect(['/top/leaf', '/top/other', '/top/none', '/leaf'].map((path) => ask(tree, path))).toEqual([
      '200 /leaf',
      '200 /other',
      '404 404 page not found',
      '404 404 page not found',
    ])
  }
})

test('a thread may do something else after every router', () => {
  const children = Array.from({ length: 40 }, (_, index) => [`child${index}`, leaf(`/${index}`, `top${index % 20}`)])
  const parents = Array.from({ length: 20 }, (_, index) => [`top${index}`, top()])
  expect(built(Object.fromEntries([...parents, ...children])).steps).toBeGreaterThanOrEqual(60)
})

const BROKEN = { 'no children': {}, 'children that do not build': { bad: { ...leaf('/x', 'bare'), rule: 'Nope()' } } }

for (const [why, more] of Object.entries(BROKEN)) {
  test(`a parent with ${why} is left out with a finding`, () => {
    const tree = built({ bare: top(), own: top({ service: 'whoami@internal', priority: 1n }), ...more })
    expect(tree.findings.at(-1)).toMatchObject({ code: 'GTW_BROKEN_REFERENCE', path: 'http.routers.bare' })
    expect(ask(tree, '/top/x')).toBe('200 /x')
  })
}

test('a circle that came through all the same ends', () => {
  const tree = built({ top: top(), a: middle('top', 'b'), b: middle('a'), leaf: leaf('/leaf', 'top') })
  expect(ask(tree, '/top/leaf')).toBe('200 /leaf')
})

test('what has not changed is used again, what has is made anew', () => {
  const keeper = new Keeper()
  const app = (url: string) => ({
    loadBalancer: { servers: [{ url, weight: 1, preservePath: false }], strategy: 'wrr', passHostHeader: true },
  })
  const services = { same: app('http://a'), other: app('http://b') }
  const routers = { one: router('Path(`/1`)', { service: 'same', entryPoints: ['web'] }), two: router('Path(`/2`)', { service: 'other' }) }
  const snapshot = { ...snapshotOf(routers), services: services as never }
  const again = (next: Snapshot, last: Built) =>
    build(next, { ...context, keep: keeper.take.bind(keeper), last: { memory: last.memory, keeper } })
  const first = again(snapshot, build(snapshot, context))
  keeper.settle()
  const second = again({ ...snapshot, services: { ...services, other: app('http://c') } as never }, first)
  keeper.settle()
  const routeOf = ({ memory }: Built, name: string) => memory.routes.get(name)?.route
  expect(routeOf(second, 'one')).toBe(routeOf(first, 'one'))
  expect(routeOf(second, 'two')).not.toBe(routeOf(first, 'two'))
  const third = again({ ...snapshot, routers: { ...routers, one: { ...routers.one } } }, second)
  expect(routeOf(third, 'one')).not.toBe(routeOf(second, 'one'))
  expect(third.memory.services.get('same')?.built).toBe(first.memory.services.get('same')?.built)
})

test('what a service keeps stays open while it is used again, and is closed when it goes', () => {
  const keeper = new Keeper()
  let open = 0
  const openServer: BuildContext['openServer'] = () => {
    keeper.take('pool', () => {
      open++
      return { close: () => void open-- }
    })
    return () => true
  }
  const services = {
    app: { loadBalancer: { servers: [{ url: 'http://a', weight: 1, preservePath: false }], strategy: 'wrr', passHostHeader: true } },
  }
  const snapshot = { ...snapshotOf({ one: router('Path(`/1`)', { service: 'app', entryPoints: ['web'] }) }), services: services as never }
  let memory = build(snapshotOf({}), context).memory
  const apply = (next: Snapshot): void => {
    memory = build(next, { ...context, openServer, keep: keeper.take.bind(keeper), last: { memory, keeper } }).memory
    keeper.settle()
  }
  for (let times = 0; times < 3; times++) apply(snapshot)
  expect(open).toBe(1)
  apply(snapshotOf({}))
  expect(open).toBe(0)
})
