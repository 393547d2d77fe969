import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { expect } from 'vitest'
import { Authority } from '../harness/authority.ts'
import { inBatches } from '../harness/batches.ts'
import { makeCertificate } from '../harness/certificate.ts'
import { startGateway } from '../harness/gateway.ts'
import { needs } from '../harness/services.ts'
import { temporaryFolder } from '../harness/temp.ts'
import { handshake } from '../harness/tls-client.ts'
import { product } from '../harness/tls-product.ts'

const AT_ONCE = 8

/** What tells that a connection was made with these options: TLS 1.2, P-384, and neither. */
const OPTIONS = { one: { maxVersion: 'VersionTLS12' }, two: { curvePreferences: ['CurveP384'] }, default: {} } as const
type OptionsName = keyof typeof OPTIONS

function optionsOf(socket: TLSSocket): OptionsName {
  if (socket.getProtocol() === 'TLSv1.2') return 'one'
  const { name } = socket.getEphemeralKeyInfo() as { readonly name?: string }
  return name === 'secp384r1' ? 'two' : 'default'
}

const GROUPS = { ecdhCurve: 'P-256:P-384' }

/** The status of a request for another host than the handshake was for, or the same, in the protocol that was agreed on. */
async function statusOf(socket: TLSSocket, host: string, path: string): Promise<number> {
  if (socket.alpnProtocol !== 'h2') {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    return Number(/^HTTP\/1\.1 (\d+)/.exec(String(answer))?.[1])
  }
  const session = connectHttp2('https://127.0.0.1', { createConnection: () => socket })
  try {
    const stream = session.request({ ':path': path, ':authority': host })
    const [headers] = await once(stream, 'response')
    return Number(headers[':status'])
  } finally {
    session.destroy()
  }
}

interface Router {
  readonly hosts: readonly string[]
  readonly path: string
  readonly wanted: OptionsName
}

/** What each router and host gets: all routers of a host want the same, else those that want it get the default options. */
function settled(routers: readonly Router[]): { routers: readonly OptionsName[]; hostOptions: (host: string) => OptionsName } {
  const got = routers.map(({ wanted }) => wanted)
  const wishesFor = (host: string): Set<OptionsName> =>
    new Set(routers.flatMap(({ hosts }, index) => (hosts.includes(host) ? [got[index] ?? 'default'] : [])))
  for (let before = ''; before !== got.join(); ) {
    before = got.join()
    const disputed = new Set(['a', 'b'].filter((host) => wishesFor(host).size > 1))
    for (const [index, { hosts }] of routers.entries()) if (hosts.some((host) => disputed.has(host))) got[index] = 'default'
  }
  return { routers: got, hostOptions: (host) => [...wishesFor(host)][0] ?? 'default' }
}

const NAMES = Object.keys(OPTIONS) as OptionsName[]
const WISHES = product<{ a: OptionsName; b: OptionsName; both: OptionsName }>({ a: NAMES, b: NAMES, both: NAMES })

for (const workers of [1, 4]) {
  needs(
    ['openssl'],
    `routers that share hosts get the options that they agree on, and answer on connections with these only, with ${workers} workers`,
    async () => {
      await using folder = await temporaryFolder()
      const cases = WISHES.map(({ a, b, both }, index) => ({
        index,
        routers: [
          { hosts: ['a'], path: '/a', wanted: a },
          { hosts: ['b'], path: '/b', wanted: b },
          { hosts: ['a', 'b'], path: '/both', wanted: both },
        ],
      }))
      const routers = cases.flatMap(({ index, routers: three }) =>
        three.map(({ hosts, path, wanted }) => {
          const rule = `(${hosts.map((host) => `Host(\`${host}.${index}.test\`)`).join(' || ')}) && Path(\`${path}\`)`
          return [`r${index}${path.slice(1)}`, { rule, service: 'whoami@internal', tls: { options: wanted } }] as const
        }),
      )
      const stores = { default: { defaultCertificate: makeCertificate(folder, 'default') } }
      const { default: _, ...options } = OPTIONS
      const dynamic = JSON.stringify({ http: { routers: Object.fromEntries(routers) }, tls: { options, stores } })
      await using gateway = await startGateway({ dynamic, workers })
      const wrong: string[] = []
      const asked = cases.flatMap(({ index, routers: three }) =>
        ['a', 'b', 'other', ''].flatMap((shaken) =>
          three.flatMap(({ hosts, path }, at) =>
            hosts.flatMap((host) => ['http/1.1', 'h2'].map((protocol) => ({ index, three, shaken, host, path, at, protocol }))),
          ),
        ),
      )
      await inBatches(asked, AT_ONCE, async ({ index, three, shaken, host, path, at, protocol }) => {
        const { routers: got, hostOptions } = settled(three)
        const bound = hostOptions(shaken)
        const expected = `${bound} ${got[at] === bound ? 200 : 421}`
        const name = shaken === '' ? {} : { servername: `${shaken}.${index}.test` }
        const socket = await handshake(gateway.port, { ...name, ...GROUPS, ALPNProtocols: [protocol] })
        const seen = `${optionsOf(socket)} ${await statusOf(socket, `${host}.${index}.test`, path)}`
        socket.destroy()
        if (seen !== expected)
          wrong.push(`${JSON.stringify({ index, three, shaken, host, path, protocol })}: ${seen} instead of ${expected}`)
      })
      expect(wrong).toEqual([])
      const log = gateway.process.stdout + gateway.process.stderr
      const told = [...new Set([...log.matchAll(/http\.routers\.(\w+)\.tls\.options .* is not applied on "web"/g)].map(([, name]) => name))]
      const fallen = cases.flatMap(({ index, routers: three }) =>
        three.flatMap(({ path, wanted }, at) => (settled(three).routers[at] === wanted ? [] : [`r${index}${path.slice(1)}`])),
      )
      expect(told.toSorted()).toEqual(fallen.toSorted())
    },
    120_000,
  )
}

needs(['openssl'], 'an exact host goes before its wildcard, a wildcard stands for one label, and patterns name no host', async () => {
  await using folder = await temporaryFolder()
  const stores = { default: { defaultCertificate: makeCertificate(folder, 'default') } }
  const router = (rule: string, options: string) => ({ rule, service: 'whoami@internal', tls: { options } })
  const dynamic = JSON.stringify({
    http: {
      routers: {
        exact: router('Host(`x.w.test`)', 'one'),
        wildcard: router('Host(`*.w.test`)', 'two'),
        pattern: router('HostRegexp(`^.+\\.p\\.test$`)', 'one'),
      },
    },
    tls: { options: { one: OPTIONS.one, two: OPTIONS.two }, stores },
  })
  await using gateway = await startGateway({ dynamic })
  const seen: Record<string, string> = {}
  for (const servername of ['x.w.test', 'X.W.Test', 'y.w.test', 'deep.x.w.test', 'w.test', 'y.p.test']) {
    const socket = await handshake(gateway.port, { servername, ...GROUPS })
    seen[servername] = `${optionsOf(socket)} ${await statusOf(socket, servername, '/')}`
    socket.destroy()
  }
  expect(seen).toEqual({
    'x.w.test': 'one 200',
    'X.W.Test': 'one 200',
    'y.w.test': 'two 200',
    'deep.x.w.test': 'default 404',
    'w.test': 'default 404',
    'y.p.test': 'default 200',
  })
  expect(gateway.process.stdout + gateway.process.stderr).toMatch(/http\.routers\.pattern\.tls\.options "one" is not applied on "web"/)
})

needs(['openssl'], 'of several certificates for a name, stores and no name at all, that of the specification is shown', async () => {
  await using folder = await temporaryFolder()
  const authority = new Authority(folder, 'authority')
  const pairs = {
    exact: authority.issue('DNS:www.a.test'),
    wildcard: authority.issue('DNS:*.a.test'),
    wildcardWithMore: authority.issue('DNS:*.a.test', 'DNS:a.test'),
    sameNames: authority.issue('DNS:a.test', 'DNS:*.a.test'),
    elsewhere: authority.issue('DNS:elsewhere.test'),
    standsIn: authority.issue('DNS:default.test'),
  }
  const { elsewhere, standsIn, ...served } = pairs
  const dynamic = JSON.stringify({
    http: { routers: { all: { rule: 'PathPrefix(`/`)', service: 'whoami@internal', tls: {} } } },
    tls: {
      certificates: [...Object.values(served), { ...elsewhere, stores: ['other'] }],
      stores: { default: { defaultCertificate: standsIn }, other: { defaultCertificate: elsewhere } },
    },
  })
  await using gateway = await startGateway({ dynamic })
  const nameOf = new Map(
    Object.entries(pairs).map(([name, { certFile }]) => [new X509Certificate(readFileSync(certFile)).fingerprint256, name]),
  )
  const seen: Record<string, string | undefined> = {}
  for (const servername of ['www.a.test', 'api.a.test', 'a.test', 'deep.api.a.test', 'elsewhere.test', 'default.test', '']) {
    const socket = await handshake(gateway.port, servername === '' ? {} : { servername })
    seen[servername] = nameOf.get(socket.getPeerCertificate().fingerprint256)
    socket.destroy()
  }
  expect(seen).toEqual({
    'www.a.test': 'exact',
    // Of lists of names, that with the common name behind the wildcard is greater than that with `a.test` there.
    'api.a.test': 'wildcard',
    'a.test': 'wildcardWithMore',
    'deep.api.a.test': 'standsIn',
    'elsewhere.test': 'standsIn',
    'default.test': 'standsIn',
    '': 'standsIn',
  })
  const log = gateway.process.stdout + gateway.process.stderr
  expect(log).toMatch(/tls\.stores\.other is left alone: only the store `default` is served from/)
  expect(log).toMatch(/tls\.certificates\[4\]\.stores is left alone/)
})

needs(
  ['openssl'],
  'the certificate of a client is passed on as its options say, on the first connection and with its session, in all workers',
  async () => {
    await using folder = await temporaryFolder()
    const authority = new Authority(folder, 'clients')
    const known = authority.issue('DNS:known.test')
    const foreign = makeCertificate(folder, 'foreign')
    const caFiles = [authority.certFile]
    const types = ['NoClientCert', 'RequestClientCert', 'RequireAnyClientCert', 'VerifyClientCertIfGiven', 'RequireAndVerifyClientCert']
    const routers = types.map((type) => [
      type,
      { rule: `Host(\`${type}.test\`)`, service: 'whoami@internal', middlewares: ['pass'], tls: { options: type } },
    ])
    const options = types.map((clientAuthType) => [clientAuthType, { clientAuth: { clientAuthType, caFiles } }])
    const dynamic = JSON.stringify({
      http: { routers: Object.fromEntries(routers), middlewares: { pass: { passTLSClientCert: { pem: true } } } },
      tls: { options: Object.fromEntries(options) },
    })
    await using gateway = await startGateway({ dynamic, workers: 4 })
    const passed: Record<string, string> = {}
    for (const [name, certificate] of Object.entries({ none: undefined, known, foreign })) {
      for (const type of types) {
        for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
          const shown: ConnectionOptions = certificate === undefined ? {} : pemOf(certificate)
          const seen = await passedOn(gateway.port, { servername: `${type.toLowerCase()}.test`, maxVersion, ...shown })
          const own = certificate === undefined ? '' : inOneLine(readFileSync(certificate.certFile, 'utf8'))
          const said = new Set(seen.map((field) => (field === own && own !== '' ? 'its own' : field)))
          passed[`${type} ${name} ${maxVersion}`] = [...said].join(' and ')
        }
      }
    }
    const row = (type: string, none: string, mine: string, other: string): [string, string][] =>
      Object.entries({ none, known: mine, foreign: other }).flatMap(([name, what]) =>
        ['TLSv1.2', 'TLSv1.3'].map((version): [string, string] => [`${type} ${name} ${version}`, what]),
      )
    expect(passed).toEqual(
      Object.fromEntries([
        ...row('NoClientCert', 'nothing', 'nothing', 'nothing'),
        ...row('RequestClientCert', 'nothing', 'its own', 'its own'),
        ...row('RequireAnyClientCert', 'refused', 'its own', 'its own'),
        ...row('VerifyClientCertIfGiven', 'nothing', 'its own', 'refused'),
        ...row('RequireAndVerifyClientCert', 'refused', 'its own', 'refused'),
      ]),
    )
  },
  60_000,
)

/** What a server is told of the client's certificate: on one connection, and on eight with the session of the first. */
async function passedOn(port: number, options: ConnectionOptions): Promise<string[]> {
  let session: Buffer | undefined
  const seen: string[] = []
  for (let connection = 0; connection < 9; connection++) {
    try {
      const socket = await handshake(port, { ...options, ...(session === undefined ? {} : { session }) })
      // That of TLS 1.2 is part of the handshake, those of TLS 1.3 come behind it.
      if (socket.getProtocol() === 'TLSv1.2') session ??= socket.getSession()
      socket.on('session', (last) => {
        session ??= last
      })
      if (connection > 0 && !socket.isSessionReused()) seen.push('a new session')
      // A forged field must not come through either.
      socket.write(`GET / HTTP/1.1\r\nHost: ${options.servername}\r\nX-Forwarded-Tls-Client-Cert: forged\r\nConnection: close\r\n\r\n`)
      const text = Buffer.concat(await socket.toArray()).toString()
      if (text === '') return ['refused']
      seen.push(/^x-forwarded-tls-client-cert: (\S+)/im.exec(text)?.[1] ?? 'nothing')
    } catch {
      return ['refused']
    }
  }
  return seen
}

function pemOf({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }): ConnectionOptions {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) }
}

/** As the header holds a certificate: its text without the lines around it. */
function inOneLine(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----|\n/g, '')
}
