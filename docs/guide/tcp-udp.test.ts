import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Authority } from '../../test/harness/authority.ts'
import { makeCertificate } from '../../test/harness/certificate.ts'
import { type RunningGateway, startGateway } from '../../test/harness/gateway.ts'
import { rawExchange, request } from '../../test/harness/http-client.ts'
import { connectTo } from '../../test/harness/peer.ts'
import { freePort } from '../../test/harness/ports.ts'
import { needs } from '../../test/harness/services.ts'
import { echo, type Serve, startStreamOrigin } from '../../test/harness/stream-origin.ts'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { handshake } from '../../test/harness/tls-client.ts'

const guide = readFileSync(new URL('tcp-udp.md', import.meta.url), 'utf8')
const blocks = new Map([...guide.matchAll(/<!-- ([a-z ]+) -->\n```yaml\n(.*?)```/gs)].map(([, name = '', yaml = '']) => [name, yaml]))
const tried = new Set<string>()

/** A configuration of the guide with what stands there for a place of the reader replaced by one of the test. */
function shown(name: string, places: Readonly<Record<string, string>> = {}): string {
  tried.add(name)
  let yaml = blocks.get(name) ?? ''
  for (const [place, own] of Object.entries(places)) {
    expect(yaml, name).toContain(place)
    yaml = yaml.replaceAll(place, own)
  }
  expect(yaml, name).not.toMatch(/\b10\.0\.0\.1\d:/)
  return yaml
}

interface Started {
  readonly gateway: RunningGateway
  /** The ports of the entry points of the guide. */
  readonly db: number
  readonly dns: number
}

/** A gateway with the entry points of the guide. */
async function start(dynamic: string): Promise<Started> {
  const [db, dns] = [await freePort(), await freePort()]
  const entryPoints = shown('entry points', { ':5432': `127.0.0.1:${db}`, ':53/udp': `127.0.0.1:${dns}/udp` })
  const grace = 'transport: { lifeCycle: { graceTimeOut: 100ms } }\n'
  const web = entryPoints.replace('entryPoints:\n', '').replace('    udp:\n', `    ${grace}    udp:\n`)
  return { gateway: await startGateway({ dynamic, web }), db, dns }
}

/** What a server that says its name says first. */
async function bannerOf(port: number): Promise<string> {
  const answer = await rawExchange(port, '', { until: (received) => received.includes(':') })
  return answer.toString().replace(/:.*/s, '')
}

/** The same through TLS. */
async function bannerFor(port: number, servername: string): Promise<string> {
  const socket = await handshake(port, { servername, ALPNProtocols: [] })
  const [banner] = await once(socket, 'data', { signal: AbortSignal.timeout(5_000) })
  socket.destroy()
  return String(banner).replace(/:.*/s, '')
}

test('everything that comes to a port goes to one server, which may speak first', async () => {
  await using origin = await startStreamOrigin(echo('one'))
  const { gateway, db } = await start(shown('everything', { '10.0.0.11:5432': origin.address }))
  await using _gateway = gateway
  expect(await bannerOf(db)).toBe('one')
})

needs(['openssl'], 'names lead to servers, and PostgreSQL may ask first', async () => {
  await using folder = await temporaryFolder()
  const { certFile, keyFile } = makeCertificate(folder, 'b7.example.com')
  await using clear = await startStreamOrigin(echo('clear'))
  await using secure = await startStreamOrigin(echo('secure'), { cert: readFileSync(certFile), key: readFileSync(keyFile) })
  const { gateway, db } = await start(shown('names', { '10.0.0.11:5432': clear.address, '10.0.0.12:5432': secure.address }))
  await using _gateway = gateway
  expect(await bannerFor(db, 'a.example.com')).toBe('clear')
  expect(await bannerFor(db, 'b7.example.com')).toBe('secure')
  await using client = await connectTo(db)
  client.send(Buffer.from('0000000804d2162f', 'hex'))
  await client.until(({ text }) => text === 'S')
})

needs(['openssl'], 'HTTP and TCP share a port', async () => {
  await using origin = await startStreamOrigin(echo('office'))
  const { gateway, db } = await start(shown('together', { '10.0.0.11:5432': origin.address }))
  await using _gateway = gateway
  expect((await request(db)).status).toBe(200)
  expect(await bannerFor(db, 'db.example.com')).toBe('office')
})

test('servers get what their weights say, and nothing while they are not well', async () => {
  const named =
    (name: string): Serve =>
    (socket) => {
      socket.write(`${name}:`)
      socket.end('')
    }
  const cache =
    (answer: string): Serve =>
    (socket) =>
      void socket.on('data', (chunk) => socket.end(String(chunk) === 'PING\r\n' ? answer : 'what'))
  await using good = await startStreamOrigin(cache('+PONG'))
  await using bad = await startStreamOrigin(cache('-LOADING'))
  await using old = await startStreamOrigin(named('old'))
  const places = { '10.0.0.11:6379': good.address, '10.0.0.12:6379': bad.address, '10.0.0.13:6379': old.address }
  const { gateway, db } = await start(shown('several', { ...places, 'interval: 5s': 'interval: 100ms' }))
  await using _gateway = gateway
  await gateway.process.printed(/a server is down/)
  const answers: string[] = []
  for (let index = 0; index < 4; index++) {
    const answer = await rawExchange(db, 'PING\r\n', { until: ({ length }) => length >= 4 })
    answers.push(answer.toString())
  }
  expect(answers.sort()).toEqual(['+PONG', '+PONG', '+PONG', 'old:'])
})

needs(['openssl'], 'servers hear who the client is, and show who they are', async () => {
  await using folder = await temporaryFolder()
  const authority = new Authority(folder, 'authority')
  const { certFile, keyFile } = authority.issue('DNS:db.example.com')
  await using origin = await startStreamOrigin(echo('database'), { cert: readFileSync(certFile), key: readFileSync(keyFile) })
  const places = { '10.0.0.11:5432': origin.address, '/etc/gateway/authority.pem': authority.certFile }
  // A server of TLS in the test has no reader of headers in front of it.
  const { gateway, db } = await start(shown('transport', { ...places, '      proxyProtocol:\n        version: 2\n': '' }))
  await using _gateway = gateway
  expect(await bannerOf(db)).toBe('database')
  await using told = await startStreamOrigin(echo())
  await gateway.rewrite(shown('transport', { ...places, '10.0.0.11:5432': told.address, '            tls: true\n': '' }))
  await gateway.process.printed(/configuration 2 is live/)
  const answer = await rawExchange(db, 'x', { until: ({ length }) => length >= 29 })
  expect(answer.subarray(0, 14).toString('hex')).toBe('0d0a0d0a000d0a515549540a2111')
})

test('who is not admitted, or one too many, is closed', async () => {
  await using origin = await startStreamOrigin(echo('here'))
  const { gateway, db } = await start(shown('guards', { '10.0.0.11:5432': origin.address }))
  await using _gateway = gateway
  await using one = await connectTo(db)
  await using two = await connectTo(db)
  for (const client of [one, two]) await client.until(({ text }) => text === 'here:')
  await using three = await connectTo(db)
  await three.untilEnd()
  expect(three.received).toHaveLength(0)
})

test('datagrams of a client go to one server, those of the next one to another', async () => {
  await using servers = new AsyncDisposableStack()
  const open = async (answer?: string): Promise<UdpSocket> => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    servers.defer(() => void socket.close())
    if (answer !== undefined) socket.on('message', (_, { port, address }) => socket.send(answer, port, address))
    return socket
  }
  const placeOf = (socket: UdpSocket): string => `127.0.0.1:${socket.address().port}`
  const places = { '10.0.0.11:53': placeOf(await open('one')), '10.0.0.12:53': placeOf(await open('two')) }
  const { gateway, dns } = await start(shown('datagrams', places))
  await using _gateway = gateway
  const answers: string[] = []
  for (const client of [await open(), await open()]) {
    for (let index = 0; index < 2; index++) {
      const answer = once(client, 'message', { signal: AbortSignal.timeout(5_000) })
      client.send('which?', dns, '127.0.0.1')
      answers.push(String((await answer)[0]))
    }
  }
  expect([answers[0], answers[2]].sort()).toEqual(['one', 'two'])
  expect([answers[1], answers[3]]).toEqual([answers[0], answers[2]])
})

test('every configuration of the guide is tried', () => {
  expect([...tried].sort()).toEqual([...blocks.keys()].sort())
})
