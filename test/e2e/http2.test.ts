import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type ClientHttp2Session, connect, constants } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { answerOf, send, startOrigin } from '../harness/http2-client.ts'
import { connectFrames, END_HEADERS, END_STREAM, FRAME, fieldBlock, fieldsOf, frame, framesIn, uint32 } from '../harness/http2-frames.ts'
import { needs } from '../harness/services.ts'

const dynamic = (url: string): string => `
http:
  routers:
    clear: { rule: "PathPrefix(\`/\`)", service: app }
    secure: { rule: "PathPrefix(\`/\`)", service: app, tls: {} }
  services: { app: { loadBalancer: { servers: [{ url: "${url}" }] } } }
`

async function open(url: string): Promise<ClientHttp2Session> {
  const session = connect(url, { rejectUnauthorized: false })
  await once(session, 'remoteSettings')
  return session
}

for (const scheme of ['http', 'https']) {
  needs([], `many clients with many streams are served, ${scheme}`, async () => {
    await using origin = await startOrigin((request, response) => response.end(request.url))
    await using gateway = await startGateway({ workers: 2, dynamic: dynamic(origin.url) })
    const sessions = await Promise.all(Array.from({ length: 8 }, () => open(`${scheme}://127.0.0.1:${gateway.port}`)))
    const paths = Array.from({ length: 50 }, (_, index) => `/${index}`)
    const answers = await Promise.all(sessions.map((session) => Promise.all(paths.map((path) => send(session, { ':path': path })))))
    for (const list of answers) expect(list.map(({ text }) => text)).toEqual(paths)
    for (const session of sessions) session.destroy()
  })
}

needs([], 'a reload and a stop leave streams that are under way alone', async () => {
  const released = Promise.withResolvers<void>()
  await using origin = await startOrigin(async (_request, response) => {
    response.write('first')
    await released.promise
    response.end('last')
  })
  await using gateway = await startGateway({ dynamic: dynamic(origin.url) })
  const session = await open(`https://127.0.0.1:${gateway.port}`)
  const stream = session.request({})
  const answer = answerOf(stream)
  await once(stream, 'response')
  await gateway.rewrite(dynamic('http://127.0.0.1:1'))
  await gateway.process.printed(/configuration 2 is live/)
  expect((await send(session, {})).headers[':status']).toBe(502)
  const goaway = once(session, 'goaway')
  const stopped = gateway.stop()
  expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
  released.resolve()
  expect((await answer).text).toBe('firstlast')
  expect((await stopped).code).toBe(0)
  session.destroy()
})

needs([], 'a WebSocket runs through an HTTP/2 stream of a TLS connection', async () => {
  const server = createServer()
  server.on('upgrade', (incoming, socket) => {
    const accept = createHash('sha1')
      .update(`${incoming.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.write(`HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await using gateway = await startGateway({ dynamic: dynamic(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) })
  const session = await open(`https://127.0.0.1:${gateway.port}`)
  const headers = { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'https', ':path': '/', 'sec-websocket-version': '13' }
  const stream = session.request(headers, { endStream: false })
  stream.write('over and out')
  const [chunk] = await once(stream, 'data')
  expect(String(chunk)).toBe('over and out')
  stream.end()
  await once(stream.resume(), 'close')
  session.destroy()
  server.close()
})

needs([], 'attackers take no memory and nobody’s turn', async () => {
  await using origin = await startOrigin((_request, response) => response.end('ok'))
  await using gateway = await startGateway({ dynamic: dynamic(origin.url) })
  const session = await open(`http://127.0.0.1:${gateway.port}`)
  const streams = Array.from({ length: 2_000 }, (_, index) => index * 2 + 1)
  const attack = Buffer.concat(
    streams.flatMap((stream) => [
      frame(FRAME.headers, END_HEADERS | END_STREAM, stream, fieldBlock(fieldsOf('/'))),
      frame(FRAME.reset, 0, stream, uint32(constants.NGHTTP2_CANCEL)),
    ]),
  )
  for (let round = 0; round < 20; round++) {
    await using attacker = await connectFrames(gateway.port)
    attacker.send(attack)
    const [{ text }] = await Promise.all([
      send(session, {}),
      attacker.until(
        () => attacker.end !== 'open' || framesIn(attacker.received).some(({ type }) => type === FRAME.goaway),
        'the end of the attack',
      ),
    ])
    expect(text).toBe('ok')
  }
  session.destroy()
  expect(gateway.process.stdout + gateway.process.stderr).not.toMatch(/crashed/)
})
