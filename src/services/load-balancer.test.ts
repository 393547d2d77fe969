import { describe, expect, test } from 'vitest'
import { type Asked, answerWithName, NO_CONTROLLER, type Script, type ServiceTree, serviceTree } from '../../test/harness/service-tree.ts'
import type { Tunnel } from '../dispatch/dispatch.ts'
import { replyText } from '../dispatch/reply.ts'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import type { Cells } from '../state/cells.ts'
import { ServerState, serverKey } from './server-state.ts'
import { stickyValue } from './sticky/sticky.ts'

const A = 'http://10.0.0.1:80'
const B = 'http://10.0.0.2:80'
const C = 'http://10.0.0.3:80'

interface Given {
  readonly options?: object
  readonly servers?: readonly object[]
  readonly scripts?: Readonly<Record<string, Script>>
  readonly cells?: Map<string, Cells>
}

function balanced({ options = {}, servers = [{ url: A }, { url: B }], scripts = {}, cells = new Map() }: Given): ServiceTree {
  const tree = serviceTree({ http: { services: { app: { loadBalancer: { servers, ...options } } } }, scripts, cells })
  expect(tree.findings).toEqual([])
  return tree
}

function stateOf({ cells }: ServiceTree, url: string): ServerState {
  const key = serverKey('app@file', url)
  const found = cells.get(key)
  if (found === undefined) throw new TypeError(`no cells for ${key}`)
  return new ServerState(found)
}

const whoAnswered = ({ content }: Asked): string => content.trim()

function tally(ask: () => Asked, count: number): Record<string, number> {
  const seen: Record<string, number> = {}
  for (let turn = 0; turn < count; turn++) {
    const name = whoAnswered(ask())
    seen[name] = (seen[name] ?? 0) + 1
  }
  return seen
}

const fails =
  (code: ConstructorParameters<typeof GatewayError>[0]): Script =>
  (_received, handler) =>
    handler.onResponseError(NO_CONTROLLER, new GatewayError(code))

describe('weights', () => {
  test('shares are exact for all workers together, over reloads too', () => {
    const cells = new Map<string, Cells>()
    const servers = [{ url: A, weight: 3 }, { url: B, weight: 2 }, { url: C }]
    const workers = [1, 2, 3, 4].map(() => balanced({ servers, cells }))
    let turn = 0
    expect(tally(() => (workers[turn++ % 4] as ServiceTree).ask(), 30)).toEqual({ [A]: 15, [B]: 10, [C]: 5 })
    const reloaded = balanced({ servers, cells })
    expect(tally(() => (turn++ % 2 ? reloaded : (workers[0] as ServiceTree)).ask(), 30)).toEqual({ [A]: 15, [B]: 10, [C]: 5 })
  })

  test('a server of weight 0 or less gets nothing, unless weights do not count', () => {
    const servers = [{ url: A, weight: 0 }, { url: B }, { url: C, weight: -1 }]
    for (const strategy of ['wrr', 'hrw', 'leasttime']) {
      expect(tally(() => balanced({ servers, options: { strategy } }).ask(), 20)).toEqual({ [B]: 20 })
    }
    const tree = balanced({ servers, options: { strategy: 'p2c' } })
    expect(Object.keys(tally(() => tree.ask(), 200)).sort()).toEqual([A, B, C])
  })

  test('without a server every request is answered 503', () => {
    for (const servers of [[], [{ url: A, weight: 0 }], [{ url: A, fenced: true }]]) {
      const { status, content, headers } = balanced({ servers }).ask()
      expect([status, content, headers.get('content-type')]).toEqual([503, 'no available server\n', 'text/plain; charset=utf-8'])
    }
  })
})

test('a server that its active check found down gets nothing until it is up again', () => {
  const tree = balanced({ options: { healthCheck: { path: '/' } } })
  stateOf(tree, A).setActive(false)
  expect(tally(() => tree.ask(), 10)).toEqual({ [B]: 10 })
  stateOf(tree, B).setActive(false)
  expect(tree.ask().status).toBe(503)
  stateOf(tree, A).setActive(true)
  expect(tally(() => tree.ask(), 10)).toEqual({ [A]: 10 })
})

test('two entries with one URL have one state', () => {
  const tree = balanced({ servers: [{ url: A }, { url: A }, { url: B }], options: { healthCheck: {} } })
  expect(tally(() => tree.ask(), 30)).toEqual({ [A]: 20, [B]: 10 })
  stateOf(tree, A).setActive(false)
  expect(tally(() => tree.ask(), 10)).toEqual({ [B]: 10 })
})

describe('requests that a server works on', () => {
  test('are counted until the answer is complete', () => {
    const waiting: (() => void)[] = []
    const holding: Script = (received, handler) => waiting.push(() => answerWithName(received, handler))
    const tree = balanced({ options: { strategy: 'p2c' }, scripts: { [A]: holding, [B]: holding } })
    const all = [tree.ask(), tree.ask(), tree.ask()]
    expect(stateOf(tree, A).inFlight + stateOf(tree, B).inFlight).toBe(3)
    for (const answer of waiting) answer()
    expect(all.every(({ isOver }) => isOver)).toBe(true)
    expect([stateOf(tree, A).inFlight, stateOf(tree, B).inFlight]).toEqual([0, 0])
  })

  test('are over when they fail', () => {
    const tree = balanced({ servers: [{ url: A }], options: { strategy: 'leasttime' }, scripts: { [A]: fails('GTW_UPSTREAM_RESET') } })
    expect(tree.ask().error?.code).toBe('GTW_UPSTREAM_RESET')
    expect(stateOf(tree, A).inFlight).toBe(0)
  })

  test('go on while they are tunnels', () => {
    const tunnel = new FakeTunnel()
    const switching: Script = (_received, handler) => handler.onRequestUpgrade(NO_CONTROLLER, 101, new Headers(), tunnel)
    const tree = balanced({ servers: [{ url: A }], options: { strategy: 'p2c' }, scripts: { [A]: switching } })
    const asked = tree.ask({ upgrade: 'websocket' })
    let closed = 0
    const sink = { onTunnelData() {}, onTunnelDrain() {}, onTunnelEnd() {}, onTunnelClose: () => closed++ }
    asked.tunnel?.start(sink)
    expect(stateOf(tree, A).inFlight).toBe(1)
    tunnel.sink?.onTunnelClose(false)
    expect([stateOf(tree, A).inFlight, closed]).toEqual([0, 1])
    tree.ask({ upgrade: 'websocket' }).tunnel?.destroy()
    expect([stateOf(tree, A).inFlight, tunnel.destroyed]).toEqual([0, 1])
  })
})

class FakeTunnel implements Tunnel {
  sink: Parameters<Tunnel['start']>[0] | undefined
  destroyed = 0

  start(sink: Parameters<Tunnel['start']>[0]): void {
    this.sink = sink
  }

  write(): boolean {
    return true
  }

  end(): void {}

  destroy(): void {
    this.destroyed++
  }

  reset(): void {}

  pause(): void {}

  resume(): void {}
}

describe('passive health checks', () => {
  const passive = { passiveHealthCheck: { maxFailedAttempts: 2, failureWindow: '60s' } }
  const status =
    (statusCode: number): Script =>
    (_received, handler) =>
      replyText(handler, statusCode, 'x')

  const failing: [string, Script, number][] = [
    ['a refused connection', fails('GTW_UPSTREAM_REFUSED'), 0],
    ['a server that does not answer in time', fails('GTW_UPSTREAM_TIMEOUT'), 0],
    ['a status of 500', status(500), 500],
    ['a status of 503', status(503), 503],
  ]

  for (const [why, script, seen] of failing) {
    test(`${why} is a failure, and the client sees it`, () => {
      const tree = balanced({ servers: [{ url: A }], options: passive, scripts: { [A]: script } })
      expect([tree.ask().status, tree.ask().status, tree.ask().status]).toEqual([seen, seen, 503])
      expect(tree.received).toHaveLength(2)
    })
  }

  const harmless: [string, Script][] = [
    ['a client that goes away', fails('GTW_CLIENT_GONE')],
    ['a request that is not complete', fails('GTW_REQUEST_INCOMPLETE')],
    ['a status below 500', status(499)],
  ]

  for (const [why, script] of harmless) {
    test(`${why} is no failure`, () => {
      const tree = balanced({ servers: [{ url: A }], options: passive, scripts: { [A]: script } })
      for (let count = 0; count < 10; count++) tree.ask()
      expect(tree.received).toHaveLength(10)
    })
  }

  test('the others get the requests, in every worker, and the active check may bring it back', () => {
    const cells = new Map<string, Cells>()
    const given = { options: { ...passive, healthCheck: {} }, scripts: { [A]: fails('GTW_UPSTREAM_REFUSED') }, cells }
    const [one, other] = [balanced(given), balanced(given)]
    for (let count = 0; count < 4; count++) one.ask()
    expect(tally(() => other.ask(), 10)).toEqual({ [B]: 10 })
    stateOf(other, A).setActive(true)
    for (let count = 0; count < 2; count++) other.ask()
    expect(other.received.filter(({ url }) => url === A)).toHaveLength(1)
  })
})

describe('sticky', () => {
  const sticky = { sticky: { cookie: { name: 'c' } } }
  const cookieFor = (url: string) => ['Cookie', `c=${stickyValue(url)}`]

  test('the first answer sets a cookie, later ones come from the same server and set none', () => {
    const tree = balanced({ options: sticky })
    const first = tree.ask()
    expect(first.cookies).toEqual([`c=${stickyValue(whoAnswered(first))}; Path=/`])
    const headers = ['Cookie', first.cookies[0]?.split(';')[0] ?? '']
    for (let count = 0; count < 10; count++) {
      const asked = tree.ask({ headers })
      expect([whoAnswered(asked), asked.cookies]).toEqual([whoAnswered(first), []])
    }
  })

  test('a restart or another worker does not change where a client stays', () => {
    for (const url of [A, B, A]) expect(whoAnswered(balanced({ options: sticky }).ask({ headers: cookieFor(url) }))).toBe(url)
  })

  test('the cookie is set where the server fails too, in an error as in a switch', () => {
    const options = { sticky: { cookie: { name: 'c' } } }
    const failed = balanced({ servers: [{ url: A }], options, scripts: { [A]: fails('GTW_UPSTREAM_REFUSED') } }).ask()
    expect(failed.error?.responseFields).toEqual(['Set-Cookie', `c=${stickyValue(A)}; Path=/`])
    const switching: Script = (_received, handler) => handler.onRequestUpgrade(NO_CONTROLLER, 101, new Headers(), new FakeTunnel())
    const switched = balanced({ servers: [{ url: A }], options, scripts: { [A]: switching } }).ask({ upgrade: 'x' })
    expect(switched.cookies).toHaveLength(1)
  })

  test('a cookie of a server that is down or gone gets another one', () => {
    const tree = balanced({ options: { ...sticky, healthCheck: {} } })
    stateOf(tree, A).setActive(false)
    const moved = tree.ask({ headers: cookieFor(A) })
    expect([whoAnswered(moved), moved.cookies]).toEqual([B, [`c=${stickyValue(B)}; Path=/`]])
    expect(tree.ask({ headers: ['Cookie', 'c=unknown'] }).cookies).toHaveLength(1)
    stateOf(tree, B).setActive(false)
    const none = tree.ask({ headers: cookieFor(A) })
    expect([none.status, none.cookies]).toEqual([503, []])
  })

  test('an old value is honoured and replaced', () => {
    const asked = balanced({ options: sticky }).ask({ headers: ['Cookie', `c=${B}`] })
    expect([whoAnswered(asked), asked.cookies]).toEqual([B, [`c=${stickyValue(B)}; Path=/`]])
  })

  test('a fenced server keeps its clients and gets no new ones', () => {
    const tree = balanced({ servers: [{ url: A, fenced: true }, { url: B }], options: sticky })
    expect(tally(() => tree.ask(), 10)).toEqual({ [B]: 10 })
    expect(whoAnswered(tree.ask({ headers: cookieFor(A) }))).toBe(A)
  })

  test('hrw does not look at cookies', () => {
    const asked = balanced({ options: { ...sticky, strategy: 'hrw' } }).ask({ headers: cookieFor(B) })
    expect([whoAnswered(asked), asked.cookies]).toEqual([A, []])
  })

  test('a service over a service has a cookie of its own', () => {
    const services = {
      app: { weighted: { services: [{ name: 'one' }, { name: 'two' }], sticky: { cookie: {} } } },
      one: { loadBalancer: { servers: [{ url: A }, { url: B }], sticky: { cookie: {} } } },
      two: { loadBalancer: { servers: [{ url: C }], sticky: { cookie: {} } } },
    }
    const tree = serviceTree({ http: { services } })
    const first = tree.ask()
    expect(new Set(first.cookies.map((cookie) => cookie.split('=')[0])).size).toBe(2)
    const headers = ['Cookie', first.cookies.map((cookie) => cookie.split(';')[0]).join('; ')]
    for (let count = 0; count < 6; count++) {
      const asked = tree.ask({ headers })
      expect([whoAnswered(asked), asked.cookies]).toEqual([whoAnswered(first), []])
    }
  })
})

test('a URL that is none disables the service, and the router with it', () => {
  const tree = serviceTree({ http: { services: { app: { loadBalancer: { servers: [{ url: 'localhost:8080' }] } } } } })
  expect(tree.findings[0]).toContain('error parsing server URL "localhost:8080"')
  expect(tree.ask().status).toBe(404)
})
