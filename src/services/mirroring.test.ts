import { describe, expect, test } from 'vitest'
import { NO_CONTROLLER, type Script, type ServiceTree, SlowContent, serviceTree } from '../../test/harness/service-tree.ts'
import type { Tunnel } from '../dispatch/dispatch.ts'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import type { Cells } from '../state/cells.ts'
import { isCopied } from './mirroring.ts'

const MAIN = 'http://10.0.0.1:80'
const ONE = 'http://10.0.0.2:80'
const TWO = 'http://10.0.0.3:80'

interface Given {
  readonly options?: object
  readonly mirrors?: readonly object[]
  readonly scripts?: Readonly<Record<string, Script>>
  readonly cells?: Map<string, Cells>
}

function mirrored({ options = {}, mirrors = [{ name: 'one', percent: 100 }], scripts = {}, cells = new Map() }: Given): ServiceTree {
  const service = (url: string) => ({ loadBalancer: { servers: [{ url }] } })
  const services = {
    app: { mirroring: { service: 'main', mirrors, ...options } },
    main: service(MAIN),
    one: service(ONE),
    two: service(TWO),
  }
  const tree = serviceTree({ http: { services }, scripts, cells })
  expect(tree.findings).toEqual([])
  return tree
}

/** Mirrors get their requests in later turns of the event loop. */
async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const seenBy = ({ received }: ServiceTree, url: string) => received.filter((one) => one.url === url)

for (const percent of [0, 1, 10, 33, 50, 99, 100]) {
  test(`${percent} percent are exactly so many of any 100 requests, spread evenly`, () => {
    const copied = Array.from({ length: 300 }, (_, turn) => isCopied(turn % 100, percent))
    for (let start = 0; start <= 200; start++) expect(copied.slice(start, start + 100).filter(Boolean)).toHaveLength(percent)
    // The rule of Traefik: copy while copies × 100 < requests × percent.
    let copies = 0
    for (const [index, is] of copied.entries()) {
      expect(is).toBe(copies * 100 < (index + 1) * percent)
      if (is) copies++
    }
  })
}

test('all workers together copy the percentage', async () => {
  const cells = new Map<string, Cells>()
  const mirrors = [
    { name: 'one', percent: 10 },
    { name: 'two', percent: 50 },
  ]
  const workers = [1, 2, 3, 4].map(() => mirrored({ mirrors, cells }))
  for (let count = 0; count < 200; count++) expect(workers[count % 4]?.ask().content).toBe(`${MAIN}\n`)
  await someTurns()
  const seen = [ONE, TWO].map((url) => workers.reduce((sum, worker) => sum + seenBy(worker, url).length, 0))
  expect(seen).toEqual([20, 100])
})

test('a mirror sees the request as the main service did, with its content, and nobody hears it', async () => {
  const silent: Script = () => {}
  const tree = mirrored({ scripts: { [ONE]: silent } })
  const asked = tree.ask({ method: 'POST', path: '/a?b', headers: ['X-A', '1', 'Expect', '100-continue'], content: 'hello' })
  expect([asked.status, asked.content, asked.isOver, seenBy(tree, ONE).length]).toEqual([200, `${MAIN}\n`, true, 0])
  await someTurns()
  const [copy] = seenBy(tree, ONE)
  expect([copy?.content, copy?.request.method, copy?.request.headers.raw]).toEqual(['hello', 'POST', ['X-A', '1']])
  expect(copy?.request.expectsContinue).toBe(false)
})

test('the mirrors of a request are asked one after the other, whatever becomes of the one before', async () => {
  const mirrors = [
    { name: 'one', percent: 100 },
    { name: 'two', percent: 100 },
  ]
  let answer = (): void => {}
  const held: Script = (_received, handler) => {
    answer = () => handler.onResponseError(NO_CONTROLLER, new GatewayError('GTW_UPSTREAM_RESET'))
  }
  const throws: Script = () => {
    throw new Error('out of order')
  }
  const tree = mirrored({ mirrors, scripts: { [ONE]: held, [TWO]: throws } })
  tree.ask({ content: 'hello' })
  await someTurns()
  expect([seenBy(tree, ONE).length, seenBy(tree, TWO).length]).toEqual([1, 0])
  answer()
  await someTurns()
  expect(seenBy(tree, TWO).map(({ content }) => content)).toEqual(['hello'])
})

describe('no copies are made', () => {
  test('of a request whose client has gone', async () => {
    const gone: Script = (_received, handler) => handler.onResponseError(NO_CONTROLLER, new GatewayError('GTW_CLIENT_GONE'))
    const tree = mirrored({ scripts: { [MAIN]: gone } })
    tree.ask()
    await someTurns()
    expect(seenBy(tree, ONE)).toEqual([])
  })

  test('where the answer broke off', async () => {
    const broken: Script = (_received, handler) => {
      handler.onResponseStart(NO_CONTROLLER, 200, new Headers())
      handler.onResponseError(NO_CONTROLLER, new GatewayError('GTW_UPSTREAM_RESET'))
    }
    const tree = mirrored({ scripts: { [MAIN]: broken } })
    tree.ask()
    await someTurns()
    expect(seenBy(tree, ONE)).toEqual([])
  })

  for (const [why, declared] of [
    ['declared', 6],
    ['chunked', -1],
  ] as const) {
    test(`of ${why} content that is larger than the limit; the main service gets it all`, async () => {
      const tree = mirrored({ options: { maxBodySize: 5 } })
      const content = new SlowContent(declared)
      const asked = tree.ask({ method: 'POST', content })
      content.send('123')
      content.send('456')
      content.end()
      await someTurns()
      expect([asked.status, seenBy(tree, MAIN)[0]?.content, seenBy(tree, ONE)]).toEqual([200, '123456', []])
    })
  }

  test('of content that breaks off', async () => {
    const tree = mirrored({})
    const content = new SlowContent()
    tree.ask({ method: 'POST', content })
    content.send('123')
    content.fail()
    await someTurns()
    expect(seenBy(tree, ONE)).toEqual([])
  })
})

test('content of just the limit is copied', async () => {
  const tree = mirrored({ options: { maxBodySize: 5 } })
  tree.ask({ method: 'POST', content: '12345' })
  await someTurns()
  expect(seenBy(tree, ONE).map(({ content }) => content)).toEqual(['12345'])
})

test('a main service that fails is mirrored all the same', async () => {
  const refused: Script = (_received, handler) => handler.onResponseError(NO_CONTROLLER, new GatewayError('GTW_UPSTREAM_REFUSED'))
  const tree = mirrored({ scripts: { [MAIN]: refused } })
  expect(tree.ask().error?.code).toBe('GTW_UPSTREAM_REFUSED')
  await someTurns()
  expect(seenBy(tree, ONE)).toHaveLength(1)
})

test('with mirrorBody off the mirror gets the request without its content, which streams on', async () => {
  const tree = mirrored({ options: { mirrorBody: false } })
  const content = new SlowContent()
  tree.ask({ method: 'POST', content })
  content.send('123')
  content.end()
  await someTurns()
  expect([seenBy(tree, MAIN)[0]?.content, seenBy(tree, ONE)[0]?.content]).toEqual(['123', ''])
})

test('an upgrade reaches the mirror, whose connection is dropped', async () => {
  const destroyed: string[] = []
  const switching: Script = ({ url }, handler) => {
    const tunnel: Partial<Tunnel> = { destroy: () => destroyed.push(url) }
    handler.onRequestUpgrade(NO_CONTROLLER, 101, new Headers(), tunnel as Tunnel)
  }
  const tree = mirrored({ scripts: { [MAIN]: switching, [ONE]: switching } })
  const asked = tree.ask({ upgrade: 'websocket' })
  await someTurns()
  expect([asked.status, destroyed]).toEqual([101, [ONE]])
})

test('a mirror that never answers holds a bounded number of requests', async () => {
  const tree = mirrored({ scripts: { [ONE]: () => {} } })
  for (let count = 0; count < 1100; count++) tree.ask()
  await someTurns()
  expect(seenBy(tree, ONE)).toHaveLength(1000)
})
