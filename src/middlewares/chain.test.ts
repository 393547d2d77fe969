import { expect, test } from 'vitest'
import { startBehind } from '../../test/harness/behind.ts'
import { staticOf } from '../../test/harness/static.ts'
import { aggregate } from '../control/aggregator.ts'
import { verify } from '../control/verify.ts'

const prefix = (text: string) => ({ addPrefix: { prefix: text } })

test('chain: middlewares run in their order, a chain in a chain in its place', async () => {
  await using behind = await startBehind({
    middlewares: {
      a: prefix('/a'),
      b: prefix('/b'),
      c: prefix('/c'),
      inner: { chain: { middlewares: ['b', 'a'] } },
      outer: { chain: { middlewares: ['a', 'inner', 'c@file'] } },
      empty: { chain: {} },
    },
    order: ['c', 'outer', 'empty', 'b'],
  })
  await behind.ask('/x')
  expect(behind.seen.map(({ url }) => url)).toEqual(['/b/c/a/b/a/c/x'])
})

const circles: { why: string; middlewares: Record<string, object>; findings: string[] }[] = [
  {
    why: 'a chain that holds itself',
    middlewares: { a: { chain: { middlewares: ['a'] } } },
    findings: ['GTW_CYCLE http.middlewares.a.chain.middlewares[0]', 'GTW_BROKEN_REFERENCE http.routers.bad.middlewares[0]'],
  },
  {
    why: 'chains that hold each other',
    middlewares: { a: { chain: { middlewares: ['c', 'b'] } }, b: { chain: { middlewares: ['a'] } }, c: prefix('/c') },
    findings: [
      'GTW_CYCLE http.middlewares.b.chain.middlewares[0]',
      'GTW_BROKEN_REFERENCE http.middlewares.a.chain.middlewares[1]',
      'GTW_BROKEN_REFERENCE http.routers.bad.middlewares[0]',
    ],
  },
  {
    why: 'a chain with a link that does not exist',
    middlewares: { a: { chain: { middlewares: ['b', 'x'] } }, b: prefix('/b') },
    findings: ['GTW_UNKNOWN_MIDDLEWARE http.middlewares.a.chain.middlewares[1]', 'GTW_BROKEN_REFERENCE http.routers.bad.middlewares[0]'],
  },
  {
    why: 'a chain with a link that does not build',
    middlewares: { a: { chain: { middlewares: ['b'] } }, b: { headers: {} } },
    findings: [
      'GTW_BAD_VALUE http.middlewares.b',
      'GTW_BROKEN_REFERENCE http.middlewares.a.chain.middlewares[0]',
      'GTW_BROKEN_REFERENCE http.routers.bad.middlewares[0]',
    ],
  },
]

for (const { why, middlewares, findings } of circles) {
  test(`chain: ${why} is off, and the routers that do not need it stay`, () => {
    const http = {
      routers: { bad: { rule: 'Path(`/bad`)', service: 'app', middlewares: ['a'] }, good: { rule: 'Path(`/good`)', service: 'app' } },
      services: { app: { loadBalancer: { servers: [{ url: 'http://127.0.0.1:9' }] } } },
      middlewares,
    }
    const said = aggregate(new Map(), { provider: 'file', message: { configuration: { http } } })
    const verified = verify(said, staticOf({ entryPoints: { web: { address: ':80' } } }))
    expect(verified.findings.map(({ code, path }) => `${code} ${path}`).sort()).toEqual([...findings].sort())
    expect(Object.keys(verified.snapshot.routers)).toEqual(['good@file'])
  })
}
