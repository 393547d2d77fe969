import { expect, test } from 'vitest'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { GatewayError } from '../errors.ts'
import type { Fault } from '../thread/messages.ts'
import { FaultLog } from './fault-log.ts'

function start() {
  const told: Fault[] = []
  const clock = new ManualClock()
  return { told, clock, log: new FaultLog(clock, (fault) => told.push(fault)) }
}

const refused = (server: string) => new GatewayError('GTW_UPSTREAM_REFUSED', `${server}: ECONNREFUSED`)

test('a reason is told at once, then with how often it came', () => {
  const { told, clock, log } = start()
  for (let times = 0; times < 500; times++) log.note(refused('a:1'))
  log.note(refused('b:1'))
  expect(told.map(({ count, detail }) => [count, detail])).toEqual([
    [1, expect.stringContaining('a:1')],
    [1, expect.stringContaining('b:1')],
  ])
  told.length = 0
  clock.advance(10_000)
  expect(told).toMatchObject([{ code: 'GTW_UPSTREAM_REFUSED', count: 499 }])
})

test('a reason that has not come for a while is new again, and nothing is watched meanwhile', () => {
  const { told, clock, log } = start()
  log.note(refused('a:1'))
  clock.advance(10_000)
  expect(clock.watching).toBe(0)
  log.note(refused('a:1'))
  expect(told.map(({ count }) => count)).toEqual([1, 1])
})

test('what clients do wrong is not told', () => {
  const { told, log } = start()
  log.note(new GatewayError('GTW_CLIENT_GONE'))
  expect(told).toEqual([])
})

test('a fault of our own comes with its place', () => {
  const { told, log } = start()
  log.note(new GatewayError('GTW_INTERNAL', undefined, { cause: new TypeError('x is not a function') }))
  expect(told[0]?.stack).toContain('fault-log.test.ts')
})

test('there is no end of servers, but of what is kept of them', () => {
  const { told, log } = start()
  for (let server = 0; server < 1_000; server++) log.note(refused(`${server}:1`))
  expect(told).toHaveLength(200)
})
