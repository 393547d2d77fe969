import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Dispatch } from '../dispatch/dispatch.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { compileRule } from '../rule/compile.ts'
import { rulePriority } from '../rule/priority.ts'
import { RouteInput } from '../rule/route-input.ts'
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
  const table = new RouterTable([routeFor('a', 'Host(`a.test`)'), routeFor('b', 'Host(`a.test`) && Path(`/`)')])
  expect(table.find(requestFor('a.test'))?.name).toBe('b')
  expect(table.find(requestFor('a.test', '/x'))?.name).toBe('a')
})

test('a router that is bound to no host keeps its place between those that are', () => {
  const table = new RouterTable([
    routeFor('last', 'Host(`a.test`)', 1n),
    routeFor('middle', 'PathPrefix(`/m`)', 2n),
    routeFor('first', 'Host(`a.test`) && Path(`/m/f`)', 3n),
  ])
  expect(['/m/f', '/m', '/'].map((path) => table.find(requestFor('A.test:80', path))?.name)).toEqual(['first', 'middle', 'last'])
  expect(['/m/f', '/'].map((path) => table.find(requestFor('b.test', path))?.name)).toEqual(['middle', undefined])
})

test('priorities beyond 2^53 are told apart', () => {
  const table = new RouterTable([routeFor('a', 'Path(`/`)', 9223372036854775806n), routeFor('b', 'Path(`/`)', 9223372036854775807n)])
  expect(table.find(requestFor(''))?.name).toBe('b')
})

test('equal priorities go by rank, then by name', () => {
  const table = (...routes: Route[]) => new RouterTable(routes).find(requestFor(''))?.name
  expect(table(routeFor('a', 'Path(`/`)', 10n, 7), routeFor('b', 'Path(`/`)', 10n, 5))).toBe('b')
  expect(table(routeFor('b', 'Path(`/`)', 10n), routeFor('a', 'Path(`/`)', 10n))).toBe('a')
})

test('a negative priority is asked last', () => {
  const table = new RouterTable([routeFor('a', 'Path(`/`)', -1n), routeFor('b', 'Path(`/`)', 0n)])
  expect(table.find(requestFor(''))?.name).toBe('b')
})

test('a router is found under each of its hosts, with a trailing dot too, and an empty table finds none', () => {
  const table = new RouterTable([routeFor('a', 'Host(`a.test`) || Host(`b.test.`)')])
  expect(['a.test', 'b.test', 'B.TEST.:80', 'c.test', ''].map((host) => table.find(requestFor(host))?.name)).toEqual([
    'a',
    'a',
    'a',
    undefined,
    undefined,
  ])
  expect(new RouterTable([]).find(requestFor('a.test'))).toBeUndefined()
})

test('the names of object members are hosts like any other', () => {
  const table = new RouterTable([routeFor('a', 'Host(`constructor`)')])
  expect(table.find(requestFor('constructor'))?.name).toBe('a')
  expect(table.find(requestFor('__proto__'))).toBeUndefined()
})

const HOSTS = ['a.test', 'b.test', 'c.b.test', '*.b.test', '*', '*c', 'A.test.'].map((host) => `Host(\`${host}\`)`)
const PATHS = ['Path(`/`)', 'PathPrefix(`/x`)', 'PathPrefix(`/`)', 'Method(`GET`)', 'Query(`k`)']

const rules: fc.Arbitrary<string> = fc.letrec<{ rule: string }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'rule' },
    fc.constantFrom(...HOSTS, ...HOSTS, ...PATHS),
    tie('rule').map((rule) => `!(${rule})`),
    fc.tuple(tie('rule'), fc.constantFrom('&&', '||'), tie('rule')).map(([one, operator, other]) => `(${one} ${operator} ${other})`),
  ),
})).rule

const routes = fc
  .array(fc.record({ rule: rules, priority: fc.bigInt({ min: -2n, max: 2n }), rank: fc.nat(1) }), { maxLength: 12 })
  .map((all) => all.map(({ rule, priority, rank }, index) => routeFor(`r${index}`, rule, priority, rank)))

const requests = fc
  .record({
    host: fc.constantFrom('a.test', 'A.TEST.:80', 'b.test', 'c.b.test', 'd.c.b.test', 'other', ''),
    path: fc.constantFrom('/', '/x', '/x/%41'),
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
      const table = new RouterTable(all)
      for (const request of asked) expect(table.find(request)?.name).toBe(naiveFind(all, request)?.name)
    }),
    { numRuns: 1000 },
  )
})
