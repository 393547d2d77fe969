import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { rawExchange, request } from '../harness/http-client.ts'
import { freePort } from '../harness/ports.ts'
import { addressBlock, extension, headerOf } from '../harness/proxy-header.ts'
import { responsesIn } from '../harness/response-count.ts'

const DYNAMIC = `
http:
  routers:
    all: { rule: "PathPrefix(\`/\`)", service: "whoami@internal" }
    announced: { rule: "Path(\`/who\`) && ClientIP(\`203.0.113.0/24\`)", middlewares: [marked], service: "whoami@internal" }
  middlewares:
    marked: { addPrefix: { prefix: /announced } }
`

const FOUR = { address: '203.0.113.9', port: 4711, localAddress: '192.0.2.1', localPort: 443 }
const SIX = { address: '2001:db8::9', port: 4712, localAddress: '2001:db8::1', localPort: 443 }
const LINE = 'PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n'
const GET = 'GET /who HTTP/1.1\r\nHost: app\r\n\r\n'
const VERSION_2 = headerOf({ transport: 0x11, addresses: addressBlock(FOUR), extensions: extension(0x02, Buffer.from('app')) })

/** Who the gateway says has asked, with the port where it is that of the header. */
function peersIn(answer: Buffer): string[] {
  return [...answer.toString().matchAll(/^RemoteAddr: (.*):(\d+)$/gm)].map(([, address, port]) =>
    address === '127.0.0.1' ? '127.0.0.1' : `${address}:${port}`,
  )
}

interface Ports extends AsyncDisposable {
  readonly trusting: number
  readonly wary: number
  readonly careless: number
  readonly plain: number
  readonly gateway: RunningGateway
}

/** One gateway with entry points that believe the tests, others, everyone, and that know nothing of the PROXY protocol. */
async function startPorts(workers = 1): Promise<Ports> {
  const [wary, careless, plain] = [await freePort(), await freePort(), await freePort()]
  const gateway = await startGateway({
    dynamic: DYNAMIC,
    web: '    proxyProtocol: { trustedIPs: [10.0.0.0/8, 127.0.0.1] }',
    workers,
    args: [
      `--entryPoints.wary.address=127.0.0.1:${wary}`,
      '--entryPoints.wary.proxyProtocol.trustedIPs=10.0.0.0/8,203.0.113.9',
      `--entryPoints.careless.address=127.0.0.1:${careless}`,
      '--entryPoints.careless.proxyProtocol.insecure',
      `--entryPoints.plain.address=127.0.0.1:${plain}`,
    ],
  })
  return { trusting: gateway.port, wary, careless, plain, gateway, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() }
}

for (const workers of [1, 4]) {
  test(`the addresses of a trusted peer's header are those of the client, of others they are not (${workers} workers)`, async () => {
    await using ports = await startPorts(workers)
    const cases = [
      { port: ports.trusting, sent: LINE, peer: '203.0.113.9:4711' },
      { port: ports.trusting, sent: 'PROXY TCP6 2001:0db8::9 2001:db8::1 4712 443\r\n', peer: '2001:db8::9:4712' },
      { port: ports.trusting, sent: VERSION_2, peer: '203.0.113.9:4711' },
      { port: ports.trusting, sent: headerOf({ transport: 0x21, addresses: addressBlock(SIX) }), peer: '2001:db8::9:4712' },
      { port: ports.trusting, sent: headerOf({ command: 0x20, transport: 0x11, addresses: addressBlock(FOUR) }), peer: '127.0.0.1' },
      { port: ports.trusting, sent: 'PROXY UNKNOWN\r\n', peer: '127.0.0.1' },
      { port: ports.trusting, sent: '', peer: '127.0.0.1' },
      { port: ports.careless, sent: LINE, peer: '203.0.113.9:4711' },
      { port: ports.wary, sent: LINE, peer: '127.0.0.1' },
      { port: ports.wary, sent: VERSION_2, peer: '127.0.0.1' },
      { port: ports.wary, sent: '', peer: '127.0.0.1' },
    ]
    for (const { port, sent, peer } of cases) {
      const answer = await rawExchange(port, Buffer.concat([Buffer.from(sent), Buffer.from(GET)]), { until: 1 })
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /)
      expect(peersIn(answer)).toEqual([peer])
    }
  })
}

test('rules, forwarding fields and every request of the connection follow the announced address', async () => {
  await using ports = await startPorts()
  const answer = await rawExchange(ports.trusting, LINE + GET + GET, { until: 2 })
  expect(peersIn(answer)).toEqual(['203.0.113.9:4711', '203.0.113.9:4711'])
  expect(answer.toString().match(/^GET \/announced\/who /gm)).toHaveLength(2)
  expect(answer.toString().match(/^X-Real-Ip: 203\.0\.113\.9$/gm)).toHaveLength(2)
})

test('a malformed header closes the connection without a word', async () => {
  await using ports = await startPorts()
  const malformed = [
    'PROXY TCP4 203.0.113.9 192.0.2.1 4711\r\n',
    'PROXY TCP4 203.0.113.999 192.0.2.1 4711 443\r\n',
    `PROXY UNKNOWN ${'x'.repeat(100)}`,
    headerOf({ transport: 0x11, addresses: addressBlock(FOUR), length: 11 }),
    headerOf({ transport: 0x11, addresses: addressBlock(FOUR), extensions: extension(0x02, Buffer.alloc(4), 5) }),
    headerOf({ command: 0x2f, transport: 0x11, addresses: addressBlock(FOUR) }),
  ]
  for (const port of [ports.trusting, ports.wary]) {
    for (const sent of malformed) {
      const answer = await rawExchange(port, Buffer.concat([Buffer.from(sent), Buffer.from(GET)]))
      expect(answer.toString()).toBe('')
    }
  }
})

test('only the first octets of a connection can be a header, and only where the entry point asks for it', async () => {
  await using ports = await startPorts()
  const twice = await rawExchange(ports.trusting, LINE + LINE + GET)
  expect(twice.toString()).toMatch(/^HTTP\/1\.1 400 /)
  const later = await rawExchange(ports.trusting, LINE + GET + LINE + GET)
  expect(later.toString().match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400'])
  const plain = await rawExchange(ports.plain, LINE + GET)
  expect(plain.toString()).toMatch(/^HTTP\/1\.1 400 /)
})

test('a header may come in pieces, and what only begins like one is a request', async () => {
  await using ports = await startPorts()
  const cases = [
    { pieces: ['P', 'ROXY TCP4 203.0.113.9 192', '.0.2.1 4711 443\r', '\n', GET], peer: '203.0.113.9:4711' },
    {
      pieces: [VERSION_2.subarray(0, 5), VERSION_2.subarray(5, 20), VERSION_2.subarray(20, 31), VERSION_2.subarray(31), GET],
      peer: '203.0.113.9:4711',
    },
    { pieces: ['PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\nGE', GET.slice(2)], peer: '203.0.113.9:4711' },
    { pieces: ['P', 'OST /who HTTP/1.1\r\nHost: app\r\nContent-Length: 1\r\n\r\nx'], peer: '127.0.0.1' },
    { pieces: ['\r\n', GET], peer: '127.0.0.1' },
  ]
  for (const { pieces, peer } of cases) {
    const socket = await open(ports.trusting)
    const answer = firstAnswer(socket)
    for (const piece of pieces) {
      socket.write(piece)
      // By its answer to another request, the worker has seen the piece.
      await request(ports.gateway.pingPort, { path: '/ping' })
    }
    expect(peersIn(await answer)).toEqual([peer])
    socket.destroy()
  }
})

test('a header that never ends is cut after five seconds even while octets come; one that has ended leaves all its time', async () => {
  await using ports = await startPorts()
  const [begun, dripping, complete] = [await open(ports.trusting), await open(ports.wary), await open(ports.trusting)]
  begun.write('PROXY TCP4 ')
  dripping.write(headerOf({ command: 0x20, transport: 0, length: 65_535 }))
  complete.write(LINE)
  const drip = setInterval(() => dripping.write('x'), 200)
  await Promise.all([begun, dripping].map(closeOf)).finally(() => clearInterval(drip))
  expect([begun.bytesRead, dripping.bytesRead]).toEqual([0, 0])
  const answer = firstAnswer(complete)
  complete.write(GET)
  expect(peersIn(await answer)).toEqual(['203.0.113.9:4711'])
  complete.destroy()
})

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  // A reset is a close.
  socket.on('error', () => {})
  return socket
}

/** However it comes: `once` would take the reset that an octet on its way draws for a failure. */
async function closeOf(socket: Socket): Promise<void> {
  await new Promise((closed) => socket.resume().on('close', closed))
}

async function firstAnswer(socket: Socket): Promise<Buffer> {
  let received = Buffer.alloc(0)
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    received = Buffer.concat([received, chunk as Buffer])
    if (responsesIn(received) > 0) break
  }
  return received
}
