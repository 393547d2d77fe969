import { expect, test } from 'vitest'
import { deepFreeze } from '../../test/harness/deep-freeze.ts'
import type { Source } from '../findings/finding.ts'
import type { ProviderMessage } from '../provider/definition.ts'
import { aggregate, type Said } from './aggregator.ts'

const router = (rule: string) => ({ rule, service: 'app' })
const routersOf = (said: Said, provider: string) => Object.keys(said.get(provider)?.configuration.http.routers ?? {})

const say = (said: Said, provider: string, configuration: unknown, rest: Partial<ProviderMessage> = {}): Said =>
  aggregate(said, deepFreeze({ provider, message: { configuration, ...rest } }))

test('a provider replaces all it said before and leaves the others alone', () => {
  const first = say(new Map(), 'file', { http: { routers: { a: router('Path(`/a`)'), b: router('Path(`/b`)') } } })
  const second = say(first, 'docker', { http: { routers: { c: router('Path(`/c`)') } } })
  const third = say(second, 'file', { http: { routers: { b: router('Path(`/b`)') } } })
  expect([routersOf(second, 'file'), routersOf(third, 'file'), routersOf(third, 'docker')]).toEqual([['a', 'b'], ['b'], ['c']])
  expect(third.get('docker')).toBe(second.get('docker'))
})

test('a message that says the same as the last one changes nothing', () => {
  const first = say(new Map(), 'file', { http: { routers: { a: { rule: 'Path(`/a`)', service: 'app' } } } })
  expect(say(first, 'file', { http: { routers: { a: { service: 'app', rule: 'Path(`/a`)' } } } })).toBe(first)
})

test('a message that differs only in what the provider found is news', () => {
  const finding = { code: 'GTW_UNREADABLE', severity: 'error', message: 'x' } as const
  const first = say(new Map(), 'file', {})
  const second = say(first, 'file', {}, { findings: [finding] })
  expect(second.get('file')?.reported).toEqual([{ finding }])
})

test('nothing at all replaces what was there', () => {
  const first = say(new Map(), 'file', { http: { routers: { a: router('Path(`/a`)') } } })
  expect(routersOf(say(first, 'file', {}), 'file')).toEqual([])
})

for (const garbage of [null, undefined, 'text', 7, ['list'], () => {}]) {
  test(`what is no tree (${typeof garbage}) leaves the last word in force`, () => {
    const first = say(new Map(), 'file', { http: { routers: { a: router('Path(`/a`)') } } })
    expect(routersOf(say(first, 'file', garbage), 'file')).toEqual(['a'])
  })
}

test('a first message that is no tree is a finding', () => {
  const said = say(new Map(), 'file', 'text')
  expect(said.get('file')?.problems).toMatchObject([
    { finding: { code: 'GTW_WRONG_TYPE', source: { kind: 'provider', provider: 'file' } } },
  ])
})

interface Case {
  readonly why: string
  readonly configuration: unknown
  readonly codes: readonly string[]
  readonly disables: readonly (string | undefined)[]
}

const cases: Case[] = [
  {
    why: 'an unknown key disables the element that holds it',
    configuration: { http: { routers: { a: { rul: 'x' } } } },
    codes: ['GTW_UNKNOWN_KEY'],
    disables: ['http.routers.a@file'],
  },
  {
    why: 'a wrong type disables the element that holds it, however deep',
    configuration: {
      HTTP: { Services: { 'a.b': { loadBalancer: { servers: [{ url: 'http://a' }, { url: 'http://b', weight: 'x' }] } } } },
    },
    codes: ['GTW_WRONG_TYPE'],
    disables: ['http.services.a.b@file'],
  },
  {
    why: 'an unsupported option disables a middleware, whose meaning it would change',
    configuration: { http: { middlewares: { a: { plugin: {} } } } },
    codes: ['GTW_UNSUPPORTED'],
    disables: ['http.middlewares.a@file'],
  },
  {
    why: 'what is to be observed of a router changes nothing in what answers',
    configuration: { http: { routers: { a: { ...router('Path(`/`)'), observability: { accessLogs: false } } } } },
    codes: ['GTW_UNSUPPORTED'],
    disables: [undefined],
  },
  {
    why: 'an unsupported option of a transport is only reported',
    configuration: { http: { serversTransports: { a: { spiffe: {} } } } },
    codes: ['GTW_UNSUPPORTED'],
    disables: [undefined],
  },
  {
    why: 'an unknown key outside of elements is only reported',
    configuration: { http: { routerz: {} }, nothing: 1 },
    codes: ['GTW_UNKNOWN_KEY', 'GTW_UNKNOWN_KEY'],
    disables: [undefined, undefined],
  },
  {
    why: 'an element that is no object is disabled',
    configuration: { http: { middlewares: { a: 'x' } } },
    codes: ['GTW_WRONG_TYPE'],
    disables: ['http.middlewares.a@file'],
  },
]

for (const { why, configuration, codes, disables } of cases) {
  test(why, () => {
    const problems = say(new Map(), 'file', configuration).get('file')?.problems ?? []
    expect(problems.map(({ finding }) => finding.code).sort()).toEqual(codes)
    expect(problems.map((problem) => problem.disables)).toEqual(disables)
  })
}

test('a finding has the place that the provider knows, or the nearest one around it', () => {
  const place: Source = { kind: 'label', item: 'web-1', label: 'gateway.http.routers.a' }
  const locate: ProviderMessage['locate'] = (path) => (path.join('.') === 'http.routers.a' ? place : undefined)
  const problems = say(new Map(), 'docker', { http: { routers: { a: { priority: 'x' } } } }, { locate }).get('docker')?.problems
  expect(problems?.[0]?.finding.source).toEqual(place)
})
