import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { rawExchange, request } from '../harness/http-client.ts'
import { connectTo, type Peer } from '../harness/peer.ts'
import { freePort } from '../harness/ports.ts'
import { addressBlock, headerOf } from '../harness/proxy-header.ts'
import { echo, type StreamOrigin, startStreamOrigin } from '../harness/stream-origin.ts'
import { endOf } from '../harness/tcp-configuration.ts'

/** A router for everything that no TLS begins with, with more options, and its service. */
const allTo = (address: string, { router = '', service = '' } = {}): string => `
tcp:
  routers:
    all: { rule: "HostSNI(\`*\`)", entryPoints: [web], service: app${router} }
  services:
    app: { loadBalancer: { servers: [{ address: "${address}" }]${service} } }
`

const LARGE = Buffer.alloc(8 * 1024 * 1024, 'the quick brown fox ')

for (const workers of [1, 4]) {
  test(`octets come back as they were sent, and a half-closed side hears the rest (${workers} workers)`, async () => {
    await using origin = await startStreamOrigin(echo())
    const patient = '  serversTransports: { patient: { terminationDelay: -1s } }\n'
    const dynamic = allTo(origin.address, { service: ', serversTransport: patient' }) + patient
    await using gateway = await startGateway({ dynamic, workers })
    const answers = await Promise.all(Array.from({ length: 8 }, () => rawExchange(gateway.port, LARGE, { end: true, withinMs: 20_000 })))
    expect(answers.every((answer) => answer.equals(LARGE))).toBe(true)
    expect(origin.accepted).toBe(8)
  })
}

test('a server that speaks first is heard at once', async () => {
  await using origin = await startStreamOrigin((socket) => socket.write('220 ready\r\n'))
  await using gateway = await startGateway({ dynamic: allTo(origin.address) })
  await using client = await connectTo(gateway.port)
  await client.until(({ text }) => text === '220 ready\r\n')
})

test('a router for everything hides the routers of HTTP in clear text, one for other clients does not', async () => {
  await using origin = await startStreamOrigin(echo())
  const routers = (rule: string): string => `
http:
  routers: { page: { rule: "PathPrefix(\`/\`)", entryPoints: [web], service: whoami@internal } }
${allTo(origin.address).replace('HostSNI(`*`)', rule)}`
  await using gateway = await startGateway({ dynamic: routers('HostSNI(`*`)') })
  expect((await rawExchange(gateway.port, 'GET / HTTP/1.1\r\n\r\n', { end: true })).toString()).toBe('GET / HTTP/1.1\r\n\r\n')
  await gateway.rewrite(routers('ClientIP(`10.0.0.0/8`)'))
  await gateway.process.printed(/configuration 2 is live/)
  expect((await request(gateway.port)).status).toBe(200)
})

test('the highest priority wins; without one, the longer rule, and HostSNI(`*`) last', async () => {
  await using long = await named('long')
  await using wild = await named('wild')
  await using first = await named('first')
  const dynamic = (priority: string): string => `
tcp:
  routers:
    wild: { rule: "HostSNI(\`*\`)", entryPoints: [web], service: wild }
    long: { rule: "ClientIP(\`127.0.0.1\`)", entryPoints: [web], service: long }
    first: { rule: "ClientIP(\`::/0\`) || ClientIP(\`127.0.0.0/8\`)", entryPoints: [web], service: first${priority} }
  services:
    wild: { loadBalancer: { servers: [{ address: "${wild.address}" }] } }
    long: { loadBalancer: { servers: [{ address: "${long.address}" }] } }
    first: { loadBalancer: { servers: [{ address: "${first.address}" }] } }
`
  await using gateway = await startGateway({ dynamic: dynamic(', priority: 1') })
  expect(await bannerOf(gateway.port)).toBe('long')
  await gateway.rewrite(dynamic(', priority: 1000'))
  await gateway.process.printed(/configuration 2 is live/)
  expect(await bannerOf(gateway.port)).toBe('first')
})

test('connections are spread over servers and services in proportion, weight 0 gets none', async () => {
  await using one = await named('one')
  await using two = await named('two')
  await using three = await named('three')
  await using gateway = await startGateway({
    workers: 4,
    dynamic: `
tcp:
  routers:
    all: { rule: "HostSNI(\`*\`)", entryPoints: [web], service: both }
  services:
    both: { weighted: { services: [{ name: pair, weight: 2 }, { name: single }, { name: none, weight: 0 }] } }
    pair: { loadBalancer: { servers: [{ address: "${one.address}" }, { address: "${two.address}" }] } }
    single: { loadBalancer: { servers: [{ address: "${three.address}" }] } }
    none: { loadBalancer: { servers: [] } }
`,
  })
  const banners: string[] = []
  for (let index = 0; index < 12; index++) banners.push(await bannerOf(gateway.port))
  expect(banners.sort()).toEqual([...Array(4).fill('one'), ...Array(4).fill('three'), ...Array(4).fill('two')])
})

test('without a server that accepts, a connection is reset', async () => {
  await using gateway = await startGateway({ dynamic: allTo(`127.0.0.1:${await freePort()}`) })
  expect(await endOf(gateway.port)).toBe('reset')
  await gateway.process.printed(/refused the connection/)
})

test('resets pass in both directions', async () => {
  const { promise: serverEnd, resolve } = Promise.withResolvers<string>()
  await using origin = await startStreamOrigin((socket) => {
    socket.once('data', (chunk) => (String(chunk) === 'reset' ? socket.resetAndDestroy() : socket.write('go')))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
  await using gateway = await startGateway({ dynamic: allTo(origin.address) })
  await using first = await connectTo(gateway.port)
  first.send('reset')
  await first.untilEnd()
  expect(first.end).toBe('reset')
  await using second = await connectTo(gateway.port)
  second.send('hello')
  await second.until(({ text }) => text === 'go')
  second.reset()
  expect(await serverEnd).toBe('ECONNRESET')
})

test('a reader that stops holds its server up, not the gateway', async () => {
  let written = 0
  await using origin = await startStreamOrigin((socket) => {
    const chunk = Buffer.alloc(64 * 1024)
    const more = (): void => {
      while (socket.write(chunk)) written += chunk.length
    }
    socket.on('drain', more)
    more()
  })
  await using gateway = await startGateway({ dynamic: allTo(origin.address) })
  await using client = await connectTo(gateway.port)
  client.socket.pause()
  await settled(() => written)
  // What fits into the buffers of the kernel, twice, and little more.
  expect(written).toBeLessThan(48 * 1024 * 1024)
  const before = written
  client.socket.resume()
  await client.until(({ received }) => received.length > before)
})

test('a side that goes on after the other one has ended is cut when the termination delay is over', async () => {
  await using origin = await startStreamOrigin((socket) => {
    const timer = setInterval(() => socket.write('.'), 20)
    socket.on('close', () => clearInterval(timer))
  })
  const transport = (delay: string): string =>
    `${allTo(origin.address, { service: ', serversTransport: slow' })}  serversTransports: { slow: { terminationDelay: ${delay} } }\n`
  await using gateway = await startGateway({ dynamic: transport('300ms') })
  await using client = await connectTo(gateway.port)
  await client.until(({ text }) => text.length > 0)
  client.finish()
  await client.untilEnd()
  await gateway.rewrite(transport('-1s'))
  await gateway.process.printed(/configuration 2 is live/)
  await using patient = await connectTo(gateway.port)
  patient.finish()
  await patient.until(({ text }) => text.length > 50)
  expect(patient.end).toBe('open')
})

test('ipAllowList closes the connections of others, inFlightConn those that are too many, in all workers together', async () => {
  await using origin = await startStreamOrigin(echo('here'))
  const middlewares = `  middlewares:
    local: { ipAllowList: { sourceRange: [127.0.0.0/8] } }
    foreign: { ipAllowList: { sourceRange: [10.0.0.0/8] } }
    three: { inFlightConn: { amount: 3 } }
`
  const dynamic = (names: string): string => allTo(origin.address, { router: `, middlewares: [${names}]` }) + middlewares
  await using gateway = await startGateway({ dynamic: dynamic('foreign'), workers: 4 })
  expect((await rawExchange(gateway.port, 'x', { end: true })).toString()).toBe('')
  await gateway.rewrite(dynamic('local, three'))
  await gateway.process.printed(/configuration 2 is live/)
  const open: Peer[] = []
  for (let index = 0; index < 3; index++) {
    const client = await connectTo(gateway.port)
    await client.until(({ text }) => text === 'here:')
    open.push(client)
  }
  expect((await rawExchange(gateway.port, 'x', { end: true })).toString()).toBe('')
  open[0]?.finish()
  await open[0]?.untilEnd()
  // The client may see the end a moment before the gateway has counted it.
  const again = async (): Promise<string> => String(await rawExchange(gateway.port, 'x', { end: true }))
  await expect.poll(again, { timeout: 5_000 }).toBe('here:x')
  for (const client of open) await client[Symbol.asyncDispose]()
})

test('servers learn the address of the client by PROXY headers, also one that was announced', async () => {
  await using origin = await startStreamOrigin(echo())
  const withVersion = (version: string): string =>
    `${allTo(origin.address, { service: ', serversTransport: told' })}  serversTransports: { told: { proxyProtocol: ${version} } }\n`
  await using gateway = await startGateway({
    dynamic: withVersion('{ version: 1 }'),
    web: '    proxyProtocol: { trustedIPs: [127.0.0.1] }',
  })
  const announced = 'PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n'
  expect((await rawExchange(gateway.port, `${announced}x`, { end: true })).toString()).toBe(`${announced}x`)
  await gateway.rewrite(withVersion('{}'))
  await gateway.process.printed(/configuration 2 is live/)
  const four = { address: '203.0.113.9', port: 4711, localAddress: '192.0.2.1', localPort: 443 }
  const header = headerOf({ transport: 0x11, addresses: addressBlock(four) })
  expect(await rawExchange(gateway.port, `${announced}x`, { end: true })).toEqual(Buffer.concat([header, Buffer.from('x')]))
})

test('a health check takes servers out that do not answer as expected, and brings them back', async () => {
  let healthy = false
  await using good = await startStreamOrigin((socket) => {
    socket.on('data', (chunk) => socket.write(String(chunk) === 'ping' ? 'pong' : 'good'))
  })
  await using bad = await startStreamOrigin((socket) => {
    socket.on('data', (chunk) => socket.write(String(chunk) === 'ping' ? (healthy ? 'pong' : 'pang') : 'bad'))
  })
  await using gateway = await startGateway({
    workers: 4,
    dynamic: `
tcp:
  routers:
    all: { rule: "HostSNI(\`*\`)", entryPoints: [web], service: app }
  services:
    app:
      loadBalancer:
        servers: [{ address: "${good.address}" }, { address: "${bad.address}" }]
        healthCheck: { interval: 100ms, timeout: 1s, send: ping, expect: pong }
`,
  })
  await gateway.process.printed(/a server is down/)
  const answers = async (): Promise<string[]> => {
    const all: string[] = []
    for (let index = 0; index < 4; index++)
      all.push((await rawExchange(gateway.port, 'x', { until: ({ length }) => length >= 3 })).toString())
    return all
  }
  expect(await answers()).toEqual(['good', 'good', 'good', 'good'])
  healthy = true
  await gateway.process.printed(/a server is up again/)
  expect((await answers()).sort()).toEqual(['bad', 'bad', 'good', 'good'])
})

test('a reload leaves open connections and turns alone', async () => {
  await using one = await named('one')
  await using two = await named('two')
  const servers = `servers: [{ address: "${one.address}" }, { address: "${two.address}" }]`
  const dynamic = (more: string): string => `
tcp:
  routers:
    all: { rule: "HostSNI(\`*\`)", entryPoints: [web], service: app }
  services:
    app: { loadBalancer: { ${servers} } }
${more}`
  await using gateway = await startGateway({ dynamic: dynamic('') })
  await using client = await connectTo(gateway.port)
  await client.until(({ text }) => text.length === 4)
  const banner = client.text.slice(0, 3)
  await gateway.rewrite(dynamic('    other: { loadBalancer: { servers: [] } }\n'))
  await gateway.process.printed(/configuration 2 is live/)
  expect(await bannerOf(gateway.port)).toBe(banner === 'one' ? 'two' : 'one')
  client.send('still here')
  await client.until(({ text }) => text.endsWith('still here'))
})

test('what is wrong is told with its place and disables only what it is wrong with', async () => {
  await using origin = await startStreamOrigin(echo())
  await using gateway = await startGateway({
    dynamic: `${allTo(origin.address)}    broken: { loadBalancer: { servers: [{ address: nowhere }] } }
    unknown: { loadBalancer: { servers: [], serversTransport: nobody } }
    both: { loadBalancer: { servers: [] }, weighted: { services: [] } }
  middlewares:
    empty: { ipAllowList: { sourceRange: [] } }
`.replace(
      'routers:\n',
      `routers:
    named: { rule: "HostSNI(\`a.test\`)", entryPoints: [web], service: app }
    typo: { rule: "HostSIN(\`*\`)", entryPoints: [web], service: app }
    lost: { rule: "HostSNI(\`*\`)", entryPoints: [web], service: apq }
    acme: { rule: "ALPN(\`acme-tls/1\`)", entryPoints: [web], service: app, tls: {} }
    options: { rule: "HostSNI(\`b.test\`)", entryPoints: [web], service: app, tls: { options: none } }
`,
    ),
  })
  expect((await rawExchange(gateway.port, 'x', { end: true })).toString()).toBe('x')
  const { stdout, stderr } = gateway.process
  const told = stdout + stderr
  expect(told).toMatch(/tcp\.routers\.named\.rule.*has HostSNI matcher, but no TLS on router.*\n?.*dynamic\.yml:\d+:\d+/)
  for (const part of [
    'tcp.routers.typo.rule',
    'tcp.routers.lost.service is "apq"',
    'tcp.routers.acme.rule',
    'tcp.routers.options.tls.options is "none"',
    'tcp.services.broken.loadBalancer.servers[0].address',
    'tcp.services.unknown.loadBalancer.serversTransport is "nobody"',
    'tcp.services.both',
    'tcp.middlewares.empty.ipAllowList.sourceRange',
  ]) {
    expect(told).toContain(part)
  }
})

test('open connections are waited for at the end, then cut', async () => {
  await using origin = await startStreamOrigin(echo())
  await using gateway = await startGateway({
    dynamic: allTo(origin.address),
    web: '    transport: { lifeCycle: { graceTimeOut: 500ms } }',
  })
  await using client = await connectTo(gateway.port)
  client.send('a')
  await client.until(({ text }) => text === 'a')
  const stopped = gateway.stop()
  await gateway.process.printed(/stopping/)
  client.send('b')
  await client.until(({ text }) => text === 'ab')
  await client.untilEnd()
  expect((await stopped).code).toBe(0)
  expect(gateway.process.stdout + gateway.process.stderr).toContain('connections were cut')
})

async function bannerOf(port: number): Promise<string> {
  const answer = await rawExchange(port, '', { until: (received) => received.includes(':') })
  return answer.toString().replace(/:.*/s, '')
}

/** A server that says who it is. */
const named = (name: string): Promise<StreamOrigin> => startStreamOrigin(echo(name))

/** Waits until a number grows no more. */
async function settled(value: () => number): Promise<void> {
  for (let before = -1; before !== value(); ) {
    before = value()
    await pause(300)
  }
}
