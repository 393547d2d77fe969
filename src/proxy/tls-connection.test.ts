import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startDataPlane } from '../../test/harness/data-plane.ts'
import { startOrigin } from '../../test/harness/http2-client.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { connectTo, Peer, startRawOrigin } from '../../test/harness/peer.ts'
import { ask, handshake } from '../../test/harness/tls-client.ts'

const secured = (url: string): string => `
http:
  routers: { all: { rule: 'PathPrefix(\`/\`)', service: app, tls: {} } }
  services: { app: { loadBalancer: { servers: [{ url: '${url}' }] } } }
`

const NOWHERE = 'http://127.0.0.1:1'

/** The octets that a client of the library sends first. */
async function clientHello(): Promise<Buffer> {
  await using sink = await startRawOrigin()
  const failed = handshake(Number(new URL(sink.url).port), { servername: 'a.test' }).catch(() => {})
  await sink.until(([peer]) => (peer?.received.length ?? 0) > 200)
  const [peer] = sink.peers
  const hello = peer?.received ?? Buffer.alloc(0)
  peer?.socket.destroy()
  await failed
  return hello
}

const HELLO = await clientHello()

const slow: readonly { why: string; octets: Buffer }[] = [
  { why: 'a first octet and no more', octets: HELLO.subarray(0, 1) },
  { why: 'half a hello', octets: HELLO.subarray(0, 100) },
  { why: 'a hello and no answer to ours', octets: HELLO },
]

for (const { why, octets } of slow) {
  test(`${why} within ten seconds ends the connection`, async () => {
    const clock = new ManualClock()
    await using plane = await startDataPlane({ dynamic: secured(NOWHERE) }, clock)
    await using client = await connectTo(plane.port)
    client.send(octets)
    if (octets === HELLO) await client.until(({ received }) => received.length > 0)
    else await handshake(plane.port).then((other) => other.destroy())
    clock.advance(9_000)
    expect(client.end).toBe('open')
    clock.advance(1_001)
    await client.untilEnd()
  })
}

const broken: readonly { why: string; octets: Buffer; alert?: number }[] = [
  {
    why: 'a hello of nonsense',
    octets: Buffer.concat([Buffer.from([0x16, 3, 1, 0, 50, 1, 0, 0, 46]), Buffer.alloc(46, 0xff)]),
    alert: 112,
  },
  { why: 'a name that is none', octets: Buffer.from(HELLO.toString('latin1').replace('a.test', 'a..est'), 'latin1'), alert: 112 },
  { why: 'nonsense behind the hello', octets: Buffer.concat([HELLO, Buffer.alloc(500, 0x41)]) },
  {
    why: 'a hello without end',
    octets: Buffer.concat(Array(40).fill(Buffer.concat([Buffer.from([0x16, 3, 1, 4, 0, 1, 0, 0x40, 0]), Buffer.alloc(1020)]))),
  },
]

for (const { why, octets, alert } of broken) {
  test(`${why} ends that connection and no other`, async () => {
    await using origin = await startOrigin((_request, response) => response.end('ok'))
    await using plane = await startDataPlane({ dynamic: secured(origin.url) })
    await using client = await connectTo(plane.port)
    client.send(octets)
    await client.untilEnd()
    if (alert !== undefined) expect([...client.received]).toEqual([0x15, 3, 1, 0, 2, 2, alert])
    expect((await ask(plane.port, { servername: 'a.test' })).text).toBe('ok')
  })
}

test('a client that is gone in the middle of the handshake leaves nothing behind', async () => {
  const clock = new ManualClock()
  await using plane = await startDataPlane({ dynamic: secured(NOWHERE) }, clock)
  for (const length of [1, 50, HELLO.length]) {
    const client = await connectTo(plane.port)
    client.send(HELLO.subarray(0, length))
    if (length === HELLO.length) await client.until(({ received }) => received.length > 0)
    client.reset()
  }
  await clock.untilNothingIsWatched()
})

test('a client that offers only protocols that nobody speaks is refused in the handshake', async () => {
  await using plane = await startDataPlane({ dynamic: secured(NOWHERE) })
  await expect(handshake(plane.port, { ALPNProtocols: ['spdy/3', 'acme-tls/1'] })).rejects.toThrow(/no application protocol/)
})

test('a client without protocols gets HTTP/1.1', async () => {
  await using origin = await startOrigin((_request, response) => response.end('ok'))
  await using plane = await startDataPlane({ dynamic: secured(origin.url) })
  expect(await ask(plane.port, { ALPNProtocols: [] })).toMatchObject({ alpn: 'false', text: 'ok' })
})

const suites = [
  {
    why: 'knows them all gets AES-128, whatever it names first',
    ciphers: 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256',
    chosen: 'TLS_AES_128_GCM_SHA256',
  },
  {
    why: 'would rather have ChaCha20 gets it',
    ciphers: 'TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256',
    chosen: 'TLS_CHACHA20_POLY1305_SHA256',
  },
  { why: 'knows AES-256 only gets that', ciphers: 'TLS_AES_256_GCM_SHA384', chosen: 'TLS_AES_256_GCM_SHA384' },
]
for (const { why, ciphers, chosen } of suites) {
  test(`a client that ${why}`, async () => {
    await using plane = await startDataPlane({ dynamic: secured(NOWHERE) })
    const socket = await handshake(plane.port, { ciphers })
    expect(socket.getCipher().name).toBe(chosen)
    socket.destroy()
  })
}

test('a hello in single octets is a hello', async () => {
  await using origin = await startOrigin((_request, response) => response.end('ok'))
  await using plane = await startDataPlane({ dynamic: secured(origin.url) })
  const raw = connect({ port: plane.port, host: '127.0.0.1', noDelay: true })
  await once(raw, 'connect')
  const write = raw.write.bind(raw)
  let isFirst = true
  raw.write = ((chunk: Buffer, ...rest: never[]) => {
    if (!isFirst) return write(chunk, ...rest)
    isFirst = false
    for (const octet of chunk.subarray(0, -1)) write(Buffer.from([octet]))
    return write(chunk.subarray(-1), ...rest)
  }) as never
  // A stream that is not the library's own socket is written to from JavaScript.
  const { Duplex } = await import('node:stream')
  const wrapped = Duplex.from({ readable: raw, writable: raw })
  expect(await ask(plane.port, { socket: wrapped as never })).toMatchObject({ text: 'ok' })
})

test('requests on one connection are answered in order, with much content both ways', async () => {
  const size = 2_000_000
  await using origin = await startOrigin((request, response) => {
    response.writeHead(200, { 'Content-Length': request.headers['content-length'] ?? '0' })
    request.pipe(response)
  })
  await using plane = await startDataPlane({ dynamic: secured(origin.url) })
  const socket = await handshake(plane.port)
  await using client = new Peer(socket)
  const content = 'abcdefghij'.repeat(size / 10)
  const lengths = [size, 5, size]
  for (const length of lengths)
    client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${length}\r\n\r\n${content.slice(0, length)}`)
  const answers = (): string[] => client.text.split(/HTTP\/1\.1 200 [\s\S]*?\r\n\r\n/).slice(1)
  const total = 2 * size + 5
  await client.until(({ received }) => received.length > total && answers().join('').length === total)
  expect(answers().map((answer) => answer.length)).toEqual(lengths)
})

test('a tunnel runs through TLS, with the end of either side', async () => {
  await using origin = await startRawOrigin((peer) => {
    if (peer.text.endsWith('\r\n\r\n')) peer.send('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nhello')
    else if (peer.text.endsWith('ping')) peer.send('pong')
    if (peer.end !== 'open') peer.finish()
  })
  await using plane = await startDataPlane({ dynamic: secured(origin.url) })
  await using client = new Peer(await handshake(plane.port))
  client.send('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n')
  await client.until(({ text }) => text.endsWith('hello'))
  client.send('ping')
  await client.until(({ text }) => text.endsWith('hellopong'))
  client.finish()
  await client.untilEnd()
})

test('a response that is cut short is no clean end of the connection', async () => {
  await using origin = await startRawOrigin((peer) => {
    if (!peer.text.endsWith('\r\n\r\n')) return
    peer.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
    peer.finish()
  })
  await using plane = await startDataPlane({ dynamic: secured(origin.url) })
  await using client = new Peer(await handshake(plane.port))
  client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
  await client.untilEnd()
  expect(client.end).toBe('reset')
})

test('a gateway that stops ends idle connections and lets a response finish', async () => {
  const released = Promise.withResolvers<void>()
  await using origin = await startOrigin(async (_request, response) => {
    response.write('first')
    await released.promise
    response.end('last')
  })
  await using plane = await startDataPlane({
    dynamic: secured(origin.url),
    entryPoint: { transport: { lifeCycle: { graceTimeOut: '5s' } } },
  })
  await using idle = new Peer(await handshake(plane.port))
  await using busy = new Peer(await handshake(plane.port))
  busy.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
  await busy.until(({ text }) => text.includes('first'))
  const drained = plane.drain()
  await idle.untilEnd()
  released.resolve()
  await busy.until(({ text }) => text.includes('last'))
  busy.finish()
  idle.finish()
  expect(await drained).toBe(0)
})
