import { execFile } from 'node:child_process'
import { connect as connectHttp2 } from 'node:http2'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { makeSelfSigned } from '../../src/control/certificates/self-signed.ts'
import { Authority } from '../harness/authority.ts'
import { makeCertificate } from '../harness/certificate.ts'
import { startGateway } from '../harness/gateway.ts'
import { startResponder } from '../harness/ocsp-responder.ts'
import { opensslClient, suiteIn } from '../harness/openssl-client.ts'
import { needs } from '../harness/services.ts'
import { temporaryFolder } from '../harness/temp.ts'
import { ask } from '../harness/tls-client.ts'

const run = promisify(execFile)

/** A dynamic configuration with a router of the gateway's own echo for each of these hosts, with the options of that name. */
const hostsWith = (options: Readonly<Record<string, object>>, more: object = {}): string =>
  JSON.stringify({
    http: {
      routers: Object.fromEntries(
        Object.keys(options).map((name) => [name, { rule: `Host(\`${name}.test\`)`, service: 'whoami@internal', tls: { options: name } }]),
      ),
    },
    tls: { options, ...more },
  })

const VERSIONS = ['-tls1', '-tls1_1', '-tls1_2', '-tls1_3']
const WEAK = ['-cipher', 'ALL:@SECLEVEL=0']

const ranges = [
  { name: 'plain', options: {}, taken: ['-tls1_2', '-tls1_3'] },
  { name: 'newest', options: { minVersion: 'VersionTLS13' }, taken: ['-tls1_3'] },
  { name: 'second', options: { maxVersion: 'VersionTLS12' }, taken: ['-tls1_2'] },
  { name: 'middle', options: { minVersion: 'VersionTLS11', maxVersion: 'VersionTLS12' }, taken: ['-tls1_1', '-tls1_2'] },
  { name: 'oldest', options: { minVersion: 'VersionTLS10', maxVersion: 'VersionTLS10' }, taken: ['-tls1'] },
  {
    name: 'chosen',
    options: { minVersion: 'VersionTLS10', cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA'] },
    taken: ['-tls1', '-tls1_1', '-tls1_2', '-tls1_3'],
  },
]

needs(['openssl'], 'versions outside of the range are refused, those within are taken', async () => {
  await using folder = await temporaryFolder()
  const certificates = [makeCertificate(folder, '*.test')]
  const dynamic = hostsWith(Object.fromEntries(ranges.map(({ name, options }) => [name, options])), { certificates })
  await using gateway = await startGateway({ dynamic })
  for (const { name, taken } of ranges) {
    const said = await Promise.all(
      VERSIONS.map((version) => opensslClient(gateway.port, ['-servername', `${name}.test`, version, ...WEAK])),
    )
    const done = VERSIONS.filter((_, index) => suiteIn(said[index] ?? '') !== undefined)
    expect(`${name} ${done.join(' ')}`).toBe(`${name} ${taken.join(' ')}`)
  }
})

needs(['openssl'], 'suites, groups and protocols are those of the options, in the order of the gateway', async () => {
  await using folder = await temporaryFolder()
  const certificates = [makeCertificate(folder, '*.test')]
  const options = {
    suites: {
      maxVersion: 'VersionTLS12',
      cipherSuites: ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    },
    groups: { curvePreferences: ['secp384r1', 'CurveP521'] },
    protocols: { alpnProtocols: ['http/1.1', 'h2'] },
    none: { alpnProtocols: [] },
  }
  await using gateway = await startGateway({ dynamic: hostsWith(options, { certificates }) })
  const said = (name: string, ...args: string[]): Promise<string> => opensslClient(gateway.port, ['-servername', `${name}.test`, ...args])
  const suite = async (offered: string): Promise<string | undefined> => suiteIn(await said('suites', '-cipher', offered))
  expect(await suite('ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305')).toBe('ECDHE-ECDSA-CHACHA20-POLY1305')
  expect(await suite('ECDHE-ECDSA-AES128-GCM-SHA256')).toBe('ECDHE-ECDSA-AES128-GCM-SHA256')
  expect(await suite('ECDHE-ECDSA-AES256-GCM-SHA384')).toBeUndefined()
  const groups = await Promise.all(
    ['X25519', 'P-256', 'P-384', 'P-521'].map(async (group) => suiteIn(await said('groups', '-groups', group))),
  )
  expect(groups.map(Boolean)).toEqual([false, false, true, true])
  expect(await said('protocols', '-alpn', 'h2,http/1.1')).toContain('ALPN protocol: http/1.1')
  expect(await said('protocols', '-alpn', 'h2')).toContain('ALPN protocol: h2')
  expect(await said('protocols', '-alpn', 'other')).toMatch(/no application protocol/)
  expect(await said('none', '-alpn', 'h2')).toContain('No ALPN negotiated')
})

needs(['openssl'], 'nobody renegotiates, and nothing is compressed', async () => {
  await using gateway = await startGateway({ dynamic: hostsWith({ plain: {} }) })
  const said = await opensslClient(gateway.port, ['-servername', 'plain.test', '-tls1_2', '-comp'], 'R\n')
  expect(said).toMatch(/no renegotiation/)
  expect(said).toContain('Compression: NONE')
})

needs(['openssl'], 'a session goes on with a ticket, unless tickets are off', async () => {
  await using folder = await temporaryFolder()
  await using gateway = await startGateway({ workers: 2, dynamic: hostsWith({ on: {}, off: { disableSessionTickets: true } }) })
  const seen: string[] = []
  for (const name of ['on', 'off']) {
    for (const version of ['-tls1_2', '-tls1_3']) {
      const file = join(folder.path, `${name}${version}`)
      const args = ['-servername', `${name}.test`, version]
      // Tickets of TLS 1.3 come with the first answer.
      const request = `GET / HTTP/1.1\r\nHost: ${name}.test\r\nConnection: close\r\n\r\n`
      await opensslClient(gateway.port, [...args, '-sess_out', file, '-ign_eof'], request)
      const said = await opensslClient(gateway.port, [...args, '-sess_in', file])
      seen.push(`${name} ${version} ${/^Reused, /m.test(said) ? 'reused' : 'new'}`)
    }
  }
  expect(seen).toEqual(['on -tls1_2 reused', 'on -tls1_3 reused', 'off -tls1_2 new', 'off -tls1_3 new'])
})

needs(['openssl'], 'a certificate of the client is asked for and named after its authorities, in the handshake', async () => {
  await using folder = await temporaryFolder()
  const authority = new Authority(folder, 'clients')
  const { certFile, keyFile } = authority.issue('DNS:client.test')
  const caFiles = [authority.certFile]
  const options = { no: { clientAuth: { caFiles, clientAuthType: 'NoClientCert' } }, need: { clientAuth: { caFiles } } }
  await using gateway = await startGateway({ dynamic: hostsWith(options) })
  const said = (name: string, ...args: string[]): Promise<string> =>
    opensslClient(
      gateway.port,
      ['-servername', `${name}.test`, '-ign_eof', ...args],
      `GET / HTTP/1.1\r\nHost: ${name}.test\r\nConnection: close\r\n\r\n`,
    )
  const no = await said('no')
  expect(no).toContain('No client certificate CA names sent')
  expect(no).toContain('HTTP/1.1 200')
  const without = await said('need')
  expect(without).toMatch(/Acceptable client certificate CA names\nCN = clients/)
  expect(without).not.toContain('HTTP/1.1 200')
  expect(await said('need', '-cert', certFile, '-key', keyFile)).toContain('HTTP/1.1 200')
})

needs(
  ['openssl', 'curl'],
  'a host whose options are others than those of the handshake is misdirected, in HTTP/1.1 and HTTP/2',
  async () => {
    const tls = (options: string) => ({ service: 'whoami@internal', tls: { options } })
    const dynamic = JSON.stringify({
      http: {
        routers: {
          one: { rule: 'Host(`one.test`)', ...tls('shared') },
          two: { rule: 'Host(`two.test`)', ...tls('shared') },
          strict: { rule: 'Host(`strict.test`)', ...tls('strict') },
          plain: { rule: 'Host(`plain.test`)', service: 'whoami@internal', tls: {} },
        },
      },
      tls: { options: { shared: { minVersion: 'VersionTLS12' }, strict: { minVersion: 'VersionTLS13' } } },
    })
    await using gateway = await startGateway({ dynamic })
    const cases = [
      ['one.test', 'one.test', 200],
      ['one.test', 'two.test', 200],
      ['one.test', 'TWO.test.:8443', 200],
      ['one.test', 'strict.test', 421],
      ['one.test', 'plain.test', 421],
      ['unknown.test', 'plain.test', 200],
      ['unknown.test', 'strict.test', 421],
      ['strict.test', 'STRICT.test', 200],
      ['strict.test', 'unknown.test', 404],
    ] as const
    for (const [name, host, status] of cases) {
      for (const version of ['--http1.1', '--http2']) {
        const url = `https://${name}:${gateway.port}/`
        const args = [
          '-sk',
          version,
          '--connect-to',
          `::127.0.0.1:${gateway.port}`,
          '-H',
          `Host: ${host}`,
          '-o',
          '/dev/null',
          '-w',
          '%{http_code}',
          url,
        ]
        const { stdout } = await run('curl', args)
        expect(`${version} ${name} ${host} ${stdout}`).toBe(`${version} ${name} ${host} ${status}`)
      }
    }
  },
)

needs(['openssl'], 'one connection of HTTP/2 reaches each host that shares its options, and no other', async () => {
  const dynamic = hostsWith({ one: {}, two: {} }).replace('"options":"two"', '"options":"one"')
  await using gateway = await startGateway({ dynamic })
  const session = connectHttp2(`https://127.0.0.1:${gateway.port}`, { rejectUnauthorized: false, servername: 'one.test' })
  const statusOf = (authority: string): Promise<unknown> =>
    new Promise((resolve, reject) =>
      session
        .request({ ':path': '/', ':authority': authority })
        .once('response', (headers) => resolve(headers[':status']))
        .once('error', reject)
        .resume(),
    )
  expect(await Promise.all(['one.test', 'two.test', 'other.test'].map(statusOf))).toEqual([200, 200, 404])
  session.destroy()
})

needs(
  ['openssl'],
  'names that no certificate holds are refused where the options are strict, and so are clients that name none',
  async () => {
    await using folder = await temporaryFolder()
    const certificates = [makeCertificate(folder, 'strict.test')]
    const dynamic = hostsWith(
      { default: { sniStrict: true }, strict: { sniStrict: true }, lenient: { minVersion: 'VersionTLS12' } },
      { certificates },
    )
    await using gateway = await startGateway({ dynamic })
    expect((await ask(gateway.port, { servername: 'strict.test' })).subject).toBe('strict.test')
    expect((await ask(gateway.port, { servername: 'lenient.test' })).subject).toBe('GATEWAY DEFAULT CERT')
    await expect(ask(gateway.port, { servername: 'other.test' })).rejects.toThrow(/unrecognized name/)
    await expect(ask(gateway.port)).rejects.toThrow(/unrecognized name/)
  },
)

needs(['openssl'], 'a client that names no host gets the certificate of the address, if there is one', async () => {
  await using folder = await temporaryFolder()
  const issued = new Authority(folder, 'authority').issue('IP:127.0.0.1')
  const dynamic = JSON.stringify({
    http: { routers: { all: { rule: 'PathPrefix(`/`)', service: 'whoami@internal', tls: {} } } },
    tls: { certificates: [issued] },
  })
  await using gateway = await startGateway({ dynamic })
  expect((await ask(gateway.port)).subject).toBe('issued')
  expect((await ask(gateway.port, { servername: 'a.test' })).subject).toBe('GATEWAY DEFAULT CERT')
})

needs(['openssl'], 'what the authority says of a certificate goes along with it, from where the configuration says', async () => {
  await using folder = await temporaryFolder()
  const named = 'http://ocsp.invalid/'
  await using responder = await startResponder(folder, 'V', named)
  const dynamic = JSON.stringify({
    http: { routers: { a: { rule: 'Host(`a.test`)', service: 'whoami@internal', tls: {} } } },
    tls: { certificates: [{ certFile: responder.chain, keyFile: responder.key }] },
  })
  const options = `ocsp: { responderOverrides: { "${named}": "${responder.url}" } }`
  await using gateway = await startGateway({ dynamic, static: options, workers: 2 })
  await expect
    .poll(() => opensslClient(gateway.port, ['-servername', 'a.test', '-status']), { timeout: 20_000 })
    .toMatch(/OCSP Response Status: successful[\s\S]*Cert Status: good/)
})

test('a certificate whose time is over, or has not come, is served, and the log says so', async () => {
  const year = 365 * 24 * 3_600_000
  const [old, early] = [makeSelfSigned('old', 'old.test', Date.now() - 2 * year), makeSelfSigned('early', 'early.test', Date.now() + year)]
  const dynamic = JSON.stringify({
    http: { routers: { all: { rule: 'PathPrefix(`/`)', service: 'whoami@internal', tls: {} } } },
    tls: { certificates: [old, early].map(({ cert, key }) => ({ certFile: cert, keyFile: key })) },
  })
  await using gateway = await startGateway({ dynamic })
  expect((await ask(gateway.port, { servername: 'old.test' })).subject).toBe('old')
  const printed = gateway.process.stdout + gateway.process.stderr
  expect(printed).toMatch(/tls\.certificates\[0\]\.certFile has expired on \d{4}-/)
  expect(printed).toMatch(/tls\.certificates\[1\]\.certFile is not valid before \d{4}-/)
})
