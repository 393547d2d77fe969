import { describe, expect, test } from 'vitest'
import { checkedServer, watchedChecker } from '../../../test/harness/watched-checker.ts'

const every10s = { interval: '10s' }

describe('the first check', () => {
  test('comes after one interval, and until then a server is up', async () => {
    await using server = await checkedServer()
    await using watched = watchedChecker()
    server.plan.status = 500
    watched.apply({ app: { servers: [server.url], healthCheck: every10s } })
    watched.timers.advance(9_999)
    expect([server.requests, watched.isUp('app', server.url)]).toEqual([0, true])
    expect(watched.checker.status.http).toEqual(new Map([['app', new Map([[server.url, 'UP']])]]))
    await watched.pass(1, 1)
    expect([server.requests, watched.isUp('app', server.url)]).toEqual([1, false])
    expect(watched.checker.status.http).toEqual(new Map([['app', new Map([[server.url, 'DOWN']])]]))
  })

  test('comes up to half an interval earlier, so that servers are not checked all at once', async () => {
    const shares = [0, 0.5, 1]
    await using watched = watchedChecker({ random: () => shares.shift() ?? 0 })
    await using server = await checkedServer()
    const servers = ['a', 'b', 'c'].map((path) => `${server.url}/${path}`)
    watched.apply({ app: { servers, healthCheck: { interval: '10s' } } })
    const due: number[] = []
    for (let checks = 1; checks <= 3; checks++) {
      await watched.pass(watched.timers.next ?? 0, checks)
      due.push(watched.timers.now())
    }
    expect(due).toEqual([5_000, 7_500, 10_000])
  })
})

describe('the intervals', () => {
  const cases = [
    [{ interval: '10s' }, 10_000, 10_000],
    [{ interval: '10s', unhealthyInterval: '2s' }, 10_000, 2_000],
    [{ interval: '0s' }, 30_000, 30_000],
    [{ interval: '10s', unhealthyInterval: '-1s' }, 10_000, 30_000],
    [{}, 30_000, 30_000],
    [{ interval: '1ns' }, 10, 10],
  ] as const
  for (const [healthCheck, upMs, downMs] of cases) {
    test(`${JSON.stringify(healthCheck)}: ${upMs} ms while it is up, ${downMs} ms while it is down`, async () => {
      await using server = await checkedServer()
      await using watched = watchedChecker()
      watched.apply({ app: { servers: [server.url], healthCheck } })
      server.plan.status = 500
      await watched.pass(upMs, 1)
      expect([watched.isUp('app', server.url), watched.timers.next]).toEqual([false, downMs])
      server.plan.status = 200
      await watched.pass(downMs, 2)
      expect([watched.isUp('app', server.url), watched.timers.next]).toEqual([true, upMs])
    })
  }

  test('jitter only shortens them: a dead server is out within one interval', async () => {
    await using server = await checkedServer()
    await using watched = watchedChecker({ random: () => 0.999 })
    watched.apply({ app: { servers: [server.url], healthCheck: every10s } })
    await watched.pass(5_005, 1)
    expect(watched.timers.next).toBeCloseTo(9_001)
  })

  test('an interval goes from start to start, and a server is never asked twice at a time', async () => {
    await using server = await checkedServer()
    await using watched = watchedChecker()
    server.plan.holds = true
    watched.apply({ app: { servers: [server.url], healthCheck: { interval: '3s', timeout: '60s' } } })
    watched.timers.advance(3_000)
    await server.asked(1)
    watched.timers.advance(10_000)
    expect([server.requests, watched.timers.armed]).toEqual([1, 1])
    server.held[0]?.end()
    await watched.pass(0, 1)
    expect(watched.timers.next).toBe(0)
  })

  test('what is not above 0 is told once for each service, by its name', async () => {
    await using watched = watchedChecker()
    const services = { app: { servers: ['http://a', 'http://b'], healthCheck: { interval: 0, timeout: -1 } } }
    watched.apply(services)
    watched.apply(services)
    expect(watched.lines).toEqual([
      { level: 'warn', message: 'healthCheck.interval is not above 0, so its default holds', service: 'app' },
      { level: 'warn', message: 'healthCheck.timeout is not above 0, so its default holds', service: 'app' },
    ])
  })
})

describe('a check that takes too long', () => {
  for (const [timeout, ms, text] of [
    ['2s', 2_000, '2s'],
    ['0s', 5_000, '5s'],
  ] as const) {
    test(`is over after ${text} when the timeout is ${timeout}`, async () => {
      await using server = await checkedServer()
      await using watched = watchedChecker()
      server.plan.holds = true
      watched.apply({ app: { servers: [server.url], healthCheck: { interval: '30s', timeout } } })
      watched.timers.advance(30_000)
      await server.asked(1)
      watched.timers.advance(ms - 1)
      expect(watched.isUp('app', server.url)).toBe(true)
      await watched.pass(1, 1)
      expect(watched.isUp('app', server.url)).toBe(false)
      expect(watched.lines.at(-1)).toMatchObject({ reason: `it does not answer within ${text}` })
    })
  }
})
