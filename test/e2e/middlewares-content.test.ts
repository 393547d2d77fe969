import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { hashSync } from '@node-rs/bcrypt'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { stringify } from 'yaml'
import { startDataPlane } from '../harness/data-plane.ts'
import { request } from '../harness/http-client.ts'
import { type Origin, type Seen, startOrigin } from '../harness/origin.ts'
import { connectTo, startRawOrigin } from '../harness/peer.ts'
import { freePort } from '../harness/ports.ts'
import { needs } from '../harness/services.ts'

/** A gateway that asks these servers behind middlewares, in the order in which they are written. */
const startBehind = (urls: readonly string[], middlewares: object, more: object = {}) =>
  startDataPlane({
    dynamic: stringify({
      http: {
        routers: { app: { rule: 'PathPrefix(`/`)', service: 'app', middlewares: Object.keys(middlewares) } },
        services: { app: { loadBalancer: { servers: urls.map((url) => ({ url })) } }, ...more },
        middlewares: Object.fromEntries(Object.entries(middlewares).map(([kind, options]) => [kind, { [kind]: options }])),
      },
    }),
  })

const text = 'a line of some text\n'.repeat(5_000)

describe('retry', () => {
  test('goes to another server when one cannot be reached, with content', async () => {
    await using origin = await startOrigin('b')
    await using gateway = await startBehind([`http://127.0.0.1:${await freePort()}`, origin.url], { retry: { attempts: 2 } })
    for (let turn = 0; turn < 4; turn++) {
      const { status, text: name } = await request(gateway.port, { method: 'POST', body: text })
      expect([status, name, origin.seen.at(-1)?.content === text]).toEqual([200, 'b', true])
    }
    expect(origin.seen[0]?.incoming.headers['x-forwarded-for']).toBe('127.0.0.1')
  })

  test('asks another server when one answers with an error, with content that is sent again', async () => {
    await using a = await startOrigin('a', (_seen, response) => response.writeHead(503).end('busy'.repeat(100_000)))
    await using b = await startOrigin('b')
    await using gateway = await startBehind([a.url, b.url], { retry: { attempts: 3, status: ['500-599'] } })
    for (let turn = 0; turn < 4; turn++) expect((await request(gateway.port, { method: 'PUT', body: text })).text).toBe('b')
    const posted = [
      await request(gateway.port, { method: 'POST', body: text }),
      await request(gateway.port, { method: 'POST', body: text }),
    ]
    expect(posted.map(({ status }) => status).sort()).toEqual([200, 503])
    expect(b.seen.every(({ content }) => content === text)).toBe(true)
  })

  test('asks again where a server resets the connection', async () => {
    await using broken = await startRawOrigin((peer) => {
      if (peer.text.includes('\r\n\r\n')) peer.reset()
    })
    await using origin = await startOrigin('b')
    await using gateway = await startBehind([broken.url, origin.url], { retry: { attempts: 2, status: ['502'] } })
    expect([(await request(gateway.port)).text, (await request(gateway.port)).text]).toEqual(['b', 'b'])
  })
})

describe('a WebSocket', () => {
  test('passes through everything that holds back, counts or compresses', async () => {
    await using origin = await startOrigin('app')
    const server = new WebSocketServer({ server: origin.server })
    server.on('connection', (socket) => socket.on('message', (message) => socket.send(`echo ${message}`)))
    await using gateway = await startBehind([origin.url], {
      retry: { attempts: 2, status: ['500-599'] },
      inFlightReq: { amount: 1 },
      circuitBreaker: { expression: 'NetworkErrorRatio() > 0.5' },
      rateLimit: { average: 100, burst: 100 },
      buffering: {},
      compress: {},
    })
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/`)
    await new Promise((resolve) => socket.once('open', resolve))
    const answer = new Promise((resolve) => socket.once('message', (message) => resolve(String(message))))
    socket.send('hello')
    expect(await answer).toBe('echo hello')
    const headers = { host: `127.0.0.1:${gateway.port}` }
    expect((await request(gateway.port, { headers })).status).toBe(429)
    socket.terminate()
    await expect.poll(async () => (await request(gateway.port, { headers })).status).toBe(200)
    server.close()
  })
})

describe('authentication', () => {
  const users = [`carol:${hashSync('secret', 4)}`]

  test('basicAuth asks, lets in, and tells the server who it is', async () => {
    await using origin = await startOrigin('app')
    await using gateway = await startBehind([origin.url], { basicAuth: { users, headerField: 'X-User', removeHeader: true } })
    const asked = await request(gateway.port)
    expect([asked.status, asked.text, asked.headers['www-authenticate']]).toEqual([401, '401 Unauthorized\n', 'Basic realm="traefik"'])
    const login = (password: string) => ({ headers: { authorization: `Basic ${btoa(`carol:${password}`)}`, 'x-user': 'root' } })
    expect((await request(gateway.port, login('wrong'))).status).toBe(401)
    expect((await request(gateway.port, { ...login('secret'), method: 'POST', body: text })).status).toBe(200)
    const { headers } = (origin.seen[0] as Seen).incoming
    expect([origin.seen.length, headers['x-user'], headers.authorization, origin.seen[0]?.content === text]).toEqual([
      1,
      'carol',
      undefined,
      true,
    ])
  })

  needs(['curl'], 'digestAuth is understood by another client', async () => {
    await using origin = await startOrigin('app')
    const options = { users: [`carol:traefik:${hash('md5', 'carol:traefik:secret')}`], headerField: 'X-User' }
    await using gateway = await startBehind([origin.url], { digestAuth: options })
    const curl = async (password: string): Promise<string> => {
      const url = `http://127.0.0.1:${gateway.port}/a?b=1`
      const args = ['-s', '--max-time', '5', '--digest', '-u', `carol:${password}`, '-w', ' %{http_code}', url, url]
      return (await promisify(execFile)('curl', args)).stdout
    }
    expect(await curl('secret')).toBe('app 200app 200')
    expect(await curl('wrong')).toContain('401 Unauthorized\n 401')
    expect(origin.seen.map(({ incoming }) => incoming.headers['x-user'])).toEqual(['carol', 'carol'])
  })

  test('forwardAuth asks a server, and passes on what it says', async () => {
    await using auth = await startOrigin('auth', ({ url, incoming, content }, response) => {
      if (url === '/check' && incoming.headers['x-key'] === 'good')
        response.writeHead(200, { 'X-User': `carol ${content.length}`, 'Set-Cookie': 's=1' }).end()
      else response.writeHead(302, { Location: '/login', 'X-Why': 'no key' }).end('no')
    })
    await using origin = await startOrigin('app')
    const forwardAuth = {
      address: `${auth.url}/check`,
      authResponseHeaders: ['X-User'],
      addAuthCookiesToResponse: ['s'],
      forwardBody: true,
      preserveRequestMethod: true,
      trustForwardHeader: false,
    }
    await using gateway = await startBehind([origin.url], { forwardAuth })
    const refused = await request(gateway.port, { path: '/a?b=1' })
    expect([refused.status, refused.headers.location, refused.headers['x-why'], refused.text]).toEqual([
      302,
      `${auth.url}/login`,
      'no key',
      'no',
    ])
    const asked = (auth.seen[0] as Seen).incoming.headers
    expect([asked['x-forwarded-uri'], asked['x-forwarded-method'], asked['x-forwarded-for'], asked.host]).toEqual([
      '/a?b=1',
      'GET',
      '127.0.0.1',
      new URL(auth.url).host,
    ])
    const granted = await request(gateway.port, { method: 'POST', body: text, headers: { 'X-Key': 'good', X_User: 'root' } })
    expect([granted.status, granted.headers['set-cookie']]).toEqual([200, ['s=1']])
    const { incoming, content } = origin.seen[0] as Seen
    expect([incoming.headers['x-user'], incoming.headers.x_user, content === text]).toEqual([`carol ${text.length}`, undefined, true])
    expect(auth.seen[1]?.method).toBe('POST')
  })

  test('forwardAuth lets nobody in while its server cannot be asked', async () => {
    await using origin = await startOrigin('app')
    await using gateway = await startBehind([origin.url], { forwardAuth: { address: `http://127.0.0.1:${await freePort()}` } })
    const { status, text: answer } = await request(gateway.port)
    expect([status, answer, origin.seen.length]).toEqual([500, '', 0])
  })
})

describe('buffering', () => {
  test('holds a chunked request and a chunked response until they are complete, beyond memory', async () => {
    await using origin = await startOrigin('app', ({ content }, response) => {
      response.write(content.slice(0, 10))
      response.end(content.slice(10))
    })
    await using gateway = await startBehind([origin.url], { buffering: { memRequestBodyBytes: 1000, memResponseBodyBytes: 1000 } })
    const answer = await request(gateway.port, { method: 'POST', body: text, headers: { 'transfer-encoding': 'chunked' } })
    expect([answer.text === text, answer.headers['content-length'], answer.headers['transfer-encoding']]).toEqual([
      true,
      `${text.length}`,
      undefined,
    ])
    const { headers } = (origin.seen[0] as Seen).incoming
    expect([headers['content-length'], headers['transfer-encoding']]).toEqual([`${text.length}`, undefined])
  })

  test('refuses what is too large, either way', async () => {
    await using origin = await startOrigin('app', (_seen, response) => response.end(text))
    await using gateway = await startBehind([origin.url], { buffering: { maxRequestBodyBytes: 10, maxResponseBodyBytes: 1000 } })
    const tooLarge = await request(gateway.port, { method: 'POST', body: 'x'.repeat(11) })
    expect([tooLarge.status, tooLarge.text]).toEqual([413, 'Request Entity Too Large'])
    const failed = await request(gateway.port)
    expect([failed.status, failed.text, origin.seen.length]).toEqual([500, 'Internal Server Error', 1])
  })

  test('sends a request again as its expression says', async () => {
    let left = 2
    await using origin = await startOrigin('app', ({ content }, response) => {
      response.writeHead(left-- > 0 ? 504 : 200).end(content)
    })
    await using gateway = await startBehind([origin.url], { buffering: { retryExpression: 'IsNetworkError() && Attempts() <= 2' } })
    const answer = await request(gateway.port, { method: 'POST', body: 'content' })
    expect([answer.status, answer.text, origin.seen.length]).toEqual([200, 'content', 3])
  })
})

describe('compress', () => {
  const html = (_seen: Seen, response: ServerResponse): void => {
    response.writeHead(200, { 'Content-Type': 'text/html', ETag: '"1"' }).end(text)
  }

  for (const [coding, decode] of [
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
    ['zstd', zstdDecompressSync],
  ] as const) {
    test(`makes responses smaller (${coding})`, async () => {
      await using origin = await startOrigin('app', html)
      await using gateway = await startBehind([origin.url], { compress: {} })
      const { headers, body } = await request(gateway.port, { headers: { 'accept-encoding': coding } })
      expect([headers['content-encoding'], headers.vary, headers.etag, headers['content-length']]).toEqual([
        coding,
        'Accept-Encoding',
        'W/"1"',
        undefined,
      ])
      expect([decode(body).toString() === text, body.length < text.length / 10]).toEqual([true, true])
    })
  }

  test('leaves alone who does not ask, and what HEAD asks for', async () => {
    await using origin = await startOrigin('app', html)
    await using gateway = await startBehind([origin.url], { compress: {} })
    const plain = await request(gateway.port)
    expect([plain.text === text, plain.headers['content-encoding'], plain.headers.vary]).toEqual([true, undefined, undefined])
    const head = await request(gateway.port, { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } })
    expect([head.headers['content-encoding'], head.headers.etag, head.body.length]).toEqual([undefined, '"1"', 0])
  })

  for (const [why, fields, options] of [
    ['is compressed already', { 'Content-Encoding': 'gzip' }],
    ['is a stream of events', { 'Content-Type': 'text/event-stream' }],
    ['is a part', { 'Content-Range': `bytes 0-${text.length - 1}/${2 * text.length}` }, { status: 206 }],
    ['nobody may change', { 'Cache-Control': 'public, no-transform' }],
    ['is tiny', {}, { content: 'tiny' }],
    ['is gRPC', { 'Content-Type': 'application/grpc' }],
  ] satisfies [string, object, { status?: number; content?: string }?][]) {
    for (const coding of ['gzip', 'br', 'zstd']) {
      test(`leaves alone what ${why} (${coding})`, async () => {
        const { status = 200, content = text } = options ?? {}
        await using origin = await startOrigin('app', (_seen, response) => {
          response.writeHead(status, { 'Content-Type': 'text/html', ETag: '"1"', ...fields }).end(content)
        })
        await using gateway = await startBehind([origin.url], { compress: {} })
        const { headers, text: received } = await request(gateway.port, { headers: { 'accept-encoding': coding } })
        expect([received === content, headers.etag, headers.vary]).toEqual([true, '"1"', 'Accept-Encoding'])
        expect(headers['content-encoding']).toBe((fields as Record<string, string>)['Content-Encoding'])
      })
    }
  }

  test('passes an event on before the next one is there where it is told to compress events', async () => {
    let stream: ServerResponse | undefined
    await using origin = await startOrigin('app', (_seen, response) => {
      stream = response
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: first\n\n')
    })
    await using gateway = await startBehind([origin.url], { compress: { includedContentTypes: ['text/event-stream'] } })
    const client = await connectTo(gateway.port)
    client.send('GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n')
    await client.until(({ text: received }) => received.includes('\0\0\xff\xff'), 'the first event')
    const { length } = client.received
    stream?.write('data: second\n\n')
    await client.until(({ received }) => received.length > length, 'the second event')
    stream?.end()
    await client.until(({ text: received }) => received.endsWith('0\r\n\r\n'))
  })

  test('a server that breaks off leaves a response that is not whole', async () => {
    await using origin = await startOrigin('app', (_seen, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' })
      response.write(text, () => response.destroy())
    })
    await using gateway = await startBehind([origin.url], { compress: {} })
    await expect(request(gateway.port, { headers: { 'accept-encoding': 'gzip' } })).rejects.toThrow()
  })
})

describe('the order of middlewares', () => {
  const failing = (): Promise<Origin> => startOrigin('app', (_seen, response) => response.writeHead(502).end())

  test('a breaker behind retry sees every attempt, one in front of it the last alone', async () => {
    await using origin = await failing()
    const circuitBreaker = { expression: 'RequestThreshold() > 1', checkPeriod: '1ns' }
    const retry = { attempts: 3, status: ['502'] }
    await using behind = await startBehind([origin.url], { retry, circuitBreaker })
    expect((await request(behind.port)).status).toBe(503)
    expect(origin.seen.length).toBe(2)
    await using before = await startBehind([origin.url], { circuitBreaker, retry })
    expect((await request(before.port)).status).toBe(502)
    expect(origin.seen.length).toBe(5)
  })
})
