import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { Authority } from '../harness/authority.ts'
import { startBlackHole } from '../harness/black-hole.ts'
import { startGateway } from '../harness/gateway.ts'
import { HeldStreams } from '../harness/held-streams.ts'
import { request } from '../harness/http-client.ts'
import { startHttp2Server } from '../harness/http2-server.ts'
import { startRawOrigin } from '../harness/peer.ts'
import { needs } from '../harness/services.ts'
import { temporaryFolder } from '../harness/temp.ts'

needs(['openssl'], 'every TLS option of a transport holds, and a wrong one takes only its own service along', async () => {
  await using folder = await temporaryFolder()
  const authority = new Authority(folder, 'authority')
  const other = new Authority(folder, 'other')
  const certificate = authority.issue('DNS:app.test', 'URI:spiffe://td/app')
  const client = authority.issue('DNS:client.test')
  const stranger = other.issue('DNS:client.test')
  const server = createSecureServer(
    {
      cert: readFileSync(certificate.certFile),
      key: readFileSync(certificate.keyFile),
      ca: readFileSync(authority.certFile),
      requestCert: true,
    },
    (incoming, response) => {
      const socket = incoming.stream.session?.socket as TLSSocket
      response.end(`${socket.getPeerX509Certificate()?.subjectAltName} ${socket.getProtocol()} ${socket.servername}`)
    },
  )
  server.on('sessionError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const known = `rootCAs: ["${authority.certFile}"], serverName: app.test`
  const shows = ({ certFile, keyFile }: typeof client): string => `certificates: [{ certFile: "${certFile}", keyFile: "${keyFile}" }]`
  const transports: Record<string, readonly [options: string, answer: string | number]> = {
    good: [`${known}, ${shows(client)}`, 'DNS:client.test TLSv1.3 app.test'],
    old: [`${known}, ${shows(client)}, maxVersion: VersionTLS12`, 'DNS:client.test TLSv1.2 app.test'],
    suites: [
      `${known}, ${shows(client)}, maxVersion: VersionTLS12, cipherSuites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]`,
      'DNS:client.test TLSv1.2 app.test',
    ],
    uri: [`${known}, ${shows(client)}, peerCertURI: "spiffe://td/app"`, 'DNS:client.test TLSv1.3 app.test'],
    otherUri: [`${known}, ${shows(client)}, peerCertURI: "spiffe://td/other"`, 502],
    laxButUri: [`insecureSkipVerify: true, ${shows(client)}, peerCertURI: "spiffe://td/app"`, 502],
    san: [`${known}, ${shows(client)}, peerCertSANs: [{ type: DNSName, value: app.test }]`, 'DNS:client.test TLSv1.3 app.test'],
    otherName: [`rootCAs: ["${authority.certFile}"], serverName: other.test, ${shows(client)}`, 502],
    nobody: [known, 502],
    stranger: [`${known}, ${shows(stranger)}`, 502],
    mismatch: [`${known}, certificates: [{ certFile: "${client.certFile}", keyFile: "${stranger.keyFile}" }]`, 404],
    oneDotOne: [`${known}, ${shows(client)}, disableHTTP2: true`, 502],
    unknownSuite: [`${known}, cipherSuites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265]`, 404],
    impossible: [`${known}, minVersion: VersionTLS13, maxVersion: VersionTLS12`, 404],
  }
  const names = Object.keys(transports)
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  await using gateway = await startGateway({
    dynamic: `
http:
  routers:
${names.map((name) => `    ${name}: { rule: "Path(\`/${name}\`)", service: ${name} }`).join('\n')}
  services:
${names.map((name) => `    ${name}: { loadBalancer: { serversTransport: ${name}, servers: [{ url: "${url}" }] } }`).join('\n')}
  serversTransports:
${names.map((name) => `    ${name}: { ${transports[name]?.[0]} }`).join('\n')}
`,
  })
  const answers: Record<string, string | number> = {}
  for (const name of names) {
    const { status, text } = await request(gateway.port, { path: `/${name}` })
    answers[name] = status === 200 ? text : status
  }
  expect(answers).toEqual(Object.fromEntries(names.map((name) => [name, transports[name]?.[1]])))
  await gateway.process.printed(/mismatch.*certificates\[0\]\.keyFile is not the key of the certificate/)
  await gateway.process.printed(/TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256/)
  await gateway.process.printed(/impossible.*maxVersion is below the lowest version/)
  await gateway.stop()
  server.close()
})

test('a changed transport gets new connections, an unchanged one keeps its own, and requests under way finish', async () => {
  const held = new HeldStreams()
  await using server = await startHttp2Server((stream, headers) => {
    if (headers[':path'] === '/held') held.add(stream)
    else stream.respond({ ':status': 200 }, { endStream: true })
  })
  const dynamic = (changed: string): string => `
http:
  routers:
    same: { rule: "Host(\`same.test\`)", service: same }
    changed: { rule: "Host(\`changed.test\`)", service: changed }
  services:
    same: { loadBalancer: { serversTransport: same, servers: [{ url: "h2c://127.0.0.1:${server.port}" }] } }
    changed: { loadBalancer: { serversTransport: changed, servers: [{ url: "h2c://127.0.0.1:${server.port}" }] } }
  serversTransports:
    same: { serverName: a }
    changed: { serverName: ${changed} }
`
  await using gateway = await startGateway({ dynamic: dynamic('b') })
  const ask = (host: string, path = '/') => request(gateway.port, { path, headers: { host: `${host}.test` } })
  expect((await ask('same')).status).toBe(200)
  const underWay = ask('changed', '/held')
  await held.count(1)
  expect(server.sessions).toHaveLength(2)

  const closed = new Promise((resolve) => server.sessions[1]?.on('close', resolve))
  await gateway.rewrite(dynamic('c'))
  await gateway.process.printed(/configuration 2 is live/)
  expect((await ask('same')).status).toBe(200)
  expect(server.sessions).toHaveLength(2)
  expect((await ask('changed')).status).toBe(200)
  expect(server.sessions).toHaveLength(3)
  held.answer()
  expect((await underWay).status).toBe(200)
  await closed
  expect(server.sessions.map((session) => session.closed)).toEqual([false, true, false])
})

test('the times and the connections of a transport are what it says', async () => {
  await using hole = await startBlackHole()
  await using silent = await startRawOrigin()
  await using plain = await startRawOrigin((peer) => {
    if (peer.text.endsWith('\r\n\r\n') && peer.text.length > (answered.get(peer) ?? 0)) {
      answered.set(peer, peer.text.length)
      peer.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    }
    if (peer.end !== 'open') peer.finish()
  })
  const services = {
    dial: [hole.url, { forwardingTimeouts: { dialTimeout: '300ms' } }],
    head: [silent.url, { forwardingTimeouts: { responseHeaderTimeout: '300ms' } }],
    idle: [plain.url, { forwardingTimeouts: { idleConnTimeout: '300ms' } }],
    none: [plain.url, { maxIdleConnsPerHost: -1 }],
    kept: [plain.url, { maxIdleConnsPerHost: 1 }],
  } as const
  const names = Object.keys(services)
  const dynamic = stringify({
    http: {
      routers: Object.fromEntries(names.map((name) => [name, { rule: `Path(\`/${name}\`)`, service: name }])),
      services: Object.fromEntries(
        Object.entries(services).map(([name, [url]]) => [name, { loadBalancer: { serversTransport: name, servers: [{ url }] } }]),
      ),
      serversTransports: Object.fromEntries(Object.entries(services).map(([name, [, transport]]) => [name, transport])),
    },
  })
  await using gateway = await startGateway({ dynamic })
  const ask = (name: string) => request(gateway.port, { path: `/${name}` })
  for (const name of ['dial', 'head']) {
    const { status, text, headers } = await ask(name)
    expect([name, status, text, headers['content-type']]).toEqual([name, 504, 'Gateway Timeout', undefined])
  }
  expect((await ask('idle')).text).toBe('ok')
  await plain.until(([peer]) => peer?.end === 'fin', 'the end of the idle connection')
  for (let turn = 0; turn < 3; turn++) await ask('none')
  await plain.until((peers) => peers.length === 4 && peers.every(({ end }) => end !== 'open'))
  for (let turn = 0; turn < 3; turn++) await ask('kept')
  expect(plain.peers).toHaveLength(5)
  expect(plain.peers.at(-1)?.end).toBe('open')
})

const answered = new WeakMap<object, number>()
