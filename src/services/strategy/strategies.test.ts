import { describe, expect, test } from 'vitest'
import { Headers } from '../../http/headers.ts'
import { RequestHead } from '../../http/request.ts'
import { privateCells } from '../../state/cells.ts'
import { Server } from '../server.ts'
import { SERVER_WORDS, ServerState } from '../server-state.ts'
import { HighestRandomWeight } from './hrw.ts'
import { LeastTime } from './least-time.ts'
import { PowerOfTwoChoices } from './p2c.ts'
import { ResponseTimes } from './response-times.ts'
import { RoundRobin } from './round-robin.ts'
import { STRATEGIES } from './strategies.ts'
import { SharedTurns } from './turns.ts'

const server = (url: string, weight = 1): Server =>
  new Server(
    { url, weight, fenced: false },
    { dispatch: () => true, state: new ServerState(privateCells(SERVER_WORDS)), times: new ResponseTimes() },
  )

const servers = (...weights: number[]): Server[] => weights.map((weight, index) => server(`http://10.0.0.${index + 1}:80`, weight))

function requestFrom(address: string): RequestHead {
  const request = new RequestHead('GET', '/', new Headers())
  request.peer = { address, port: 1, localAddress: '', localPort: 0 }
  return request
}

const REQUEST = requestFrom('192.0.2.1')

const context = {
  name: 'app@file',
  openServer: () => () => true,
  child: () => ({ dispatch: () => true, isUp: () => true, reportsHealth: false, kind: '' }),
  keep: <T>(_key: string, create: () => T) => create(),
  cells: (_key: string, size: number) => privateCells(size),
}

function tally(pick: () => Server | undefined, count: number): Record<string, number> {
  const seen: Record<string, number> = {}
  for (let turn = 0; turn < count; turn++) {
    const name = pick()?.name ?? 'none'
    seen[name] = (seen[name] ?? 0) + 1
  }
  return seen
}

for (const [name, build] of Object.entries(STRATEGIES)) {
  describe(name, () => {
    test('without servers, or with none that is up, there is nobody to pick', () => {
      const all = servers(1, 1)
      for (const one of all) one.state.setActive(false)
      expect(build([], context).pick(REQUEST)).toBeUndefined()
      expect(build(all, context).pick(REQUEST)).toBeUndefined()
    })

    test('the only one that is up gets everything', () => {
      const all = servers(1, 1, 1)
      all[0]?.state.setActive(false)
      all[2]?.state.failFor(60_000)
      expect(tally(() => build(all, context).pick(REQUEST), 20)).toEqual({ 'http://10.0.0.2:80': 20 })
    })
  })
}

describe('wrr', () => {
  test('those that are up share the turns of those that are down in proportion to their weights', () => {
    const all = servers(5, 3, 2, 4)
    const robin = new RoundRobin(all, new SharedTurns([5, 3, 2, 4], privateCells(1)))
    all[3]?.state.setActive(false)
    expect(tally(() => robin.pick(), 100)).toEqual({ 'http://10.0.0.1:80': 50, 'http://10.0.0.2:80': 30, 'http://10.0.0.3:80': 20 })
    all[3]?.state.setActive(true)
    expect(Object.values(tally(() => robin.pick(), 140)).sort((a, b) => a - b)).toEqual([20, 30, 40, 50])
  })

  test('one of little weight is found although another one has nearly all turns', () => {
    const all = servers(1, 1_000_000)
    all[1]?.state.setActive(false)
    expect(tally(() => STRATEGIES.wrr(all, context).pick(REQUEST), 3)).toEqual({ 'http://10.0.0.1:80': 3 })
  })
})

describe('p2c', () => {
  test('of two servers the one that works on fewer requests is taken', () => {
    const all = servers(1, 1)
    all[0]?.state.enter()
    expect(tally(() => new PowerOfTwoChoices(all).pick(), 50)).toEqual({ 'http://10.0.0.2:80': 50 })
  })

  test('the busiest of many is never taken, and the others all are', () => {
    const all = servers(1, 1, 1, 1)
    all[2]?.state.enter()
    expect(Object.keys(tally(() => new PowerOfTwoChoices(all).pick(), 1000)).sort()).toEqual([
      'http://10.0.0.1:80',
      'http://10.0.0.2:80',
      'http://10.0.0.4:80',
    ])
  })
})

describe('hrw', () => {
  const all = servers(1, 1)
  const picked = (address: string) => new HighestRandomWeight(all).pick(requestFrom(address))?.name

  test('the known vectors hold', () => {
    expect(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map(picked)).toEqual([
      'http://10.0.0.1:80',
      'http://10.0.0.1:80',
      'http://10.0.0.1:80',
      'http://10.0.0.2:80',
    ])
  })

  test('an IPv4 client is the same one on a socket for both families', () => {
    expect(picked('::ffff:192.0.2.4')).toBe(picked('192.0.2.4'))
  })

  test('only the clients of a server that went move, in proportion to the weights', () => {
    const four = servers(1, 1, 1, 5)
    const clients = Array.from({ length: 4000 }, (_, index) => requestFrom(`10.1.${index >> 8}.${index & 255}`))
    const strategy = new HighestRandomWeight(four)
    const before = clients.map((client) => strategy.pick(client))
    const ofLast = before.filter((one) => one === four[3]).length
    expect(ofLast / clients.length).toBeCloseTo(5 / 8, 1)
    four[0]?.state.setActive(false)
    for (const [index, client] of clients.entries()) {
      if (before[index] !== four[0]) expect(strategy.pick(client)).toBe(before[index])
    }
  })
})

describe('leasttime', () => {
  test('nobody has answered: the servers are tried in proportion to their weights', () => {
    const strategy = new LeastTime(servers(3, 1))
    expect(tally(() => strategy.pick(), 40)).toEqual({ 'http://10.0.0.1:80': 30, 'http://10.0.0.2:80': 10 })
  })

  test.each([
    ['the faster one is taken', { times: [10, 5], inFlight: [0, 0], weights: [1, 1] }, 1],
    ['requests that it works on count', { times: [10, 5], inFlight: [0, 2], weights: [1, 1] }, 0],
    ['weights count', { times: [10, 5], inFlight: [0, 0], weights: [3, 1] }, 0],
    ['one that has not answered yet is tried first', { times: [0, 5], inFlight: [3, 0], weights: [1, 1] }, 0],
  ])('%s', (_why, { times, inFlight, weights }, expected) => {
    const all = servers(...weights)
    for (const [index, one] of all.entries()) {
      if (times[index]) one.times?.add(times[index])
      for (let count = 0; count < (inFlight[index] ?? 0); count++) one.state.enter()
    }
    const strategy = new LeastTime(all)
    expect(tally(() => strategy.pick(), 5)).toEqual({ [all[expected]?.name ?? '']: 5 })
  })

  test('the last 100 answers count', () => {
    const times = new ResponseTimes()
    expect(times.average).toBe(0)
    for (let count = 0; count < 50; count++) times.add(1000)
    for (let count = 0; count < 100; count++) times.add(4)
    expect(times.average).toBe(4)
  })
})
