import { expect, test } from 'vitest'
import { checkedServer, watchedChecker } from '../../../test/harness/watched-checker.ts'
import { keyOf } from './target.ts'

test('of each server is known when it was checked last, since when it is in its state and why it is down', async () => {
  await using server = await checkedServer()
  let now = 1_000
  await using watched = watchedChecker({ wallTime: () => now })
  watched.apply({ app: { servers: [server.url], healthCheck: { interval: '10s' } }, plain: { servers: [server.url] } })
  const facts = (service = 'app') => watched.checker.factsOf(keyOf({ service, server: server.url }))
  expect(facts()).toEqual({ lastCheck: undefined, since: undefined, reason: '' })
  expect(facts('plain')).toBeUndefined()
  await watched.pass(10_000, 1)
  expect(facts()).toEqual({ lastCheck: 1_000, since: undefined, reason: '' })
  now = 2_000
  server.plan.status = 503
  await watched.pass(10_000, 2)
  expect(facts()).toEqual({ lastCheck: 2_000, since: 2_000, reason: 'it answers with status 503' })
  now = 3_000
  server.plan.status = 500
  await watched.pass(10_000, 3)
  expect(facts()).toEqual({ lastCheck: 3_000, since: 2_000, reason: 'it answers with status 500' })
  now = 4_000
  server.plan.status = 200
  await watched.pass(10_000, 4)
  expect(facts()).toEqual({ lastCheck: 4_000, since: 4_000, reason: '' })
  watched.apply({})
  expect(facts()).toBeUndefined()
})
