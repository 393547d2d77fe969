import { gunzipSync } from 'node:zlib'
import { hashSync } from '@node-rs/bcrypt'
import { describe, expect, test } from 'vitest'
import { startDataPlane } from '../harness/data-plane.ts'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { answerOf, inFrontOf, send } from '../harness/http2-client.ts'
import { startOrigin } from '../harness/origin.ts'
import { connectTo, startRawOrigin } from '../harness/peer.ts'
import { freePort } from '../harness/ports.ts'

const AUTHORIZATION = `Basic ${btoa('carol:secret')}`

/** One of every kind that lets a request of carol through, in an order that somebody might choose. */
const EVERYTHING = {
  admit: { ipAllowList: { sourceRange: ['127.0.0.1'] } },
  characters: { encodedCharacters: {} },
  rate: { rateLimit: { average: 1000, burst: 1000 } },
  flight: { inFlightReq: { amount: 100 } },
  users: { basicAuth: { users: [`carol:${hashSync('secret', 4)}`], headerField: 'X-User', removeHeader: true } },
  fields: { headers: { customRequestHeaders: { 'X-New': '1' }, customResponseHeaders: { 'X-New': '2' } } },
  web: { grpcWeb: { allowOrigins: ['*'] } },
  small: { compress: { minResponseBodyBytes: 10 } },
  type: { contentType: {} },
  moved: { redirectRegex: { regex: '/never/(.*)', replacement: '/$1' } },
  strip: { stripPrefix: { prefixes: ['/api'] } },
  add: { addPrefix: { prefix: '/v1' } },
  pages: { errors: { status: ['500-599'], service: 'pages', query: '/{status}' } },
  again: { retry: { attempts: 2, status: ['500-599'] } },
  breaker: { circuitBreaker: { expression: 'NetworkErrorRatio() > 0.9 && RequestThreshold() > 100' } },
}

const configured = (urls: readonly string[], middlewares: Readonly<Record<string, object>> = EVERYTHING): string =>
  JSON.stringify({
    http: {
      routers: { app: { rule: 'PathPrefix(`/`)', service: 'app', middlewares: Object.keys(middlewares) } },
      services: {
        app: { loadBalancer: { servers: urls.slice(0, 1).map((url) => ({ url })) } },
        pages: { loadBalancer: { servers: urls.slice(-1).map((url) => ({ url })) } },
      },
      middlewares,
    },
  })

test('one middleware in front of an entry point, of a router and of a service counts for each of them by itself', async () => {
  await using origin = await startOrigin('app')
  await using gateway = await startGateway({
    web: '    http: { middlewares: ["prefix@file", "limit@file"] }',
    workers: 4,
    dynamic: JSON.stringify({
      http: {
        routers: {
          app: { rule: 'PathPrefix(`/app`)', service: 'app', middlewares: ['prefix', 'limit'] },
          other: { rule: 'PathPrefix(`/other`)', service: 'app', middlewares: ['limit'] },
        },
        services: { app: { loadBalancer: { servers: [{ url: origin.url }] }, middlewares: ['prefix', 'limit'] } },
        middlewares: { prefix: { addPrefix: { prefix: '/p' } }, limit: { rateLimit: { average: 1, period: '24h', burst: 3 } } },
      },
    }),
  })
  const statusOf = async (path: string) => (await request(gateway.port, { path })).status
  expect([await statusOf('/app/1'), await statusOf('/app/2'), await statusOf('/other/1')]).toEqual([200, 200, 200])
  expect(origin.seen.map(({ url }) => url)).toEqual(['/p/p/p/app/1', '/p/p/p/app/2', '/p/p/other/1'])
  // The service has had its three requests, the routers have not.
  expect([await statusOf('/app/3'), await statusOf('/other/2')]).toEqual([429, 429])
  expect(origin.seen.length).toBe(3)
})

describe('through one of every kind', () => {
  const text = 'a line of some text\n'.repeat(1000)

  test('a request of HTTP/2 and its response pass, with content both ways', async () => {
    await using origin = await startOrigin('app', ({ method, url, incoming, content }, response) => {
      response.setHeader('Content-Type', 'text/plain')
      response.end(
        JSON.stringify([method, url, incoming.headers['x-user'], incoming.headers['x-new'], incoming.headers.authorization, content]),
      )
    })
    await using plane = await inFrontOf(origin, { dynamic: configured([origin.url]) })
    const head = { ':method': 'POST', ':path': '/api/x?y=1', authorization: AUTHORIZATION }
    const { headers, text: answer } = await send(plane.session, head, text)
    expect([headers[':status'], headers['x-new']]).toEqual([200, '2'])
    expect(JSON.parse(answer)).toEqual(['POST', '/v1/x?y=1', 'carol', '1', null, text])
    const small = plane.session.request({ ...head, ':method': 'HEAD', 'accept-encoding': 'gzip' })
    small.end()
    expect(await answerOf(small)).toMatchObject({ headers: { ':status': 200, 'x-new': '2' }, text: '' })
    expect((await send(plane.session, { ':path': '/api/x' })).headers[':status']).toBe(401)
  })

  test('content passes while it comes, both ways, and comes compressed', async () => {
    await using origin = await startRawOrigin()
    await using plane = await startDataPlane({ dynamic: configured([origin.url]) })
    await using client = await connectTo(plane.port)
    const fields = `Host: a\r\nAuthorization: ${AUTHORIZATION}\r\nAccept-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n`
    client.send(`PUT /api/x HTTP/1.1\r\n${fields}3\r\none\r\n`)
    await origin.until(([peer]) => peer?.text.endsWith('3\r\none\r\n'))
    const [server] = origin.peers
    server?.send('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n')
    // What was compressed so far ends as deflate ends a flush.
    await client.until(({ received }) => received.includes(Buffer.from([0, 0, 0xff, 0xff])), 'the first part')
    client.send('3\r\ntwo\r\n0\r\n\r\n')
    await origin.until(([peer]) => peer?.text.endsWith('3\r\ntwo\r\n0\r\n\r\n'))
    server?.send('6\r\nsecond\r\n0\r\n\r\n')
    await client.until(({ received }) => received.includes('\r\n0\r\n\r\n'), 'the end')
    expect(gunzipSync(contentOf(client.received)).toString()).toBe('firstsecond')
  })

  test('an error of the server becomes a page, with the fields that every response gets', async () => {
    await using pages = await startOrigin('pages', ({ url }, response) => response.end(`page ${url}`))
    const dead = `http://127.0.0.1:${await freePort()}`
    await using plane = await startDataPlane({ dynamic: configured([dead, pages.url]) })
    for (const method of ['GET', 'POST']) {
      const { status, headers, text: page } = await request(plane.port, { method, headers: { authorization: AUTHORIZATION } })
      expect([status, headers['x-new'], page]).toEqual([502, '2', 'page /502'])
    }
    const head = await request(plane.port, { method: 'HEAD', headers: { authorization: AUTHORIZATION } })
    expect([head.status, head.headers['x-new'], head.text]).toEqual([502, '2', ''])
  })

  test('a server that breaks off in its content leaves a response that is not whole', async () => {
    await using origin = await startOrigin('app', (_seen, response) => {
      response.writeHead(200, { 'Content-Length': 100 })
      response.write('some', () => response.destroy())
    })
    await using plane = await startDataPlane({ dynamic: configured([origin.url]) })
    await expect(request(plane.port, { headers: { authorization: AUTHORIZATION } })).rejects.toThrow()
  })
})

/** The content of one chunked response. */
function contentOf(received: Buffer): Buffer {
  const chunks: Buffer[] = []
  for (let at = received.indexOf('\r\n\r\n') + 4; ; ) {
    const lineEnd = received.indexOf('\r\n', at)
    const size = Number.parseInt(received.toString('latin1', at, lineEnd), 16)
    if (size === 0) return Buffer.concat(chunks)
    chunks.push(received.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}
