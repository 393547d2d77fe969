import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { rawExchange, request } from './http-client.ts'
import { freePort } from './ports.ts'

async function listening(server: Server): Promise<AsyncDisposable & { port: number }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}

const http = (listener: RequestListener) => listening(createHttpServer(listener))
const tcp = (listener: (socket: Socket) => void) => listening(createServer(listener))

test('a request is answered with status, fields as received, body and trailers', async () => {
  await using server = await http((incoming, outgoing) => {
    outgoing.writeHead(201, ['X-Seen', `${incoming.method} ${incoming.url}`, 'x-seen', 'twice', 'Trailer', 'X-End'])
    outgoing.addTrailers({ 'X-End': 'done' })
    incoming.pipe(outgoing)
  })
  const response = await request(server.port, { method: 'POST', path: '/a//b?c', body: 'körper' })
  expect(response.status).toBe(201)
  expect(response.headers['x-seen']).toBe('POST /a//b?c, twice')
  expect(response.rawHeaders.slice(0, 4)).toEqual(['X-Seen', 'POST /a//b?c', 'x-seen', 'twice'])
  expect(response.rawTrailers).toEqual(['X-End', 'done'])
  expect(response.body).toEqual(Buffer.from('körper'))
  expect(response.text).toBe('körper')
})

test('a flat list of header fields is sent in order and spelling, to a URL with its path', async () => {
  await using server = await http((incoming, outgoing) => outgoing.end(`${incoming.url} ${incoming.rawHeaders.slice(0, 6).join('|')}`))
  const response = await request(`http://127.0.0.1:${server.port}/x?y`, { headers: ['hOST', 'a.example', 'X-A', '1', 'x-a', '2'] })
  expect(response.text).toBe('/x?y hOST|a.example|X-A|1|x-a|2')
})

test('a request fails when nobody listens, and when the response does not end in time', async () => {
  await expect(request(await freePort())).rejects.toThrow('ECONNREFUSED')
  await using server = await http((_, outgoing) => outgoing.write('a'))
  await expect(request(server.port, { withinMs: 100 })).rejects.toThrow()
})

test('a raw exchange returns everything until the other side closes', async () => {
  await using server = await tcp((socket) => socket.once('data', (bytes) => socket.end(`got ${bytes}`)))
  expect((await rawExchange(server.port, 'bytes')).toString()).toBe('got bytes')
})

test('a raw exchange ends after as many responses as asked for, though the connection stays open', async () => {
  await using server = await http((incoming, outgoing) => outgoing.end(incoming.url))
  const requests = 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n'
  const received = await rawExchange(server.port, requests, { until: 2 })
  expect(received.toString()).toMatch(/\/1HTTP\/1\.1 200 OK\r\n.*\/2$/s)
})

test('a raw exchange ends when the function says so', async () => {
  await using server = await tcp((socket) => socket.write('enough'))
  expect((await rawExchange(server.port, '', { until: (received) => received.includes('gh') })).toString()).toBe('enough')
})

test('a raw exchange can end its side and still hears the answer', async () => {
  await using server = await listening(
    createServer({ allowHalfOpen: true }, (socket) => socket.resume().once('end', () => socket.end('after the end'))),
  )
  expect((await rawExchange(server.port, 'a', { end: true })).toString()).toBe('after the end')
})

test('a raw exchange takes a reset as the end and reports one that does not end', async () => {
  await using resetting = await tcp((socket) => socket.once('data', () => socket.resetAndDestroy()))
  expect((await rawExchange(resetting.port, 'a')).length).toBe(0)
  await using silent = await tcp((socket) => socket.write('only this'))
  await expect(rawExchange(silent.port, 'a', { withinMs: 100 })).rejects.toThrow('did not end within 100 ms, received:\nonly this')
})
