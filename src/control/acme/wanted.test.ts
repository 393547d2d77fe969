import { expect, test } from 'vitest'
import type { SnapshotRouter } from '../../config/snapshot.ts'
import { wishesFor } from './wanted.ts'

const router = (rule: string, tls?: SnapshotRouter['tls']): SnapshotRouter => ({
  entryPoints: ['websecure'],
  rule,
  ruleSyntax: 'v3',
  priority: 1n,
  rank: 0,
  middlewares: [],
  service: 'app@file',
  ...(tls === undefined ? {} : { tls }),
})

const LE = { options: 'default', certResolver: 'le' }

const cases: readonly (readonly [why: string, routers: Readonly<Record<string, SnapshotRouter>>, wanted: object])[] = [
  [
    'all hosts of a rule are one certificate',
    { a: router('Host(`a.test`) || Host(`b.test`)', LE) },
    [{ names: ['a.test', 'b.test'], routers: ['a'] }],
  ],
  ['a router of another resolver is not ours', { a: router('Host(`a.test`)', { options: 'default', certResolver: 'other' }) }, []],
  ['a router without TLS wants nothing', { a: router('Host(`a.test`)') }, []],
  [
    'domains are wanted in place of the hosts of the rule, a certificate for each',
    { a: router('Host(`a.test`)', { ...LE, domains: [['x.test', 'y.test'], ['z.test']] }) },
    [
      { names: ['x.test', 'y.test'], routers: ['a'] },
      { names: ['z.test'], routers: ['a'] },
    ],
  ],
  [
    'routers with the same names share a certificate',
    { a: router('Host(`a.test`)', LE), b: router('Host(`A.test`) && Path(`/b`)', LE) },
    [{ names: ['a.test'], routers: ['a', 'b'] }],
  ],
  [
    'what another certificate will hold is not ordered for itself',
    { a: router('Host(`a.test`)', LE), b: router('Host(`b.test`) || Host(`a.test`)', LE) },
    [{ names: ['b.test', 'a.test'], routers: ['b'] }],
  ],
]
for (const [why, routers, wanted] of cases) {
  test(why, () => expect(wishesFor('le', { routers }, { wildcards: false })).toEqual({ wanted, refused: [] }))
}

test('what no authority would give is refused, router by router', () => {
  const routers = { a: router('HostRegexp(`.+`)', LE), b: router('Host(`*.b.test`)', LE), c: router('Host(`', LE) }
  const { wanted, refused } = wishesFor('le', { routers }, { wildcards: false })
  expect(wanted).toEqual([])
  expect(refused.map((one) => one.router)).toEqual(['a', 'b', 'c'])
})

test('a router of TCP wants certificates for its server names, unless the server does TLS itself', () => {
  const { middlewares, rank, priority, ruleSyntax } = router('')
  const common = { entryPoints: ['websecure'], middlewares, rank, priority, ruleSyntax, service: 'app@file' }
  const tcpRouters = {
    a: { ...common, rule: 'HostSNI(`A.test`) || HostSNI(`b.test`)', tls: LE },
    b: { ...common, rule: 'HostSNI(`c.test`)', tls: { passthrough: true as const } },
  }
  const none = { tcpServices: {}, tcpMiddlewares: {}, tcpServersTransports: {}, udpRouters: {}, udpServices: {} }
  const { wanted } = wishesFor('le', { routers: {}, streams: { tcpRouters, ...none } }, { wildcards: false })
  expect(wanted).toEqual([{ names: ['a.test', 'b.test'], routers: ['a'] }])
})

test('the default certificate is wanted like that of a router, and shared with one', () => {
  const tls = {
    certificates: [],
    options: {},
    hosts: {},
    generatedDefault: { resolver: 'le', names: ['a.test', 'b.test'], provider: 'file' },
  }
  const routers = { a: router('Host(`b.test`) || Host(`a.test`)', LE) }
  expect(wishesFor('le', { routers, tls }, { wildcards: false }).wanted).toEqual([
    { names: ['a.test', 'b.test'], routers: ['tls.stores.default@file', 'a'] },
  ])
  expect(wishesFor('other', { routers, tls }, { wildcards: false }).wanted).toEqual([])
})
