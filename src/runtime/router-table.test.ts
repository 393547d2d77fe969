import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Dispatch } from '../dispatch/dispatch.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { compileRule } from '../rule/compile.ts'
import { rulePriority } from '../rule/priority.ts'
import { type Predicate, RouteInput } from '../rule/route-input.ts'
import { type Route, RouterTable } from './router-table.ts'

const dispatch: Dispatch = () => true

function routeFor(name: string, rule: string, priority?: bigint, rank = 0): Route {
  return { name, priority: priority ?? rulePriority(rule), rank, rule: compileRule(rule), dispatch }
}

function requestFor(host: string, path = '/'): RequestHead {
  const request = new RequestHead('GET', path, new Headers())
  request.host = host
  return request
}

test('the longest rule is asked first', () => {
  const table = RouterTable.of([routeFor('a', 'Host(`a.test`)'), routeFor('b', 'Host(`a.test`) && Path(`/`)')])
  expect(table.find(requestFor('a.test'))?.name).toBe('b')
  expect(table.find(requestFor('a.test', '/x'))?.name).toBe('a')
})

test('a router that is bound to no host keeps its place between those that are', () => {
  const table = RouterTable.of([
    routeFor('last', 'Host(`a.test`)', 1n),
    routeFor('middle', 'PathPrefix(`/m`)', 2n),
    routeFor('first', 'Host(`a.test`) && Path(`/m/f`)', 3n),
  ])
  expect(['/m/f', '/m', '/'].map((path) => table.find(requestFor('A.test:80', path))?.name)).toEqual(['first', 'middle', 'last'])
  expect(['/m/f', '/'].map((path) => table.find(requestFor('b.test', path))?.name)).toEqual(['middle', undefined])
})

test('priorities beyond 2^53 are told apart', () => {
  const table = RouterTable.of([routeFor('a', 'Path(`/`)', 9223372036854775806n), routeFor('b', 'Path(`/`)', 9223372036854775807n)])
  expect(table.find(requestFor(''))?.name).toBe('b')
})

test('equal priorities go by rank, then by name', () => {
  const table = (...routes: Route[]) => RouterTable.of(routes).find(requestFor(''))?.name
  expect(table(routeFor('a', 'Path(`/`)', 10n, 7), routeFor('b', 'Path(`/`)', 10n, 5))).toBe('b')
  expect(table(routeFor('b', 'Path(`/`)', 10n), routeFor('a', 'Path(`/`)', 10n))).toBe('a')
})

test('a negative priority is asked last', () => {
  const table = RouterTable.of([routeFor('a', 'Path(`/`)', -1n), routeFor('b', 'Path(`/`)', 0n)])
  expect(table.find(requestFor(''))?.name).toBe('b')
})

test('a router is found under each of its hosts, with a trailing dot too, and an empty table finds none', () => {
  const table = RouterTable.of([routeFor('a', 'Host(`a.test`) || Host(`b.test.`)')])
  expect(['a.test', 'b.test', 'B.TEST.:80', 'c.test', ''].map((host) => table.find(requestFor(host))?.name)).toEqual([
    'a',
    'a',
    'a',
    undefined,
    undefined,
  ])
  expect(RouterTable.of([]).find(requestFor('a.test'))).toBeUndefined()
})

test('the names of object members are hosts like any other', () => {
  const table = RouterTable.of([routeFor('a', 'Host(`constructor`)')])
  expect(table.find(requestFor('constructor'))?.name).toBe('a')
  expect(table.find(requestFor('__proto__'))).toBeUndefined()
})

const HOSTS = ['a.test', 'b.test', 'c.b.test', '*.b.test', '*', '*c', 'A.test.'].map((host) => `Host(\`${host}\`)`)
const PATHS = ['Path(`/`)', 'Path(`/x`)', 'Path(`/xy/z`)', 'PathPrefix(`/x`)', 'PathPrefix(`/xy`)', 'PathPrefix(`/xA`)', 'PathPrefix(`/`)']
const OTHERS = ['Method(`GET`)', 'Query(`k`)', 'HostRegexp(`^[ab]`)', 'HostRegexp(`.*`)', 'PathRegexp(`^/x.+`)', 'PathRegexp(`y$`)']

const V2 = [
  'Host(`a.test`, `c.b.test`)',
  'HostRegexp(`{sub}.b.test`)',
  'Path(`/`, `/x`)',
  'Path(`/{x}`)',
  'Path(`/x{more:.*}`)',
  'PathPrefix(`/xy`, `/{n:[a-x]}/`)',
  'Method(`GET`, `PUT`)',
]

/** Rules that join what the matchers say in every way. */
function rulesOf(...calls: string[]): fc.Arbitrary<string> {
  return fc.letrec<{ rule: string }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'rule' },
      fc.constantFrom(...calls),
      tie('rule').map((rule) => `!(${rule})`),
      fc.tuple(tie('rule'), fc.constantFrom('&&', '||'), tie('rule')).map(([one, operator, other]) => `(${one} ${operator} ${other})`),
    ),
  })).rule
}

const rules = fc.oneof(
  rulesOf(...HOSTS, ...HOSTS, ...PATHS, ...PATHS, ...OTHERS).map((rule) => ({ rule, syntax: 'v3' as const })),
  rulesOf(...V2).map((rule) => ({ rule, syntax: 'v2' as const })),
)

const routes = fc
  .array(fc.record({ rule: rules, priority: fc.bigInt({ min: -2n, max: 2n }), rank: fc.nat(1) }), { maxLength: 12 })
  .map((all) =>
    all.map(({ rule: { rule, syntax }, priority, rank }, index): Route => {
      return { name: `r${index}`, priority, rank, rule: compileRule(rule, syntax), dispatch }
    }),
  )

const requests = fc
  .record({
    host: fc.constantFrom('a.test', 'A.TEST.:80', 'b.test', 'c.b.test', 'd.c.b.test', 'c', 'other', ''),
    path: fc.constantFrom('/', '/x', '/x/', '/xy', '/xy/z', '/xyz', '/x%41', '/y', '*', ''),
  })
  .map(({ host, path }) => requestFor(host, path))

/** Asks every route, in an order found by comparing each with each. */
function naiveFind(all: readonly Route[], request: RequestHead): Route | undefined {
  const input = new RouteInput()
  input.prepare(request)
  const matching = all.filter(({ rule }) => rule.predicate(input))
  return matching.find((route) => matching.every((other) => other === route || isBefore(route, other)))
}

function isBefore(one: Route, other: Route): boolean {
  if (one.priority !== other.priority) return one.priority > other.priority
  return one.rank === other.rank ? one.name < other.name : one.rank < other.rank
}

test('the index finds what a scan of all routers finds', () => {
  fc.assert(
    fc.property(routes, fc.array(requests, { minLength: 1, maxLength: 6 }), (all, asked) => {
      const table = RouterTable.of(all)
      for (const request of asked) expect(table.find(request)?.name).toBe(naiveFind(all, request)?.name)
    }),
    { numRuns: 3000 },
  )
})

test('a table that was changed finds what one made anew finds, and does so only from the commit on', () => {
  fc.assert(
    fc.property(routes, fc.infiniteStream(fc.boolean()), fc.array(requests, { minLength: 1, maxLength: 6 }), (all, keep, asked) => {
      const some = (): Route[] => all.filter(() => keep.next().value)
      let current = some()
      const table = RouterTable.of(current)
      const check = (): void => {
        for (const request of asked) expect(table.find(request)?.name).toBe(naiveFind(current, request)?.name)
      }
      for (let times = 0; times < 3; times++) {
        const next = some()
        const gone = current.filter((route) => !next.includes(route))
        const commit = finish(table.change({ gone, come: next.filter((route) => !current.includes(route)) }))
        check()
        commit()
        current = next
        check()
      }
    }),
    { numRuns: 1000 },
  )
})

function finish<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

test('of many hosts and paths, each request is shown to the routes for both, and to no other', () => {
  const asked: string[] = []
  const spy = (route: Route): Route => {
    const predicate: Predicate = (input) => {
      asked.push(route.name)
      return route.rule.predicate(input)
    }
    return { ...route, rule: { ...route.rule, predicate } }
  }
  const numbers = Array.from({ length: 200 }, (_, index) => index)
  const table = RouterTable.of([
    ...numbers.map((n) => spy(routeFor(`host ${n}`, `Host(\`s${n}.test\`)`))),
    ...numbers.map((n) => spy(routeFor(`wild ${n}`, `Host(\`*.s${n}.test\`)`))),
    ...numbers.map((n) => spy(routeFor(`path ${n}`, `Host(\`p.test\`) && Path(\`/p/${n}\`)`))),
    ...numbers.map((n) => spy(routeFor(`prefix ${n}`, `Host(\`p.test\`) && PathPrefix(\`/q/${n}/\`)`))),
    ...numbers.map((n) => spy(routeFor(`free ${n}`, `PathPrefix(\`/free/${n}/\`)`))),
  ])
  const cases = [
    { host: 's7.test', path: '/', name: 'host 7' },
    { host: 'a.s7.test', path: '/', name: 'wild 7' },
    { host: 'p.test', path: '/p/7', name: 'path 7' },
    { host: 'p.test', path: '/q/7/x', name: 'prefix 7' },
    { host: 'other', path: '/free/7/x', name: 'free 7' },
    { host: 'other', path: '/free/7', name: undefined },
  ]
  for (const { host, path, name } of cases) {
    asked.length = 0
    expect(table.find(requestFor(host, path))?.name).toBe(name)
    expect(asked).toEqual(name === undefined ? [] : [name])
  }
})

test('once a router is found, none that comes after it is asked', () => {
  const asked: string[] = []
  const spy = (name: string, rule: string, priority: bigint): Route => {
    const route = routeFor(name, rule, priority)
    return { ...route, rule: { ...route.rule, predicate: () => asked.push(name) > 0 } }
  }
  const table = RouterTable.of([
    spy('first', 'Host(`a`) && Path(`/x`)', 3n),
    spy('second', 'Host(`a`)', 2n),
    spy('third', 'Path(`/x`)', 1n),
  ])
  expect(table.find(requestFor('a', '/x'))?.name).toBe('first')
  expect(asked).toEqual(['first'])
})

test('a rule with very many hosts and paths is found under each of them', () => {
  const numbers = Array.from({ length: 40 }, (_, index) => index)
  const any = (name: string, value: (n: number) => string) => numbers.map((n) => `${name}(\`${value(n)}\`)`).join(' || ')
  const table = RouterTable.of([routeFor('wide', `(${any('Host', (n) => `h${n}`)}) && (${any('Path', (n) => `/${n}`)})`)])
  expect(['h0', 'h39', 'h40'].map((host) => table.find(requestFor(host, '/39'))?.name)).toEqual(['wide', 'wide', undefined])
  expect(table.find(requestFor('h0', '/40'))).toBeUndefined()
})
