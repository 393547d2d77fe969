import { readFileSync } from 'node:fs'
import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { Authority } from '../harness/authority.ts'
import { startBlackHole } from '../harness/black-hole.ts'
import { startGateway } from '../harness/gateway.ts'
import { rawExchange, request } from '../harness/http-client.ts'
import { connectTo } from '../harness/peer.ts'
import { needs } from '../harness/services.ts'
import { echo, startStreamOrigin } from '../harness/stream-origin.ts'
import { ALL, bannerOf, serversAt, tcp } from '../harness/tcp-configuration.ts'
import { temporaryFolder } from '../harness/temp.ts'

test('a server that does not accept in time costs its client no more than the dial timeout, also that of the static configuration', async () => {
  await using hole = await startBlackHole()
  const address = new URL(hole.url).host
  const named = tcp(
    `${ALL}, service: app`,
    `${serversAt(address)}, serversTransport: short`,
    '  serversTransports: { short: { dialTimeout: 300ms } }',
  )
  await using gateway = await startGateway({ dynamic: named, args: ['--tcpServersTransport.dialTimeout=300ms'] })
  await using first = await connectTo(gateway.port)
  await first.untilEnd()
  expect(first.end).toBe('reset')
  await gateway.rewrite(tcp(`${ALL}, service: app`, serversAt(address)))
  await gateway.process.printed(/configuration 2 is live/)
  await using second = await connectTo(gateway.port)
  await second.untilEnd()
  expect(second.end).toBe('reset')
  await gateway.process.printed(/did not accept the connection in time/)
})

test('servers are asked whether they are there, unless the transport is against it', async () => {
  await using origin = await startStreamOrigin(echo('here'))
  const dynamic = (keepAlive: string): string =>
    tcp(
      `${ALL}, service: app`,
      `${serversAt(origin.address)}, serversTransport: own`,
      `  serversTransports: { own: { dialKeepAlive: ${keepAlive} } }`,
    )
  await using gateway = await startGateway({ dynamic: dynamic('60s') })
  await using first = await connectTo(gateway.port)
  await first.until(({ text }) => text === 'here:')
  expect(timersTo(origin.port)).toEqual(['keepalive'])
  await first[Symbol.asyncDispose]()
  await gateway.rewrite(dynamic('-1s'))
  await gateway.process.printed(/configuration 2 is live/)
  await using second = await connectTo(gateway.port)
  await second.until(({ text }) => text === 'here:')
  expect(timersTo(origin.port)).toContain('off')
})

test('a service may still say for itself what belongs to transports now', async () => {
  await using origin = await startStreamOrigin(echo())
  await using gateway = await startGateway({
    dynamic: tcp(`${ALL}, service: app`, `${serversAt(origin.address)}, proxyProtocol: { version: 1 }, terminationDelay: -1`),
  })
  const answer = await rawExchange(gateway.port, 'x', { end: true })
  expect(answer.toString()).toMatch(/^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\nx$/)
  expect(gateway.process.stdout + gateway.process.stderr).toMatch(/old option "terminationDelay".* in tcp\.services\.app\.loadBalancer/)
})

test('a service of services follows their health where it is told to, and needs them to check it', async () => {
  await using good = await startStreamOrigin(echo('good'))
  await using bad = await startStreamOrigin((socket) => socket.end('bad:'))
  const check = (expected: string): string => `, healthCheck: { interval: 100ms, expect: "${expected}" }`
  await using gateway = await startGateway({
    dynamic: `
tcp:
  routers:
    all: { ${ALL}, service: both }
    wrong: { ${ALL}, service: wrong, priority: 99 }
  services:
    both: { weighted: { services: [{ name: good }, { name: bad }], healthCheck: {} } }
    wrong: { weighted: { services: [{ name: good }, { name: plain }], healthCheck: {} } }
    good: { loadBalancer: { ${serversAt(good.address)}${check('good:')} } }
    bad: { loadBalancer: { ${serversAt(bad.address)}${check('well:')} } }
    plain: { loadBalancer: { ${serversAt(good.address)} } }
`,
  })
  expect(gateway.process.stdout + gateway.process.stderr).toContain('cannot register plain as updater for wrong@file')
  await gateway.process.printed(/a server is down/)
  for (let index = 0; index < 3; index++) expect(await bannerOf(gateway.port)).toBe('good:')
})

test('rules may be in the syntax of Traefik 2, by the router or by default', async () => {
  await using origin = await startStreamOrigin(echo('here'))
  const rule = 'rule: "ClientIP(`10.0.0.1`, `127.0.0.1`)", entryPoints: [web], service: app'
  await using gateway = await startGateway({ dynamic: tcp(`${rule}, ruleSyntax: v2`, serversAt(origin.address)) })
  expect(await bannerOf(gateway.port)).toBe('here:')
  await using other = await startGateway({ dynamic: tcp(rule, serversAt(origin.address)), args: ['--core.defaultRuleSyntax=v2'] })
  expect(await bannerOf(other.port)).toBe('here:')
})

test('ipWhiteList is ipAllowList, and no connection at all is also an amount', async () => {
  await using origin = await startStreamOrigin(echo('here'))
  const dynamic = (middleware: string): string =>
    tcp(`${ALL}, service: app, middlewares: [one]`, serversAt(origin.address), `  middlewares: { one: { ${middleware} } }`)
  await using gateway = await startGateway({ dynamic: dynamic('ipWhiteList: { sourceRange: [127.0.0.1] }') })
  expect(await bannerOf(gateway.port)).toBe('here:')
  await gateway.rewrite(dynamic('inFlightConn: { amount: 0 }'))
  await gateway.process.printed(/configuration 2 is live/)
  expect((await rawExchange(gateway.port, 'x', { end: true })).toString()).toBe('')
})

test('limits and rules go by the address that a PROXY header announces; a client without header is served after the read timeout', async () => {
  await using origin = await startStreamOrigin(echo('here'))
  await using gateway = await startGateway({
    dynamic: tcp(
      'rule: "ClientIP(`203.0.113.0/24`) || ClientIP(`127.0.0.1`)", entryPoints: [web], service: app, middlewares: [foreign]',
      serversAt(origin.address),
      '  middlewares: { foreign: { ipAllowList: { sourceRange: [203.0.113.9, 127.0.0.1] } } }',
    ),
    web: '    proxyProtocol: { insecure: true }\n    transport: { respondingTimeouts: { readTimeout: 1s } }',
  })
  const asked = async (address: string): Promise<string> =>
    (await rawExchange(gateway.port, `PROXY TCP4 ${address} 192.0.2.1 1 2\r\n`, { until: ({ length }) => length > 0 })).toString()
  expect(await asked('203.0.113.9')).toBe('here:')
  expect(await asked('203.0.113.10')).toBe('')
  expect(await bannerOf(gateway.port)).toBe('here:')
})

test('next to HTTPS, a clear connection is told by what it says first, and one that says nothing is closed', async () => {
  await using origin = await startStreamOrigin(echo('here'))
  await using gateway = await startGateway({
    dynamic: `
http:
  routers: { page: { rule: "PathPrefix(\`/\`)", entryPoints: [web], service: whoami@internal, tls: {} } }
${tcp(`${ALL}, service: app`, serversAt(origin.address))}`,
    web: '    transport: { respondingTimeouts: { readTimeout: 1s } }',
  })
  expect((await rawExchange(gateway.port, 'x', { until: ({ length }) => length > 5 })).toString()).toBe('here:x')
  expect((await rawExchange(gateway.port, '')).toString()).toBe('')
})

test('a router that names no entry point listens to the default ones, and not to the internal one', async () => {
  await using origin = await startStreamOrigin(echo('here'))
  await using gateway = await startGateway({ dynamic: tcp('rule: "HostSNI(`*`)", service: app', serversAt(origin.address)) })
  expect(await bannerOf(gateway.port)).toBe('here:')
  expect((await request(gateway.pingPort, { path: '/ping' })).status).toBe(200)
})

needs(['openssl'], 'a transport decides which certificates are trusted, and which one is shown', async () => {
  await using folder = await temporaryFolder()
  const authority = new Authority(folder, 'authority')
  const [server, client] = [authority.issue('DNS:db.test', 'URI:spiffe://db'), authority.issue('DNS:gateway.test')]
  const ca = readFileSync(authority.certFile)
  await using origin = await startStreamOrigin(
    (socket) => socket.write(`${(socket as TLSSocket).getPeerCertificate().subjectaltname ?? 'nobody'}!`),
    { cert: readFileSync(server.certFile), key: readFileSync(server.keyFile), ca, requestCert: true, rejectUnauthorized: false },
  )
  const trust = `serverName: db.test, rootCAs: ["${authority.certFile}"]`
  const cases = [
    { tls: trust, seen: 'nobody!' },
    { tls: `${trust}, certificates: [{ certFile: "${client.certFile}", keyFile: "${client.keyFile}" }]`, seen: 'DNS:gateway.test!' },
    { tls: 'insecureSkipVerify: true', seen: 'nobody!' },
    { tls: trust.replace('db.test', 'other.test'), seen: '' },
    { tls: `${trust}, peerCertURI: "spiffe://db"`, seen: 'nobody!' },
    { tls: `${trust}, peerCertURI: "spiffe://other"`, seen: '' },
    { tls: `${trust}, peerCertSANs: [{ type: DNSName, value: db.test }]`, seen: 'nobody!' },
    { tls: `${trust}, peerCertSANs: [{ type: DNSName, value: other.test }]`, seen: '' },
  ]
  const dynamic = (index: number): string =>
    tcp(
      `${ALL}, service: app`,
      `servers: [{ address: "${origin.address}", tls: true }], serversTransport: own`,
      `  serversTransports: { own: { tls: { ${cases[index]?.tls} } } }`,
    )
  await using gateway = await startGateway({ dynamic: dynamic(0) })
  for (const [index, { seen }] of cases.entries()) {
    if (index > 0) {
      await gateway.rewrite(dynamic(index))
      await gateway.process.printed(new RegExp(`configuration ${index + 1} is live`))
    }
    const answer = await rawExchange(gateway.port, '', { until: (received) => received.includes('!') })
    expect(answer.toString()).toBe(seen)
  }
})

needs(['openssl'], 'authorities of the static configuration hold for services that name no transport', async () => {
  await using folder = await temporaryFolder()
  const authority = new Authority(folder, 'authority')
  const { certFile, keyFile } = authority.issue('IP:127.0.0.1')
  await using origin = await startStreamOrigin(echo('here'), { cert: readFileSync(certFile), key: readFileSync(keyFile) })
  const dynamic = tcp(`${ALL}, service: app`, `servers: [{ address: "${origin.address}", tls: true }]`)
  await using gateway = await startGateway({ dynamic, args: [`--tcpServersTransport.tls.rootCAs=${authority.certFile}`] })
  expect(await bannerOf(gateway.port)).toBe('here:')
})

test('what the static configuration says of servers holds where a service names no transport', async () => {
  await using origin = await startStreamOrigin((socket) => {
    socket.on('end', () => setTimeout(() => socket.end('late'), 500))
    socket.resume()
  })
  const dynamic = tcp(`${ALL}, service: app`, serversAt(origin.address))
  await using gateway = await startGateway({ dynamic, args: ['--tcpServersTransport.terminationDelay=-1s'] })
  expect((await rawExchange(gateway.port, 'x', { end: true })).toString()).toBe('late')
  await using other = await startGateway({ dynamic, args: ['--tcpServersTransport.dialKeepAlive=-1s'] })
  await using client = await connectTo(other.port)
  client.send('x')
  await expect.poll(() => timersTo(origin.port), { timeout: 5_000 }).toEqual(['off'])
  // Without words of its own, the other side has a tenth of a second.
  client.finish()
  await client.untilEnd()
  expect(client.text).toBe('')
})

/** Which timers the kernel runs for established connections to a port of 127.0.0.1. */
function timersTo(port: number): string[] {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  return rows.flatMap(([, , to, state, , timer = '']) =>
    to === remote && state === '01' ? [timer.startsWith('02') ? 'keepalive' : 'off'] : [],
  )
}
