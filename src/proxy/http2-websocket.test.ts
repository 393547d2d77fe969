import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { constants } from 'node:http2'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { answerOf, inFrontOf, send, startOrigin } from '../../test/harness/http2-client.ts'

const ok = (_request: unknown, response: ServerResponse): unknown => response.end('ok')

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Accepts every WebSocket, answers what it hears in upper case, and ends when the client does. */
const websockets = (
  server: Server,
  accept = (key: string) =>
    createHash('sha1')
      .update(key + GUID)
      .digest('base64'),
): void => {
  server.on('upgrade', (incoming, socket) => {
    const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(String(incoming.headers['sec-websocket-key']))}`
    socket.write(`HTTP/1.1 101 Switching\r\n${fields}\r\nSec-WebSocket-Protocol: chat\r\n\r\n`)
    socket.on('data', (chunk) => socket.write(String(chunk).toUpperCase()))
    socket.on('end', () => socket.end())
  })
}

const WEBSOCKET = { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'http', ':path': '/chat', 'sec-websocket-version': '13' }

test('a WebSocket runs through a stream, beside other streams', async () => {
  await using origin = await startOrigin(ok, websockets)
  await using client = await inFrontOf(origin)
  await once(client.session, 'remoteSettings')
  expect(client.session.remoteSettings.enableConnectProtocol).toBe(true)
  const stream = client.session.request({ ...WEBSOCKET, 'sec-websocket-protocol': 'chat' }, { endStream: false })
  const [headers] = await once(stream, 'response')
  expect([headers[':status'], headers['sec-websocket-protocol'], headers['sec-websocket-accept']]).toEqual([200, 'chat', undefined])
  for (const word of ['hello', 'again']) {
    stream.write(word)
    const [chunk] = await once(stream, 'data')
    expect(String(chunk)).toBe(word.toUpperCase())
  }
  expect((await send(client.session, {})).headers[':status']).toBe(200)
  stream.end()
  await once(stream, 'close')
  expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR)
})

test('a WebSocket that the server refuses is an ordinary answer', async () => {
  await using origin = await startOrigin((_request, response) => response.writeHead(403).end('no'))
  await using client = await inFrontOf(origin)
  await once(client.session, 'remoteSettings')
  const stream = client.session.request(WEBSOCKET, { endStream: false })
  expect(await answerOf(stream)).toMatchObject({ headers: { ':status': 403 }, text: 'no' })
})

test('a server that accepts another handshake than the one that was made is 502', async () => {
  await using origin = await startOrigin(ok, (server) => websockets(server, () => 'bm8='))
  await using client = await inFrontOf(origin)
  await once(client.session, 'remoteSettings')
  const stream = client.session.request(WEBSOCKET, { endStream: false })
  const [headers] = await once(stream, 'response')
  expect(headers[':status']).toBe(502)
})

test('a WebSocket whose server is cut off is reset', async () => {
  await using origin = await startOrigin(ok, (server) => {
    websockets(server)
    server.on('upgrade', (_incoming, socket) => socket.on('data', () => (socket as Socket).resetAndDestroy()))
  })
  await using client = await inFrontOf(origin)
  await once(client.session, 'remoteSettings')
  const stream = client.session.request(WEBSOCKET, { endStream: false })
  await once(stream, 'response')
  const closed = new Promise<void>((resolve) => stream.on('error', () => {}).on('close', resolve))
  stream.resume().write('x')
  await closed
  expect(stream.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR)
})
