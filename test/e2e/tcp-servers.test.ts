import { expect, test } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { rawExchange } from '../harness/http-client.ts'
import { connectTo } from '../harness/peer.ts'
import { freePort } from '../harness/ports.ts'
import { echo, startStreamOrigin } from '../harness/stream-origin.ts'
import { ALL, bannerOf, endOf, serversAt, tcp } from '../harness/tcp-configuration.ts'

test('a server that ends first is not the end for what its client still sends', async () => {
  let received = ''
  await using origin = await startStreamOrigin((socket) => {
    socket.end('bye')
    socket.on('data', (chunk) => {
      received += String(chunk)
    })
  })
  const patient = '  serversTransports: { patient: { terminationDelay: 30s } }'
  await using gateway = await startGateway({
    dynamic: tcp(`${ALL}, service: app`, `${serversAt(origin.address)}, serversTransport: patient`, patient),
  })
  await using client = await connectTo(gateway.port)
  await client.until(({ text, end }) => text === 'bye' && end === 'fin')
  client.send('last words')
  client.finish()
  await expect.poll(() => received, { timeout: 5_000 }).toBe('last words')
})

test('a server that reads nothing holds its client up, not the gateway', async () => {
  await using origin = await startStreamOrigin((socket) => void socket.pause())
  await using gateway = await startGateway({
    dynamic: tcp(`${ALL}, service: app`, serversAt(origin.address)),
    web: '    transport: { lifeCycle: { graceTimeOut: 100ms } }',
  })
  await using client = await connectTo(gateway.port)
  const chunk = Buffer.alloc(1024 * 1024)
  for (let index = 0; index < 64; index++) client.send(chunk)
  let before = -1
  const grows = (): boolean => {
    const last = before
    before = client.socket.bytesWritten - client.socket.writableLength
    return before > last
  }
  // What the kernel takes grows for a while, and then no more.
  await expect.poll(grows, { timeout: 10_000, interval: 300 }).toBe(false)
  expect(client.socket.writableLength).toBeGreaterThan(16 * 1024 * 1024)
})

test('connections that no server takes are not counted as open', async () => {
  await using origin = await startStreamOrigin(echo('here'))
  const few = '  middlewares: { few: { inFlightConn: { amount: 1 } } }'
  const to = (address: string): string => tcp(`${ALL}, service: app, middlewares: [few]`, serversAt(address), few)
  await using gateway = await startGateway({ dynamic: to(`127.0.0.1:${await freePort()}`), workers: 4 })
  // One that comes before the last is counted as over is closed for being too many.
  for (let index = 0; index < 3; index++) await endOf(gateway.port)
  await gateway.rewrite(to(origin.address))
  await gateway.process.printed(/configuration 2 is live/)
  await expect.poll(() => bannerOf(gateway.port), { timeout: 5_000 }).toBe('here:')
})

test('a health check may go to another port, come back sooner to what is down, and speak the PROXY protocol', async () => {
  let answer = 'busy'
  const heard: string[] = []
  await using app = await startStreamOrigin((socket) => {
    let said = ''
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1')
      // A header may come alone.
      if (!/(?:x|ping)$/.test(said)) return
      heard.push(said.replace(/\d+ \d+\r\n/, ''))
      socket.end('app:')
    })
  })
  await using watcher = await startStreamOrigin((socket) => void socket.on('data', () => socket.end(answer)))
  const service = (check: string): string =>
    `${serversAt(app.address)}, proxyProtocol: { version: 1 }, healthCheck: { interval: 100ms, send: ping, ${check} }`
  await using gateway = await startGateway({
    dynamic: tcp(`${ALL}, service: app`, service(`port: ${watcher.port}, expect: fine, unhealthyInterval: 50ms, timeout: 2s`)),
    workers: 4,
  })
  await gateway.process.printed(/a server is down/)
  expect((await rawExchange(gateway.port, 'x', { end: true })).toString()).toBe('')
  answer = 'fine'
  await gateway.process.printed(/a server is up again/)
  expect((await rawExchange(gateway.port, 'x', { until: ({ length }) => length > 0 })).toString()).toBe('app:')
  await expect.poll(() => heard.join(''), { timeout: 5_000 }).toBe('PROXY TCP4 127.0.0.1 127.0.0.1 x')
  heard.length = 0
  await gateway.rewrite(tcp(`${ALL}, service: app`, service('expect: "app:"')))
  await expect.poll(() => heard.join(''), { timeout: 5_000 }).toContain('PROXY UNKNOWN\r\nping')
})
