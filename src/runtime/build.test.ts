import fc from 'fast-check'
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
  const steps = buildSteps({ ...snapshotOf(routers), routers: Object.entries(routers) }, context)
  for (let count = 0; ; count++) {
    const { done, value } = steps.next()
    if (!done) continue
    value.commit()
    return { ...value, steps: count }
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

const appAt = (url: string) => ({
  loadBalancer: { servers: [{ url, weight: 1, preservePath: false }], strategy: 'wrr', passHostHeader: true },
})

test('what has not changed is used again, what has is made anew', () => {
  const keeper = new Keeper()
  const services = { same: appAt('http://a'), other: appAt('http://b') }
  const routers = { one: router('Path(`/1`)', { service: 'same', entryPoints: ['web'] }), two: router('Path(`/2`)', { service: 'other' }) }
  const snapshot = { ...snapshotOf(routers), services: services as never }
  const again = (next: Snapshot, last: Built) =>
    build(next, { ...context, keep: keeper.take.bind(keeper), last: { memory: last.memory, keeper } })
  const first = again(snapshot, build(snapshot, context))
  keeper.settle()
  const { memory } = first
  const routeOf = (name: string) => memory.routes.get(name)?.route
  const [one, two, same] = [routeOf('one'), routeOf('two'), memory.services.get('same')?.built]
  const second = again({ ...snapshot, services: { ...services, other: appAt('http://c') } as never }, first)
  keeper.settle()
  expect(routeOf('one')).toBe(one)
  expect(routeOf('two')).not.toBe(two)
  again({ ...snapshot, routers: { ...routers, one: { ...routers.one } } }, second)
  expect(routeOf('one')).not.toBe(one)
  expect(memory.services.get('same')?.built).toBe(same)
})

test('requests meet a new version whole or not at all, whatever was before and whatever was given up', () => {
  const names = ['a', 'b', 'c'] as const
  const versions = fc.array(fc.dictionary(fc.constantFrom(...names), fc.constantFrom('/1', '/2', '/3')), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(versions, fc.infiniteStream(fc.boolean()), (history, isLive) => {
      let live: Readonly<Record<string, string>> = {}
      const objects = new Map<string, SnapshotRouter>()
      const routerAt = (name: string, path: string): SnapshotRouter => {
        const key = `${name} ${path}`
        const known = objects.get(key) ?? router(`Path(\`${path}\`)`, { service: name, entryPoints: ['web'] })
        objects.set(key, known)
        return known
      }
      const services = Object.fromEntries(names.map((name) => [name, appAt(`http://${name}`)])) as never
      const keeper = new Keeper()
      const openServer: BuildContext['openServer'] = ({ host }) => {
        return (_request, handler) => replyText(handler, 200, host)
      }
      const last = { memory: build(snapshotOf({}), context).memory, keeper }
      for (const version of history) {
        const routers = Object.entries(version).map(([name, path]) => [name, routerAt(name, path)] as const)
        const steps = buildSteps({ ...snapshotOf({}), services, routers }, { ...context, openServer, keep: keeper.take.bind(keeper), last })
        let next = steps.next()
        while (!next.done) next = steps.next()
        const { value } = next
        const answers = (): string[] => ['/1', '/2', '/3'].map((path) => ask(value, path))
        expect(answers()).toEqual(expected(live))
        if (!isLive.next().value) {
          keeper.abandon()
          continue
        }
        value.commit()
        keeper.settle()
        live = version
        expect(answers()).toEqual(expected(live))
      }
    }),
  )
})

/** Of routers for one path the first by name answers. */
function expected(live: Readonly<Record<string, string>>): string[] {
  return ['/1', '/2', '/3'].map((path) => {
    const first = Object.keys(live)
      .sort()
      .find((name) => live[name] === path)
    return first === undefined ? '404 404 page not found' : `200 ${first}`
  })
}

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
