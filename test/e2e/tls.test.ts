import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { makeCertificate } from '../harness/certificate.ts'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { connectTo } from '../harness/peer.ts'
import { needs } from '../harness/services.ts'
import { temporaryFolder } from '../harness/temp.ts'
import { ask, handshake } from '../harness/tls-client.ts'

const run = promisify(execFile)

const whoami = (routers: string): string => `
http:
  routers:
${routers}
`

needs(['openssl'], 'a name gets its own certificate, else that of its wildcard, else the default one', async () => {
  await using folder = await temporaryFolder()
  const own = makeCertificate(folder, 'www.a.test')
  const wildcard = makeCertificate(folder, '*.a.test')
  const inline = makeCertificate(folder, 'b.test')
  const indented = (file: string): string => readFileSync(file, 'utf8').trimEnd().replaceAll('\n', '\n        ')
  await using gateway = await startGateway({
    dynamic: `${whoami(`    all: { rule: "PathPrefix(\`/\`)", service: whoami@internal, tls: {} }`)}
tls:
  certificates:
    - { certFile: "${own.certFile}", keyFile: "${own.keyFile}" }
    - { certFile: "${wildcard.certFile}", keyFile: "${wildcard.keyFile}" }
    - certFile: |
        ${indented(inline.certFile)}
      keyFile: |
        ${indented(inline.keyFile)}
`,
  })
  const subjects = ['www.a.test', 'WWW.A.test', 'other.a.test', 'deep.other.a.test', 'b.test', 'c.test', undefined]
  const shown = await Promise.all(subjects.map(async (servername) => (await ask(gateway.port, servername ? { servername } : {})).subject))
  const generated = 'GATEWAY DEFAULT CERT'
  expect(shown).toEqual(['www.a.test', 'www.a.test', '*.a.test', generated, 'b.test', generated, generated])
})

needs(['openssl', 'curl'], 'one port speaks HTTP/1.1 and HTTP/2, through TLS and in clear text, each with its own routers', async () => {
  await using gateway = await startGateway({
    dynamic: whoami(`    secure: { rule: "Path(\`/secure\`)", service: whoami@internal, tls: {} }
    clear: { rule: "Path(\`/clear\`)", service: whoami@internal }`),
  })
  const ways: readonly (readonly [scheme: string, version: string])[] = [
    ['https', '--http1.1'],
    ['https', '--http2'],
    ['http', '--http1.1'],
    ['http', '--http2-prior-knowledge'],
  ]
  for (const [scheme, version] of ways) {
    for (const path of ['secure', 'clear']) {
      const url = `${scheme}://127.0.0.1:${gateway.port}/${path}`
      const { stdout } = await run('curl', ['-sk', version, '-o', '/dev/null', '-w', '%{http_version} %{http_code}', url])
      const isServed = (scheme === 'https') === (path === 'secure')
      expect(`${scheme} ${path} ${stdout}`).toBe(`${scheme} ${path} ${version === '--http1.1' ? '1.1' : '2'} ${isServed ? 200 : 404}`)
    }
  }
})

needs(['openssl'], 'options decide by the name that the client asks for: versions, protocols, strictness', async () => {
  await using gateway = await startGateway({
    dynamic: `${whoami(`    old: { rule: "Host(\`old.test\`)", service: whoami@internal, tls: { options: old } }
    new: { rule: "Host(\`new.test\`)", service: whoami@internal, tls: { options: new } }
    one: { rule: "Host(\`one.test\`) && Path(\`/\`)", service: whoami@internal, tls: { options: one } }
    strict: { rule: "Host(\`*.strict.test\`)", service: whoami@internal, tls: { options: strict } }`)}
tls:
  options:
    old: { maxVersion: VersionTLS12, cipherSuites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384] }
    new: { minVersion: VersionTLS13, curvePreferences: [X25519] }
    one: { alpnProtocols: [http/1.1] }
    strict: { sniStrict: true }
`,
  })
  const protocolOf = async (servername: string, options = {}): Promise<string> =>
    (await ask(gateway.port, { servername, ...options })).protocol
  expect(await protocolOf('old.test')).toBe('TLSv1.2')
  expect(await protocolOf('new.test')).toBe('TLSv1.3')
  await expect(protocolOf('new.test', { maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version/)
  const socket = await handshake(gateway.port, { servername: 'old.test' })
  expect(socket.getCipher().name).toBe('ECDHE-ECDSA-AES256-GCM-SHA384')
  socket.destroy()
  expect((await ask(gateway.port, { servername: 'one.test', ALPNProtocols: ['h2', 'http/1.1'] })).alpn).toBe('http/1.1')
  await expect(protocolOf('x.strict.test')).rejects.toThrow(/unrecognized name/)
})

needs(['openssl'], 'a certificate of the client is asked for as the options say', async () => {
  await using folder = await temporaryFolder()
  const [known, other] = ['known', 'other'].map((name) => makeCertificate(folder, name)) as [Pair, Pair]
  const types = ['RequestClientCert', 'RequireAnyClientCert', 'VerifyClientCertIfGiven', 'RequireAndVerifyClientCert']
  const hosts = [...types.map((type) => `${type.toLowerCase()}.test`), 'implied.test']
  const options = types.map(
    (type) => `    ${type.toLowerCase()}: { clientAuth: { clientAuthType: ${type}, caFiles: ["${known.certFile}"] } }`,
  )
  await using gateway = await startGateway({
    dynamic: `${whoami(hosts.map((host) => `    ${host.split('.')[0]}: { rule: "Host(\`${host}\`)", service: whoami@internal, tls: { options: ${host.split('.')[0]} } }`).join('\n'))}
tls:
  options:
${options.join('\n')}
    implied: { clientAuth: { caFiles: ["${known.certFile}"] } }
`,
  })
  const clients: Record<string, object> = { none: {}, known: files(known), other: files(other) }
  const seen: string[] = []
  for (const host of hosts) {
    const admitted: string[] = []
    for (const [name, certificate] of Object.entries(clients)) {
      const { status } = await ask(gateway.port, { servername: host, ...certificate }).catch(() => ({ status: 0 }))
      if (status === 200) admitted.push(name)
    }
    seen.push(`${host}: ${admitted.join(' ')}`)
  }
  expect(seen).toEqual([
    'requestclientcert.test: none known other',
    'requireanyclientcert.test: known other',
    'verifyclientcertifgiven.test: none known',
    'requireandverifyclientcert.test: known',
    'implied.test: known',
  ])
  // Through a name that asks for no certificate, nobody reaches a host that does; nor with a session of one that was admitted.
  const around = await ask(gateway.port, { servername: 'free.test', host: 'implied.test' })
  expect([around.status, around.text]).toEqual([421, 'Misdirected Request\n'])
  const session = await sessionOf(gateway.port, { servername: 'requestclientcert.test', maxVersion: 'TLSv1.2' })
  await expect(ask(gateway.port, { servername: 'implied.test', maxVersion: 'TLSv1.2', session })).rejects.toThrow()
})

type Pair = ReturnType<typeof makeCertificate>

const files = ({ certFile, keyFile }: Pair): object => ({ cert: readFileSync(certFile), key: readFileSync(keyFile) })

async function sessionOf(port: number, options: object): Promise<Buffer> {
  const socket = await handshake(port, options)
  socket.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
  // Tickets of TLS 1.3 come behind the handshake, ahead of the first answer.
  await once(socket, 'data')
  const session = socket.getSession()
  socket.destroy()
  return session as Buffer
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  needs(['openssl'], `a session of ${version} goes on in whichever worker the next connection lands`, async () => {
    await using gateway = await startGateway({
      workers: 4,
      dynamic: `${whoami(`    all: { rule: "PathPrefix(\`/\`)", service: whoami@internal, tls: {} }
    never: { rule: "Host(\`never.test\`)", service: whoami@internal, tls: { options: never } }`)}
tls: { options: { never: { disableSessionTickets: true } } }
`,
    })
    const options = { servername: 'a.test', maxVersion: version }
    const session = await sessionOf(gateway.port, options)
    const reused = await Promise.all(Array.from({ length: 12 }, async () => (await ask(gateway.port, { ...options, session })).reused))
    expect(reused).toEqual(Array(12).fill(true))
    const never = { ...options, servername: 'never.test' }
    expect((await ask(gateway.port, { ...never, session: await sessionOf(gateway.port, never) })).reused).toBe(false)
  })
}

needs(['openssl'], 'what is wrong with one certificate, option or router leaves the others alone', async () => {
  await using folder = await temporaryFolder()
  const good = makeCertificate(folder, 'good.test')
  const bad = makeCertificate(folder, 'bad.test')
  await using gateway = await startGateway({
    dynamic: `${whoami(`    good: { rule: "Host(\`good.test\`)", service: whoami@internal, tls: {} }
    lost: { rule: "Host(\`lost.test\`)", service: whoami@internal, tls: { options: missing } }
    broken: { rule: "Host(\`broken.test\`)", service: whoami@internal, tls: { options: broken } }
    first: { rule: "Host(\`disputed.test\`) && Path(\`/a\`)", service: whoami@internal, tls: { options: fine } }
    second: { rule: "Host(\`disputed.test\`) && Path(\`/b\`)", service: whoami@internal, tls: {} }`)}
tls:
  certificates:
    - { certFile: "${good.certFile}", keyFile: "${good.keyFile}" }
    - { certFile: "${bad.certFile}", keyFile: "${good.keyFile}" }
    - { certFile: "/nowhere/cert.pem", keyFile: "/nowhere/key.pem" }
  options:
    fine: { minVersion: VersionTLS13 }
    broken: { cipherSuites: [TLS_NONSENSE] }
`,
  })
  expect((await ask(gateway.port, { servername: 'good.test' })).subject).toBe('good.test')
  expect((await ask(gateway.port, { servername: 'bad.test' })).subject).toBe('GATEWAY DEFAULT CERT')
  for (const servername of ['lost.test', 'broken.test']) await expect(ask(gateway.port, { servername })).rejects.toThrow()
  for (const path of ['/a', '/b']) {
    const { status, protocol } = await ask(gateway.port, { servername: 'disputed.test', path, maxVersion: 'TLSv1.2' })
    expect([status, protocol]).toEqual([200, 'TLSv1.2'])
  }
  const log = gateway.process.stdout + gateway.process.stderr
  for (const said of [
    /tls\.certificates\[1\]\.keyFile is not the key of the certificate/,
    /tls\.certificates\[2\]\.certFile is "\/nowhere\/cert\.pem", a file that cannot be read/,
    /http\.routers\.lost\.tls\.options is "missing", TLS options that do not exist/,
    /http\.routers\.broken\.tls\.options is "broken", TLS options that are disabled/,
    /http\.routers\.first\.tls\.options "fine" is not applied on "web"/,
  ]) {
    expect(log).toMatch(said)
  }
})

needs(['openssl'], 'a new certificate is shown to new connections, and open ones go on', async () => {
  await using folder = await temporaryFolder()
  const dynamic = ({
    certFile,
    keyFile,
  }: Pair): string => `${whoami(`    all: { rule: "PathPrefix(\`/\`)", service: whoami@internal, tls: {} }`)}
tls: { stores: { default: { defaultCertificate: { certFile: "${certFile}", keyFile: "${keyFile}" } } } }
`
  await using gateway = await startGateway({ dynamic: dynamic(makeCertificate(folder, 'one.test')) })
  const session = connectHttp2(`https://127.0.0.1:${gateway.port}`, { rejectUnauthorized: false })
  const status = (): Promise<unknown> =>
    new Promise((resolve, reject) =>
      session
        .request({ ':path': '/' })
        .once('response', (headers) => resolve(headers[':status']))
        .once('error', reject)
        .resume(),
    )
  expect(await status()).toBe(200)
  await gateway.rewrite(dynamic(makeCertificate(folder, 'two.test')))
  await gateway.process.printed(/configuration 2 is live/)
  expect((await ask(gateway.port)).subject).toBe('two.test')
  expect(await status()).toBe(200)
  session.destroy()
})

needs(['openssl'], 'an entry point gives TLS to all its routers, and reads a PROXY header ahead of it', async () => {
  await using gateway = await startGateway({
    web: '    http: { tls: {} }\n    proxyProtocol: { insecure: true }\n    forwardedHeaders: { insecure: true }',
    dynamic: whoami(`    all: { rule: "PathPrefix(\`/\`)", service: whoami@internal }`),
  })
  expect((await request(gateway.port)).status).toBe(404)
  await using peer = await connectTo(gateway.port)
  peer.send('PROXY TCP4 203.0.113.7 203.0.113.8 1000 443\r\n')
  const socket = await handshake(gateway.port, { socket: peer.socket, servername: 'a.test' })
  socket.write('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  const text = Buffer.concat(await socket.toArray()).toString()
  expect(text).toContain('203.0.113.7')
  expect(text).toMatch(/X-Forwarded-Proto: https/i)
})
