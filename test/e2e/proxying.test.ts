import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { expect, test } from 'vitest'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { rawExchange, request } from '../harness/http-client.ts'
import { freePort } from '../harness/ports.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

interface Origin extends AsyncDisposable {
  readonly url: string
  readonly server: Server
}

async function startOrigin(handler: Handler): Promise<Origin> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const balanced = (urls: readonly string[], options = ''): string => `
http:
  routers:
    all: { rule: "PathPrefix(\`/\`)", service: app }
  services:
    app:
      loadBalancer:
        servers: [${urls.map((url) => `{ url: "${url}" }`).join(', ')}]
${options}
`

const inFrontOf = (...urls: string[]): Promise<RunningGateway> => startGateway({ dynamic: balanced(urls) })

test('a request arrives with its path, its fields in order and spelling, and who asked for it', async () => {
  let seen: IncomingMessage | undefined
  await using origin = await startOrigin((incoming, response) => {
    seen = incoming
    response.end('done')
  })
  await using gateway = await inFrontOf(origin.url)
  const answer = await request(gateway.port, {
    path: '/a%2fb//c/../d?x=1;y',
    headers: [
      'Host',
      'app.localhost:8080',
      'X-ONE',
      '1',
      'x-two',
      '2',
      'X-ONE',
      '3',
      'X-Forwarded-For',
      '6.6.6.6',
      'Connection',
      'close, X-Two',
    ],
  })
  expect(answer.text).toBe('done')
  expect(seen?.url).toBe('/a%2Fb/d?x=1&y')
  expect(seen?.rawHeaders.filter((_, index, all) => all[index - (index % 2)]?.toLowerCase().startsWith('x-one'))).toEqual([
    'X-ONE',
    '1',
    'X-ONE',
    '3',
  ])
  expect(seen?.headers).toMatchObject({
    host: 'app.localhost:8080',
    'x-forwarded-for': '127.0.0.1',
    'x-real-ip': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': '8080',
    'x-forwarded-host': 'app.localhost:8080',
  })
  expect(seen?.headers['x-forwarded-server']).toBeTruthy()
  expect(seen?.headers['x-two']).toBeUndefined()
})

test('a large upload and a large download pass through unchanged, whatever the framing', async () => {
  await using origin = await startOrigin((incoming, response) => incoming.pipe(response))
  await using gateway = await inFrontOf(origin.url)
  const body = Buffer.alloc(3_000_000, 'abcdefghijklmnopqrstuvwxyz0123456789')
  const counted = await request(gateway.port, { method: 'POST', headers: { 'content-length': body.length }, body })
  expect(counted.body.equals(body)).toBe(true)
  const chunked = await request(gateway.port, { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body })
  expect(chunked.body.equals(body)).toBe(true)
})

test('a client that reads slowly gets every octet of a large response', async () => {
  const body = Buffer.alloc(8_000_000, 'the quick brown fox jumps over the lazy dog ')
  await using origin = await startOrigin((_incoming, response) => response.end(body))
  await using gateway = await inFrontOf(origin.url)
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const chunks: Buffer[] = []
  for await (const chunk of socket) {
    chunks.push(chunk)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const received = Buffer.concat(chunks)
  expect(received.subarray(received.indexOf('\r\n\r\n') + 4).equals(body)).toBe(true)
})

test('HEAD, 204 and 304 carry no content, and the connection goes on', async () => {
  await using origin = await startOrigin((incoming, response) => {
    if (incoming.url === '/204') response.writeHead(204).end()
    else if (incoming.url === '/304') response.writeHead(304).end()
    else response.writeHead(200, { 'content-length': 5 }).end('hello')
  })
  await using gateway = await inFrontOf(origin.url)
  const bytes = ['HEAD /', 'GET /204', 'GET /304', 'GET /'].map((line) => `${line} HTTP/1.1\r\nHost: a\r\n\r\n`).join('')
  const text = (await rawExchange(gateway.port, bytes, { until: (received) => received.includes('hello') })).toString()
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 204', 'HTTP/1.1 304', 'HTTP/1.1 200'])
  expect(text.match(/hello/g)).toHaveLength(1)
})

test('pipelined requests are answered in order', async () => {
  await using origin = await startOrigin((incoming, response) => response.end(`[${incoming.url}]`))
  await using gateway = await inFrontOf(origin.url)
  const bytes = Array.from({ length: 30 }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`).join('')
  const text = (await rawExchange(gateway.port, bytes, { until: (received) => received.includes('[/29]') })).toString()
  expect(text.match(/\[\/\d+\]/g)).toEqual(Array.from({ length: 30 }, (_, index) => `[/${index}]`))
})

test('an HTTP/1.0 client gets content that ends with the connection', async () => {
  await using origin = await startOrigin((_incoming, response) => {
    response.write('streamed ')
    response.end('content')
  })
  await using gateway = await inFrontOf(origin.url)
  const text = (await rawExchange(gateway.port, 'GET / HTTP/1.0\r\n\r\n')).toString()
  expect(text).toMatch(/\r\n\r\nstreamed content$/)
  expect(text.toLowerCase()).not.toContain('transfer-encoding')
})

/** Sends a head that expects 100, the content once it is told to go on, and returns what was heard. */
async function expecting(port: number): Promise<{ text: string; sentBody: boolean }> {
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('latin1')
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n')
  let text = ''
  let sentBody = false
  for await (const chunk of socket) {
    text += chunk
    if (text === 'HTTP/1.1 100 Continue\r\n\r\n') {
      sentBody = true
      socket.write('body')
    }
    if (/\r\n\r\n(?:4\r\n)?(?:body|no)/.test(text)) break
  }
  return { text, sentBody }
}

test('a client that waits for 100 is told to go on when the server says so', async () => {
  await using origin = await startOrigin((incoming, response) => incoming.pipe(response))
  await using gateway = await inFrontOf(origin.url)
  const { text, sentBody } = await expecting(gateway.port)
  expect(sentBody).toBe(true)
  expect(text).toContain('HTTP/1.1 200 OK')
})

test('a client that waits for 100 keeps its content where the server refuses', async () => {
  await using origin = await startOrigin(() => {})
  origin.server.on('checkContinue', (_incoming, response) => response.writeHead(413, { 'content-length': 2 }).end('no'))
  await using gateway = await inFrontOf(origin.url)
  const { text, sentBody } = await expecting(gateway.port)
  expect(sentBody).toBe(false)
  expect(text).toMatch(/^HTTP\/1\.1 413 /)
})

test('a client that waits for 100 is told to go on where the server says nothing', async () => {
  await using origin = await startOrigin(() => {})
  origin.server.on('checkContinue', (incoming, response) => incoming.pipe(response))
  await using gateway = await inFrontOf(origin.url)
  expect((await expecting(gateway.port)).text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
})

test('an upgrade becomes a tunnel in both directions, with half-close', async () => {
  await using origin = await startOrigin((_incoming, response) => response.end())
  origin.server.on('upgrade', (incoming, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Key: ')
    socket.write(`${incoming.headers['x-key']}\r\n\r\nwelcome `)
    socket.pipe(socket)
  })
  await using gateway = await inFrontOf(origin.url)
  const bytes = 'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Key: 7\r\n\r\n'
  const sent = `early ${'x'.repeat(100_000)} bye`
  const text = (await rawExchange(gateway.port, bytes + sent, { end: true })).toString()
  expect(text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
  expect(text).toContain('X-Key: 7')
  expect(text.slice(text.indexOf('\r\n\r\n') + 4) === `welcome ${sent}`).toBe(true)
})

test('servers take turns by weighted round robin', async () => {
  await using one = await startOrigin((_incoming, response) => response.end('1'))
  await using two = await startOrigin((_incoming, response) => response.end('2'))
  await using gateway = await startGateway({
    dynamic: balanced([]).replace('servers: []', `servers: [{ url: "${one.url}", weight: 3 }, { url: "${two.url}" }]`),
  })
  const seen = []
  for (let turn = 0; turn < 16; turn++) seen.push((await request(gateway.port)).text)
  expect(seen.filter((name) => name === '1')).toHaveLength(12)
  expect(seen.filter((name) => name === '2')).toHaveLength(4)
})

test('no router, no server, a refused connection and a server that breaks off have their own answers', async () => {
  const refused = await freePort()
  const rude = createTcpServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n')))
  await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve))
  const rudePort = (rude.address() as AddressInfo).port
  await using gateway = await startGateway({
    dynamic: `
http:
  routers:
    none: { rule: "Path(\`/none\`)", service: none }
    refused: { rule: "Path(\`/refused\`)", service: refused }
    rude: { rule: "Path(\`/rude\`)", service: rude }
    silent: { rule: "Path(\`/silent\`)", service: silent }
  services:
    none: { loadBalancer: { servers: [] } }
    refused: { loadBalancer: { servers: [{ url: "http://127.0.0.1:${refused}" }] } }
    rude: { loadBalancer: { servers: [{ url: "http://127.0.0.1:${rudePort}" }] } }
    silent: { loadBalancer: { serversTransport: hasty, servers: [{ url: "http://127.0.0.1:${rudePort}" }] } }
  serversTransports:
    hasty: { forwardingTimeouts: { responseHeaderTimeout: 100ms } }
`,
  })
  const missing = await request(gateway.port, { path: '/nowhere' })
  expect([missing.status, missing.text, missing.headers['content-type'], missing.headers['x-content-type-options']]).toEqual([
    404,
    '404 page not found\n',
    'text/plain; charset=utf-8',
    'nosniff',
  ])
  const none = await request(gateway.port, { path: '/none' })
  expect([none.status, none.text]).toEqual([503, 'no available server\n'])
  for (const path of ['/refused', '/rude']) {
    const answer = await request(gateway.port, { path })
    expect([answer.status, answer.text, answer.headers['content-type']], path).toEqual([502, 'Bad Gateway', undefined])
  }
  rude.removeAllListeners('connection')
  const silent = await request(gateway.port, { path: '/silent' })
  expect([silent.status, silent.text]).toEqual([504, 'Gateway Timeout'])
  rude.close()
})

test('a response that breaks off never looks complete', async () => {
  await using origin = await startOrigin((incoming, response) => {
    if (incoming.url === '/counted') response.writeHead(200, { 'content-length': 100 })
    response.write('part of it')
    response.socket?.destroySoon()
  })
  await using gateway = await inFrontOf(origin.url)
  for (const path of ['/counted', '/chunked']) {
    await expect(request(gateway.port, { path }), path).rejects.toThrow()
  }
})

test('a request that is not valid is refused and the connection closed', async () => {
  await using gateway = await startGateway({ dynamic: balanced([]) })
  const text = (
    await rawExchange(gateway.port, 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
  ).toString()
  expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  expect(text).toContain('Connection: close')
})

test('a client that leaves takes its request to the server with it', async () => {
  const left = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  await using origin = await startOrigin((incoming) => {
    incoming.on('close', () => left.resolve())
    arrived.resolve()
  })
  await using gateway = await inFrontOf(origin.url)
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await arrived.promise
  socket.resetAndDestroy()
  await left.promise
})

test('a server that restarts between two requests costs no request', async () => {
  let origin = await startOrigin((_incoming, response) => response.end('first'))
  await using gateway = await inFrontOf(origin.url)
  expect((await request(gateway.port)).text).toBe('first')
  const { port } = new URL(origin.url)
  await origin[Symbol.asyncDispose]()
  origin = await startOrigin(() => {})
  await origin[Symbol.asyncDispose]()
  const server = createServer((_incoming, response) => response.end('second'))
  await new Promise<void>((resolve) => server.listen(Number(port), '127.0.0.1', resolve))
  expect((await request(gateway.port)).text).toBe('second')
  server.closeAllConnections()
  server.close()
})
