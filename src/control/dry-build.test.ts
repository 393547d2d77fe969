import { expect, test } from 'vitest'
import { staticOf } from '../../test/harness/static.ts'
import { aggregate } from './aggregator.ts'
import { type LastCheck, type Verified, verify } from './verify.ts'

const configuration = staticOf({ entryPoints: { web: { address: ':80' } } })

const router = (path: string, rule = `Path(\`/${path}\`)`) => ({ rule, service: 'app' })

function checked(routers: Readonly<Record<string, object>>, last?: LastCheck): Verified {
  const http = { routers, services: { app: { loadBalancer: { servers: [{ url: 'http://127.0.0.1:9000' }] } } } }
  return verify(aggregate(new Map(), { provider: 'file', message: { configuration: { http } } }), configuration, last)
}

test('a check after another one finds the same as one alone, and builds only what is new', () => {
  const routeOf = ({ dryBuilds }: Verified, name: string) => dryBuilds.memory.routes.get(`${name}@file`)?.route
  const first = checked({ good: router('good'), other: router('one') })
  const [good, other] = ['good', 'other'].map((name) => routeOf(first, name))
  const next = { good: router('good'), other: router('two'), bad: router('bad', 'Nope()') }
  const second = checked(next, first)
  expect(good).toBeDefined()
  expect(routeOf(second, 'good')).toBe(good)
  expect(routeOf(second, 'other')).not.toBe(other)
  const { snapshot, findings } = checked(next)
  expect(second.snapshot).toEqual(snapshot)
  expect(second.findings).toEqual(findings)
  // What was left out comes back when it is right, and what is gone is forgotten.
  const third = checked({ bad: router('bad') }, second)
  expect(Object.keys(third.snapshot.routers)).toEqual(['bad@file'])
  expect([...third.dryBuilds.memory.routes.keys()]).toEqual(['bad@file'])
})
