import { expect, test } from 'vitest'
import { deepFreeze } from '../../test/harness/deep-freeze.ts'
import { staticOf } from '../../test/harness/static.ts'
import type { Finding } from '../findings/finding.ts'
import { aggregate, type Said } from './aggregator.ts'
import { internalConfiguration } from './internal.ts'
import { type Verified, verify } from './verify.ts'

const WEB = { entryPoints: { web: { address: ':80' } } }

interface Given {
  readonly static?: object
  /** Routers of each provider. */
  readonly said: Readonly<Record<string, Readonly<Record<string, object>>>>
  /** What the provider `file` says besides its routers. */
  readonly http?: object
  readonly tls?: object
}

function verified({ static: written = WEB, said, http = {}, tls = {} }: Given): Verified {
  const configuration = deepFreeze(staticOf(written))
  const messages = Object.entries(said).map(([provider, routers]) => {
    const more = provider === 'file' ? http : {}
    return { provider, message: { configuration: { http: { routers, ...more }, tls: provider === 'file' ? tls : {} } } }
  })
  const internal = { provider: 'internal', message: internalConfiguration(configuration) }
  const all = [internal, ...messages].reduce<Said>((before, message) => aggregate(before, deepFreeze(message)), new Map())
  return verify(deepFreeze(all), configuration)
}

const leaf = (more: object = {}) => ({ rule: 'Path(`/`)', service: 'noop@internal', ...more })
const parent = (more: object = {}) => ({ rule: 'PathPrefix(`/`)', ...more })
const child = (...parentRefs: string[]) => leaf({ parentRefs })
const middle = (...parentRefs: string[]) => parent({ parentRefs })

/** Every router that is live: `name < parents`, or `name on entry points`. */
const live = ({ snapshot }: Verified) =>
  Object.entries(snapshot.routers).map(([name, { parents, entryPoints }]) =>
    parents === undefined ? `${name} on ${entryPoints}` : `${name} < ${parents}`,
  )

const told = ({ code, severity, path, suggestion }: Finding) =>
  `${severity} ${code} ${path}${suggestion === undefined ? '' : ` → ${suggestion}`}`

test('a parent has children in place of a service, and a child has parents in place of entry points', () => {
  const { snapshot, findings } = verified({ said: { file: { top: parent(), sub: child('top') } } })
  const common = { ruleSyntax: 'v3', rank: 6, middlewares: [] }
  expect(findings).toEqual([])
  expect(snapshot.routers).toEqual({
    'top@file': { ...common, rule: 'PathPrefix(`/`)', priority: 15n, entryPoints: ['web'] },
    'sub@file': { ...common, rule: 'Path(`/`)', priority: 9n, entryPoints: [], parents: ['top@file'], service: 'noop@internal' },
  })
})

interface Case extends Given {
  readonly why: string
  readonly live: readonly string[]
  readonly findings?: readonly string[]
}

const SPLIT = {
  entryPoints: {
    a: { address: ':1' },
    b: { address: ':2', http: { encodedCharacters: { allowEncodedHash: false } } },
    c: { address: ':3', http: { tls: {} } },
  },
}

const cases: Case[] = [
  {
    why: 'a name without a provider is one of the provider that says it, and a name with one is another',
    said: {
      docker: { top: parent(), sub: child('top', 'top@file') },
      file: { top: parent(), sub: child('top@docker'), own: child('top') },
    },
    live: ['top@docker on web', 'sub@docker < top@docker,top@file', 'top@file on web', 'sub@file < top@docker', 'own@file < top@file'],
  },
  {
    why: 'three layers, and a router that is in two of them',
    said: { file: { top: parent(), mid: middle('top'), low: child('mid', 'top'), low2: child('mid', 'mid') } },
    live: ['top@file on web', 'mid@file < top@file', 'low@file < mid@file,top@file', 'low2@file < mid@file'],
  },
  {
    why: 'a child is below all copies of its parent and has none of its own',
    static: SPLIT,
    said: { file: { top: parent(), sub: child('top') } },
    live: ['top@file on a', 'b-top@file on b', 'c-top@file on c', 'sub@file < top@file,b-top@file,c-top@file'],
  },
  {
    why: 'a child is below the copy of its parent whose TLS options are not applied',
    said: { file: { top: parent({ tls: { options: 'strict' } }), sub: child('top') } },
    tls: { options: { strict: { minVersion: 'VersionTLS13' } } },
    live: ['web-conflicted-top@file on web', 'sub@file < web-conflicted-top@file'],
    findings: ['warning GTW_CONFLICT http.routers.top.tls.options'],
  },
  {
    why: 'a child may stand as high as it likes',
    said: { file: { top: parent(), sub: leaf({ parentRefs: ['top'], priority: '9223372036854775807' }) } },
    live: ['top@file on web', 'sub@file < top@file'],
  },
  {
    why: 'a child without entry points says so as it likes',
    said: { file: { top: parent(), sub: leaf({ parentRefs: ['top'], entryPoints: [] }) } },
    live: ['top@file on web', 'sub@file < top@file'],
  },
  ...Object.entries({ entryPoints: ['web'], tls: {} }).map(([field, value]) => ({
    why: `a child with ${field} of its own is disabled alone`,
    said: { file: { top: parent(), bad: leaf({ parentRefs: ['top'], [field]: value }), good: child('top') } },
    live: ['top@file on web', 'good@file < top@file'],
    findings: [`error GTW_BAD_VALUE http.routers.bad.${field}`],
  })),
  {
    why: 'a child with observability of its own is disabled alone',
    said: { file: { top: parent(), bad: leaf({ parentRefs: ['top'], observability: {} }), good: child('top') } },
    live: ['top@file on web', 'good@file < top@file'],
    findings: [expect.stringMatching(/ http\.routers\.bad\.observability$/)],
  },
  {
    why: 'a child of nobody is disabled alone',
    said: { file: { top: leaf(), bad: child() } },
    live: ['top@file on web'],
    findings: ['error GTW_BAD_VALUE http.routers.bad.parentRefs'],
  },
  {
    why: 'a parent that does not exist disables its child alone, whatever else it names, and the nearest other name is suggested',
    said: { file: { top: parent(), tob: child('top', 'tpo', 'top@docker'), good: child('top') } },
    live: ['top@file on web', 'good@file < top@file'],
    findings: ['error GTW_UNKNOWN_ROUTER http.routers.tob.parentRefs[1] → top', 'error GTW_UNKNOWN_ROUTER http.routers.tob.parentRefs[2]'],
  },
  {
    why: "a router of the gateway's own is nobody's parent",
    static: { ...WEB, ping: {} },
    said: { file: { bad: child('ping@internal') } },
    live: ['ping@internal on gateway'],
    findings: [expect.stringMatching(/^error GTW_UNKNOWN_ROUTER http\.routers\.bad\.parentRefs\[0\]/)],
  },
  {
    why: 'what is below a disabled parent is not reachable, down to the last layer',
    said: { file: { top: parent({ rule: 'Nope()' }), mid: middle('top'), low: child('mid'), good: leaf() } },
    live: ['good@file on web'],
    findings: [
      'error GTW_BAD_RULE http.routers.top.rule',
      'error GTW_BROKEN_REFERENCE http.routers.mid.parentRefs[0]',
      'error GTW_BROKEN_REFERENCE http.routers.low.parentRefs[0]',
    ],
  },
  {
    why: 'one parent that can be used is enough',
    said: { file: { bad: parent({ middlewares: ['none'] }), top: parent(), sub: child('bad', 'top') } },
    live: ['top@file on web', 'sub@file < bad@file,top@file'],
    findings: ['error GTW_UNKNOWN_MIDDLEWARE http.routers.bad.middlewares[0]'],
  },
  {
    why: 'a child that is wrong in itself takes neither its parent nor its siblings along',
    said: {
      file: {
        top: parent(),
        rule: leaf({ parentRefs: ['top'], rule: 'Nope()' }),
        service: leaf({ parentRefs: ['top'], service: 'none' }),
        key: leaf({ parentRefs: ['top'], ruel: '' }),
        good: child('top'),
      },
    },
    live: ['top@file on web', 'good@file < top@file'],
    findings: [
      'error GTW_UNKNOWN_KEY http.routers.key.ruel → rule',
      'error GTW_UNKNOWN_SERVICE http.routers.service.service',
      'error GTW_BAD_RULE http.routers.rule.rule',
    ],
  },
  ...Object.entries({
    'GTW_BAD_RULE http.routers.sub.rule': { rule: 'Nope()' },
    'GTW_UNKNOWN_SERVICE http.routers.sub.service': { service: 'none' },
    'GTW_UNKNOWN_KEY http.routers.sub.x': { x: 1 },
    'GTW_BAD_VALUE http.routers.sub.tls': { tls: {} },
  }).map(([finding, more]) => ({
    why: `parents whose last child is disabled are disabled, up to the first layer (${finding})`,
    said: { file: { top: parent(), mid: middle('top'), sub: leaf({ parentRefs: ['mid'], ...more }), good: leaf() } },
    live: ['good@file on web'],
    findings: [`error ${finding}`, 'error GTW_BROKEN_REFERENCE http.routers.top', 'error GTW_BROKEN_REFERENCE http.routers.mid'],
  })),
  {
    why: 'a parent of which an entry point has made copies is told once',
    static: SPLIT,
    said: { file: { top: parent(), sub: leaf({ parentRefs: ['top'], service: 'none' }) } },
    live: [],
    findings: ['error GTW_UNKNOWN_SERVICE http.routers.sub.service', 'error GTW_BROKEN_REFERENCE http.routers.top'],
  },
  {
    why: 'a router has a service or children',
    said: { file: { bad: parent(), top: parent(), sub: middle('top'), good: child('top') } },
    live: ['top@file on web', 'good@file < top@file'],
    findings: ['error GTW_MISSING http.routers.bad.service', 'error GTW_MISSING http.routers.sub.service'],
  },
  {
    why: 'at the top, a router with both is routed to its children',
    said: { file: { top: leaf(), sub: child('top') } },
    live: ['top@file on web', 'sub@file < top@file'],
    findings: ['error GTW_BAD_VALUE http.routers.top.service'],
  },
  {
    why: 'further down, a router with both is disabled',
    said: { file: { top: parent(), mid: child('top'), sub: child('mid'), good: child('top') } },
    live: ['top@file on web', 'good@file < top@file'],
    findings: ['error GTW_BAD_VALUE http.routers.mid.service', 'error GTW_BROKEN_REFERENCE http.routers.sub.parentRefs[0]'],
  },
  {
    why: 'a circle is told where it closes, and takes only itself along',
    said: { file: { d: middle('c'), c: middle('b'), b: middle('top', 'd'), top: parent(), good: child('top') } },
    live: ['top@file on web', 'good@file < top@file'],
    findings: [
      'error GTW_CYCLE http.routers.b.parentRefs[1]',
      'error GTW_BROKEN_REFERENCE http.routers.d.parentRefs[0]',
      'error GTW_BROKEN_REFERENCE http.routers.c.parentRefs[0]',
    ],
  },
  {
    why: 'a circle without a way in is one as well',
    said: { file: { a: middle('b'), b: middle('a'), good: leaf() } },
    live: ['good@file on web'],
    findings: ['error GTW_CYCLE http.routers.b.parentRefs[0]', 'error GTW_BROKEN_REFERENCE http.routers.a.parentRefs[0]'],
  },
  {
    why: 'a router is not its own parent',
    said: { file: { self: middle('self'), good: leaf() } },
    live: ['good@file on web'],
    findings: ['error GTW_CYCLE http.routers.self.parentRefs[0]'],
  },
]

for (const { why, live: routers, findings = [], ...given } of cases) {
  test(why, () => {
    const result = verified(given)
    expect(result.findings.map(told)).toEqual(findings)
    expect(live(result).sort()).toEqual([...routers].sort())
  })
}

test('the default syntax of rules comes with entry points, so a child has that of Traefik 3', () => {
  const { snapshot } = verified({
    static: { ...WEB, core: { defaultRuleSyntax: 'v2' } },
    said: { file: { top: parent(), sub: child('top'), old: leaf({ parentRefs: ['top'], ruleSyntax: 'v2' }) } },
  })
  const syntaxes = Object.entries(snapshot.routers).map(([name, { ruleSyntax }]) => [name, ruleSyntax])
  expect(Object.fromEntries(syntaxes)).toEqual({ 'top@file': 'v2', 'sub@file': 'v3', 'old@file': 'v2' })
})

const messages: readonly (readonly [routers: Readonly<Record<string, object>>, ...messages: string[]])[] = [
  [
    { top: parent(), sub: child('top', 'a', 'b@docker') },
    'http.routers.sub.parentRefs[1] is "a", a router that does not exist',
    'http.routers.sub.parentRefs[2] is "b@docker", a router that does not exist',
    'http.routers.top has no child router that can be used',
  ],
  [
    { top: parent({ rule: '' }), sub: child('top') },
    'http.routers.top.rule is missing',
    'http.routers.sub.parentRefs[0] is "top", a router that is disabled: this one is not reachable',
  ],
  [
    { a: parent(), b: middle('a', 'c'), c: middle('b') },
    'http.routers.b.parentRefs[1] closes a circle: b@file → c@file → b@file',
    'http.routers.c.parentRefs[0] is "b", a router that is disabled: this one is not reachable',
    'http.routers.a has no child router that can be used',
  ],
  [
    { top: leaf(), sub: leaf({ parentRefs: ['top'], tls: {} }) },
    'http.routers.top.service is never asked: the router is referenced as a parent by other routers',
    'http.routers.sub.tls is set, and a router with parents has none of its own',
    'http.routers.top has no child router that can be used',
  ],
]

for (const [routers, ...expected] of messages) {
  test(`findings say what is wrong: ${expected[0]}`, () => {
    expect(verified({ said: { file: routers } }).findings.map(({ message }) => message)).toEqual(expected)
  })
}
