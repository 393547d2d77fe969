import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { type Certificate, makeCertificate } from '../harness/certificate.ts'
import { startGateway } from '../harness/gateway.ts'
import { rawExchange, request } from '../harness/http-client.ts'
import { connectTo } from '../harness/peer.ts'
import { freePort } from '../harness/ports.ts'
import { startPostgres } from '../harness/postgres.ts'
import { startProcess } from '../harness/process.ts'
import { needs } from '../harness/services.ts'
import { echo, startStreamOrigin } from '../harness/stream-origin.ts'
import { temporaryFolder } from '../harness/temp.ts'
import { ask, handshake, type TlsRequest } from '../harness/tls-client.ts'

const run = promisify(execFile)

const pairOf = ({ certFile, keyFile }: Certificate) => ({ cert: readFileSync(certFile), key: readFileSync(keyFile) })

const certificatesOf = (...certificates: Certificate[]): string => `
tls:
  certificates:
${certificates.map(({ certFile, keyFile }) => `    - { certFile: "${certFile}", keyFile: "${keyFile}" }`).join('\n')}
`

const services = (addresses: Readonly<Record<string, string>>): string =>
  Object.entries(addresses)
    .map(([name, address]) => `    ${name}: { loadBalancer: { servers: [{ address: "${address}" }] } }`)
    .join('\n')

/** What a server says first, and by which certificate the connection is protected. */
async function bannerOf(port: number, options: TlsRequest = {}): Promise<string> {
  const socket = await handshake(port, { ALPNProtocols: [], ...options })
  const [banner] = await once(socket, 'data', { signal: AbortSignal.timeout(5_000) })
  const { CN } = (socket as TLSSocket).getPeerCertificate().subject
  socket.destroy()
  return `${String(banner).replace(/:.*/s, '')} by ${CN}`
}

for (const workers of [1, 4]) {
  needs(['openssl'], `names lead to servers, with TLS ended by the gateway or left to the server (${workers} workers)`, async () => {
    await using folder = await temporaryFolder()
    const [ours, theirs] = [makeCertificate(folder, 'ours.test'), makeCertificate(folder, 'theirs.test')]
    await using plain = await startStreamOrigin(echo('plain'))
    await using secure = await startStreamOrigin(echo('secure'), pairOf(theirs))
    await using gateway = await startGateway({
      workers,
      dynamic: `
tcp:
  routers:
    ended: { rule: "HostSNI(\`ours.test\`)", entryPoints: [web], service: plain, tls: {} }
    passed: { rule: "HostSNIRegexp(\`^theirs\\\\.\`)", entryPoints: [web], service: secure, tls: { passthrough: true } }
    again: { rule: "HostSNI(\`*.ours.test\`)", entryPoints: [web], service: again, tls: {} }
    spoken: { rule: "HostSNI(\`ours.test\`) && ALPN(\`special\`)", entryPoints: [web], service: spoken, tls: {} }
  services:
${services({ plain: plain.address, secure: secure.address, spoken: plain.address })}
    again: { loadBalancer: { servers: [{ address: "${secure.address}", tls: true }], serversTransport: trusting } }
  serversTransports:
    trusting: { tls: { serverName: theirs.test, rootCAs: ["${theirs.certFile}"] } }
${certificatesOf(ours)}`,
    })
    expect(await bannerOf(gateway.port, { servername: 'ours.test' })).toBe('plain by ours.test')
    expect(await bannerOf(gateway.port, { servername: 'theirs.test' })).toBe('secure by theirs.test')
    expect(await bannerOf(gateway.port, { servername: 'deep.ours.test' })).toBe('secure by GATEWAY DEFAULT CERT')
    expect(await bannerOf(gateway.port, { servername: 'ours.test', ALPNProtocols: ['special'] })).toBe('plain by ours.test')
    expect((await ask(gateway.port, { servername: 'other.test' })).status).toBe(404)
  })
}

needs(['openssl'], 'a server whose certificate is not trusted gets no connection', async () => {
  await using folder = await temporaryFolder()
  await using secure = await startStreamOrigin(echo('secure'), pairOf(makeCertificate(folder, 'theirs.test')))
  await using gateway = await startGateway({
    dynamic: `
tcp:
  routers:
    all: { rule: "HostSNI(\`*\`)", entryPoints: [web], service: app }
  services:
    app: { loadBalancer: { servers: [{ address: "${secure.address}", tls: true }] } }
`,
  })
  await using client = await connectTo(gateway.port)
  await client.untilEnd()
  expect(client.received).toHaveLength(0)
  await gateway.process.printed(/TLS handshake with the server failed/)
})

needs(['openssl'], 'HTTPS for a name comes before TCP, TCP for a name before HTTPS for all, and that before HostSNI(`*`)', async () => {
  await using named = await startStreamOrigin(echo('named'))
  await using all = await startStreamOrigin(echo('all'))
  const tcp = `
tcp:
  routers:
    named: { rule: "HostSNI(\`both.test\`) || HostSNI(\`tcp.test\`)", entryPoints: [web], service: named, tls: {} }
    all: { rule: "HostSNI(\`*\`)", entryPoints: [web], service: all, tls: {} }
  services:
${services({ named: named.address, all: all.address })}
`
  const http = (routers: string): string => `
http:
  routers:
    both: { rule: "Host(\`both.test\`)", entryPoints: [web], service: whoami@internal, tls: {} }
    clear: { rule: "Path(\`/clear\`)", entryPoints: [web], service: whoami@internal }
${routers}`
  await using gateway = await startGateway({
    dynamic: http('    rest: { rule: "PathPrefix(`/`)", entryPoints: [web], service: whoami@internal, tls: {} }\n') + tcp,
  })
  const statusOf = async (servername: string): Promise<number> => (await ask(gateway.port, { servername })).status
  expect(await statusOf('both.test')).toBe(200)
  expect(await bannerOf(gateway.port, { servername: 'tcp.test' })).toMatch(/^named/)
  expect(await statusOf('other.test')).toBe(200)
  expect((await request(gateway.port, { path: '/clear' })).status).toBe(200)
  await gateway.rewrite(http('') + tcp)
  await gateway.process.printed(/configuration 2 is live/)
  expect(await statusOf('both.test')).toBe(200)
  expect(await bannerOf(gateway.port, { servername: 'other.test' })).toMatch(/^all/)
})

needs(['openssl'], 'each TCP router has TLS options of its own; connections of unknown ones are closed, not served with less', async () => {
  await using origin = await startStreamOrigin(echo('here'))
  await using gateway = await startGateway({
    dynamic: `
tcp:
  routers:
    new: { rule: "HostSNI(\`new.test\`)", entryPoints: [web], service: app, tls: { options: modern } }
    old: { rule: "HostSNI(\`old.test\`)", entryPoints: [web], service: app, tls: {} }
    lost: { rule: "HostSNI(\`lost.test\`)", entryPoints: [web], service: app, tls: { options: nobody } }
    all: { rule: "HostSNI(\`*\`)", entryPoints: [web], service: app, tls: {} }
  services:
${services({ app: origin.address })}
tls:
  options:
    modern: { minVersion: VersionTLS13 }
`,
  })
  const TWO = { maxVersion: 'TLSv1.2' } as const
  expect(await bannerOf(gateway.port, { servername: 'old.test', ...TWO })).toMatch(/^here/)
  expect(await bannerOf(gateway.port, { servername: 'new.test' })).toMatch(/^here/)
  await expect(bannerOf(gateway.port, { servername: 'new.test', ...TWO })).rejects.toThrow()
  await expect(bannerOf(gateway.port, { servername: 'lost.test' })).rejects.toThrow()
})

for (const workers of [1, 4]) {
  needs(
    ['openssl', 'psql', 'pg_createcluster'],
    `PostgreSQL is reached by the name that its client asks for (${workers} workers)`,
    async () => {
      await using folder = await temporaryFolder()
      const [ours, theirs] = [makeCertificate(folder, 'ended.test'), makeCertificate(folder, 'passed.test')]
      await using plain = await startPostgres()
      await using secure = await startPostgres(theirs)
      await using gateway = await startGateway({
        workers,
        dynamic: `
tcp:
  routers:
    ended: { rule: "HostSNI(\`ended.test\`)", entryPoints: [web], service: plain, tls: {} }
    passed: { rule: "HostSNI(\`passed.test\`)", entryPoints: [web], service: secure, tls: { passthrough: true } }
    refused: { rule: "HostSNI(\`refused.test\`)", entryPoints: [web], service: plain, tls: { passthrough: true } }
  services:
${services({ plain: `127.0.0.1:${plain.port}`, secure: `127.0.0.1:${secure.port}` })}
${certificatesOf(ours)}`,
      })
      const select = async (host: string, authority: Certificate): Promise<string> => {
        const target = `host=${host} hostaddr=127.0.0.1 port=${gateway.port} user=postgres dbname=postgres`
        const { stdout } = await run('psql', [
          `${target} sslmode=verify-full sslrootcert=${authority.certFile} connect_timeout=10`,
          ...['-Atc', "select current_setting('port') || ' ' || sum(n) from generate_series(1, 100000) n"],
        ])
        return stdout.trim()
      }
      expect(await select('ended.test', ours)).toBe(`${plain.port} 5000050000`)
      expect(await select('passed.test', theirs)).toBe(`${secure.port} 5000050000`)
      // A server that does not speak TLS, and a name that nobody asks for.
      await expect(select('refused.test', theirs)).rejects.toThrow()
      await expect(select('other.test', theirs)).rejects.toThrow()
    },
  )

  needs(['openssl', 'redis-server', 'redis-cli'], `Redis is reached through TLS that it speaks itself (${workers} workers)`, async () => {
    await using folder = await temporaryFolder()
    const certificate = makeCertificate(folder, 'redis.test')
    const port = await freePort()
    const { certFile, keyFile } = certificate
    const tls = ['--tls-port', `${port}`, '--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-auth-clients', 'no']
    await using _redis = await startProcess('redis-server', ['--port', '0', '--bind', '127.0.0.1', '--save', '', ...tls], {
      ready: port,
      cwd: folder.path,
    })
    await using gateway = await startGateway({
      workers,
      dynamic: `
tcp:
  routers:
    redis: { rule: "HostSNI(\`redis.test\`)", entryPoints: [web], service: redis, tls: { passthrough: true } }
  services:
${services({ redis: `127.0.0.1:${port}` })}
`,
    })
    const cli = async (...words: string[]): Promise<string> => {
      const connection = ['-h', '127.0.0.1', '-p', `${gateway.port}`, '--tls', '--sni', 'redis.test', '--cacert', certFile]
      return (await run('redis-cli', [...connection, '--no-auth-warning', ...words])).stdout.trim()
    }
    expect(await cli('set', 'key', 'value')).toBe('OK')
    expect(await cli('get', 'key')).toBe('value')
  })
}

needs(['openssl'], 'whoever is slow with STARTTLS or a hello is cut after ten seconds, however long a request may take', async () => {
  await using origin = await startStreamOrigin(echo())
  await using gateway = await startGateway({
    dynamic: `
tcp:
  routers:
    named: { rule: "HostSNI(\`a.test\`)", entryPoints: [web], service: app, tls: {} }
  services:
${services({ app: origin.address })}
`,
  })
  const starts = [Buffer.from('00000008', 'hex'), Buffer.from('0000000804d2162f', 'hex'), Buffer.from('1603010200', 'hex')]
  const answers = await Promise.all(starts.map((start) => rawExchange(gateway.port, start, { withinMs: 14_000 })))
  expect(answers.map(String)).toEqual(['', 'S', ''])
})
