import { describe, expect, test } from 'vitest'
import { type Asked, NO_CONTROLLER, type Script, type ServiceTree, SlowContent, serviceTree } from '../../test/harness/service-tree.ts'
import { replyText } from '../dispatch/reply.ts'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import type { Cells } from '../state/cells.ts'
import { ServerState, serverKey } from './server-state.ts'

const MAIN = 'http://10.0.0.1:80'
const FALLBACK = 'http://10.0.0.2:80'

interface Given {
  readonly options?: object
  readonly scripts?: Readonly<Record<string, Script>>
}

function failover({ options = {}, scripts = {} }: Given): ServiceTree {
  const service = (url: string) => ({ loadBalancer: { servers: [{ url }], healthCheck: {} } })
  const services = { app: { failover: { service: 'main', fallback: 'other', ...options } }, main: service(MAIN), other: service(FALLBACK) }
  const tree = serviceTree({ http: { services }, scripts })
  expect(tree.findings).toEqual([])
  return tree
}

function setActive({ cells }: ServiceTree, service: string, url: string, up: boolean): void {
  new ServerState(cells.get(serverKey(service, url)) as Cells).setActive(up)
}

const shown = ({ status, content }: Asked): unknown[] => [status, content.trim()]
const seenBy = ({ received }: ServiceTree, url: string) => received.filter((one) => one.url === url)

test('the fallback answers while the main service is down', () => {
  const tree = failover({})
  expect(shown(tree.ask())).toEqual([200, MAIN])
  setActive(tree, 'main@file', MAIN, false)
  expect(shown(tree.ask())).toEqual([200, FALLBACK])
  setActive(tree, 'main@file', MAIN, true)
  expect(shown(tree.ask())).toEqual([200, MAIN])
})

test('both down is 503, in other words where the health of the fallback counts', () => {
  for (const [options, text] of [
    [{}, 'no available server'],
    [{ healthCheck: {} }, 'Service Unavailable'],
  ] as const) {
    const tree = failover({ options })
    setActive(tree, 'main@file', MAIN, false)
    setActive(tree, 'other@file', FALLBACK, false)
    expect(shown(tree.ask())).toEqual([503, text])
  }
})

describe('errors', () => {
  const options = { errors: { status: ['500-502', '404'] } }
  const status =
    (statusCode: number): Script =>
    (_received, handler) =>
      replyText(handler, statusCode, `status ${statusCode}`)
  const fails =
    (code: ConstructorParameters<typeof GatewayError>[0]): Script =>
    (_received, handler) =>
      handler.onResponseError(NO_CONTROLLER, new GatewayError(code))

  const cases: [string, Script, boolean][] = [
    ['a status that is listed', status(502), true],
    ['another one', status(404), true],
    ['a status that is not listed', status(503), false],
    ['a refused connection is the status that it becomes', fails('GTW_UPSTREAM_REFUSED'), true],
    ['a time that is over becomes 504', fails('GTW_UPSTREAM_TIMEOUT'), false],
    ['a client that went away', fails('GTW_CLIENT_GONE'), false],
  ]

  for (const [why, script, fallsBack] of cases) {
    test(`${why}: the ${fallsBack ? 'fallback' : 'main service'} answers`, () => {
      const tree = failover({ options, scripts: { [MAIN]: script } })
      const asked = tree.ask()
      expect(asked.isOver).toBe(true)
      expect(seenBy(tree, FALLBACK)).toHaveLength(fallsBack ? 1 : 0)
      expect(shown(asked)[1] === FALLBACK).toBe(fallsBack)
      expect(tree.received[0]?.url).toBe(MAIN)
    })
  }

  test('nothing of the answer that is thrown away reaches the client', () => {
    const main: Script = (_received, handler) => {
      handler.onRequestStart(NO_CONTROLLER)
      handler.onResponseInfo(NO_CONTROLLER, 103, new Headers(['Link', 'x']))
      handler.onResponseStart(NO_CONTROLLER, 500, new Headers(['X-Main', '1']))
      handler.onResponseData(NO_CONTROLLER, Buffer.from('oops'))
      handler.onResponseEnd(NO_CONTROLLER, undefined)
    }
    const asked = failover({ options, scripts: { [MAIN]: main } }).ask()
    expect([...shown(asked), asked.infos, asked.headers.has('x-main')]).toEqual([200, FALLBACK, [], false])
  })

  test('an answer that is thrown away is not read for ever', () => {
    const aborted: GatewayError[] = []
    const endless: Script = (_received, handler) => {
      const controller = { ...NO_CONTROLLER, abort: (error: GatewayError) => aborted.push(error) }
      handler.onResponseStart(controller, 500, new Headers())
      for (let count = 0; count < 300 && aborted.length === 0; count++) handler.onResponseData(controller, Buffer.alloc(1024))
      handler.onResponseError(controller, new GatewayError('GTW_UPSTREAM_CLOSED'))
    }
    const asked = failover({ options, scripts: { [MAIN]: endless } }).ask()
    expect([...shown(asked), aborted.length]).toEqual([200, FALLBACK, 1])
  })

  test('an answer that breaks off later is not tried again', () => {
    const broken: Script = (_received, handler) => {
      handler.onResponseStart(NO_CONTROLLER, 200, new Headers())
      handler.onResponseError(NO_CONTROLLER, new GatewayError('GTW_UPSTREAM_CLOSED'))
    }
    const tree = failover({ options, scripts: { [MAIN]: broken } })
    expect(tree.ask().error?.code).toBe('GTW_UPSTREAM_CLOSED')
    expect(seenBy(tree, FALLBACK)).toEqual([])
  })

  test('the fallback gets the same request: head and content, unspoilt', () => {
    const spoils: Script = ({ request }, handler) => {
      request.path = '/spoilt'
      request.headers.append('X-Spoilt', '1')
      replyText(handler, 500, 'x')
    }
    const tree = failover({ options, scripts: { [MAIN]: spoils } })
    const content = new SlowContent()
    const asked = tree.ask({ method: 'POST', path: '/a', headers: ['X-A', '1'], content })
    content.send('he')
    expect(tree.received).toEqual([])
    content.send('llo')
    content.end()
    expect(shown(asked)).toEqual([200, FALLBACK])
    expect(tree.received.map((one) => one.content)).toEqual(['hello', 'hello'])
    const { request } = seenBy(tree, FALLBACK)[0] ?? {}
    expect([request?.path, request?.headers.raw]).toEqual(['/a', ['X-A', '1']])
    expect(failover({ options, scripts: { [MAIN]: spoils } }).ask({ path: '/b' }).status).toBe(200)
  })

  const sizes: [number, string, number][] = [
    [-1, 'x'.repeat(100_000), 200],
    [5, '12345', 200],
    [5, '123456', 413],
    [0, '1', 413],
  ]

  for (const [maxRequestBodyBytes, content, expected] of sizes) {
    for (const isDeclared of [true, false]) {
      test(`${content.length} octets, ${isDeclared ? 'declared' : 'chunked'}, are ${expected} at a limit of ${maxRequestBodyBytes}`, () => {
        const tree = failover({ options: { errors: { status: ['500'], maxRequestBodyBytes } }, scripts: { [MAIN]: status(500) } })
        const slow = new SlowContent(isDeclared ? content.length : -1)
        const asked = tree.ask({ method: 'POST', content: slow })
        slow.send(content)
        slow.end()
        expect(asked.status).toBe(expected)
        expect(tree.received.map((one) => one.content)).toEqual(expected === 200 ? [content, content] : [])
        if (expected === 413) expect(asked.content).toBe('Request body too large\n')
      })
    }
  }

  test('content that breaks off reaches nobody', () => {
    const tree = failover({ options })
    const content = new SlowContent()
    const asked = tree.ask({ method: 'POST', content })
    content.send('he')
    content.fail()
    expect([asked.error?.code, tree.received]).toEqual(['GTW_CLIENT_GONE', []])
  })
})
