import { expect, test } from 'vitest'
import { deepFreeze } from '../../test/harness/deep-freeze.ts'
import { staticOf } from '../../test/harness/static.ts'
import { aggregate } from './aggregator.ts'
import { merge } from './merge.ts'

const auth = { http: { middlewares: ['auth@file'] } }
const strict = { http: { encodedCharacters: { allowEncodedSlash: false, allowEncodedHash: false } } }
const lax = { http: { encodedCharacters: { allowEncodedSlash: true } } }

interface Case {
  readonly why: string
  readonly entryPoints: Readonly<Record<string, object>>
  readonly named?: readonly string[]
  /** Name, entry points, middlewares and denied characters of each router that comes out. */
  readonly routers: readonly string[]
}

const cases: Case[] = [
  {
    why: 'a router that names no entry point is on all of them',
    entryPoints: { web: { address: ':80' }, secure: { address: ':443' } },
    routers: ['app@file on secure,web with own@file'],
  },
  {
    why: 'the internal entry point is not among the default ones',
    entryPoints: { web: { address: ':80' }, gateway: { address: ':8080' }, traefik: { address: ':8081' } },
    routers: ['app@file on web with own@file'],
  },
  {
    why: 'the internal entry point serves a router that names it',
    entryPoints: { web: { address: ':80' }, traefik: { address: ':8080' } },
    named: ['traefik'],
    routers: ['app@file on traefik with own@file'],
  },
  {
    why: 'where entry points are flagged, only those are the default ones',
    entryPoints: { web: { address: ':80', asDefault: true }, secure: { address: ':443' } },
    routers: ['app@file on web with own@file'],
  },
  {
    why: 'a flagged internal entry point is no default one either',
    entryPoints: { web: { address: ':80' }, traefik: { address: ':8080', asDefault: true } },
    routers: ['app@file on web with own@file'],
  },
  {
    why: 'an entry point named twice counts once',
    entryPoints: { web: { address: ':80' } },
    named: ['web', 'web'],
    routers: ['app@file on web with own@file'],
  },
  {
    why: 'on a single entry point its middlewares come first and the name stays',
    entryPoints: { web: { address: ':80', ...auth } },
    routers: ['app@file on web with auth@file,own@file'],
  },
  {
    why: 'a middleware of an entry point without a provider belongs to that of the router',
    entryPoints: { web: { address: ':80', http: { middlewares: ['auth'] } } },
    routers: ['app@file on web with auth@file,own@file'],
  },
  {
    why: 'on several entry points each one with middlewares gets its own copy, the others share the old name',
    entryPoints: { a: { address: ':1' }, b: { address: ':2', ...auth }, c: { address: ':3' }, d: { address: ':4', ...auth } },
    routers: ['app@file on a,c with own@file', 'b-app@file on b with auth@file,own@file', 'd-app@file on d with auth@file,own@file'],
  },
  {
    why: 'where every entry point has middlewares, nothing is left under the old name',
    entryPoints: { a: { address: ':1', ...auth }, b: { address: ':2', ...auth } },
    routers: ['a-app@file on a with auth@file,own@file', 'b-app@file on b with auth@file,own@file'],
  },
  {
    why: 'on a single entry point what it denies is attached and the name stays',
    entryPoints: { web: { address: ':80', ...strict } },
    routers: ['app@file on web with own@file without /#'],
  },
  {
    why: 'on several entry points each one that denies something gets its own copy',
    entryPoints: { a: { address: ':1' }, b: { address: ':2', ...strict }, c: { address: ':3', ...lax } },
    routers: ['app@file on a,c with own@file', 'b-app@file on b with own@file without /#'],
  },
  {
    why: 'an entry point adds both its middlewares and what it denies',
    entryPoints: { web: { address: ':80', http: { ...auth.http, ...strict.http } } },
    routers: ['app@file on web with auth@file,own@file without /#'],
  },
]

for (const { why, entryPoints, named, routers } of cases) {
  test(why, () => {
    const router = { rule: 'Path(`/`)', service: 'app', middlewares: ['own'], ...(named === undefined ? {} : { entryPoints: named }) }
    const said = aggregate(new Map(), { provider: 'file', message: { configuration: { http: { routers: { app: router } } } } })
    const candidate = merge(deepFreeze(said), deepFreeze(staticOf({ entryPoints })))
    const seen = [...candidate.routers].map(([name, { entryPoints, middlewares, deniedCharacters }]) => {
      const without = deniedCharacters === undefined ? '' : ` without ${deniedCharacters.join('')}`
      return `${name} on ${entryPoints} with ${middlewares}${without}`
    })
    expect(seen).toEqual(routers)
    expect(candidate.problems).toEqual([])
  })
}

test('a copy for an entry point does not take the place of a router with its name', () => {
  const router = { rule: 'Path(`/`)', service: 'app' }
  const said = aggregate(new Map(), {
    provider: 'file',
    message: { configuration: { http: { routers: { app: router, 'b-app': { ...router, entryPoints: ['a'] } } } } },
  })
  const entryPoints = { a: { address: ':1' }, b: { address: ':2', ...auth } }
  expect([...merge(said, staticOf({ entryPoints })).routers.keys()].sort()).toEqual(['app@file', 'b-app@file', 'b-b-app@file'])
})
