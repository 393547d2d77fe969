import { execFileSync } from 'node:child_process'
import { makeCertificate } from './certificate.ts'
import { startGateway } from './gateway.ts'
import { opensslClient, suiteIn } from './openssl-client.ts'
import { temporaryFolder } from './temp.ts'
import { handshake } from './tls-client.ts'

/** TLS options by name, as a user would write them; `default` is what nobody has to. */
const PROFILES: Readonly<Record<string, object>> = {
  default: {},
  intermediate: {
    minVersion: 'VersionTLS12',
    cipherSuites: [
      'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
      'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
      'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
      'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
      'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
    ],
  },
  modern: { minVersion: 'VersionTLS13' },
  old: { minVersion: 'VersionTLS10' },
}

/** The kinds of key that certificates have: each has suites of its own below TLS 1.3. */
const KEYS = ['ecdsa', 'rsa'] as const

const VERSIONS = { '1.3': '-tls1_3', '1.2': '-tls1_2', '1.1': '-tls1_1', '1.0': '-tls1' } as const

const GROUPS = [
  'X25519MLKEM768',
  'SecP256r1MLKEM768',
  'SecP384r1MLKEM1024',
  'X25519',
  'X448',
  'P-256',
  'P-384',
  'P-521',
  'ffdhe2048',
  'ffdhe3072',
]

/** Everything that a client could offer, however weak. */
const ALL = 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'
const ALL_OF_13 = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'TLS_AES_128_CCM_8_SHA256',
]

/** What the gateway takes with each profile, found out by handshakes, as tables in Markdown. */
export async function tlsTable(): Promise<string> {
  await using folder = await temporaryFolder()
  const routers = Object.keys(PROFILES).flatMap((profile) =>
    KEYS.map((key) => [
      `${profile}-${key}`,
      { rule: `Host(\`${hostOf(profile, key)}\`)`, service: 'whoami@internal', tls: { options: profile } },
    ]),
  )
  await using gateway = await startGateway({
    dynamic: JSON.stringify({
      http: { routers: Object.fromEntries(routers) },
      tls: { certificates: KEYS.map((key) => makeCertificate(folder, `*.${key}.test`, key)), options: PROFILES },
    }),
  })
  return `${await suiteTable(gateway.port)}\n\n${await groupTable(gateway.port)}\n`
}

function hostOf(profile: string, key: string): string {
  return `${profile}.${key}.test`
}

async function suiteTable(port: number): Promise<string> {
  const profiles = Object.keys(PROFILES)
  const rows = [`| TLS | suite | ${profiles.join(' | ')} |`, `| --- | --- |${' :-: |'.repeat(profiles.length)}`]
  const names = registeredNames()
  for (const version of Object.keys(VERSIONS) as (keyof typeof VERSIONS)[]) {
    const taken = new Map<string, Set<string>>()
    for (const profile of profiles) {
      for (const key of KEYS) {
        for (const suite of await suitesOf(port, hostOf(profile, key), version)) {
          taken.set(suite, (taken.get(suite) ?? new Set()).add(profile))
        }
      }
    }
    for (const [suite, by] of taken) {
      rows.push(
        `| ${version} | \`${names.get(suite) ?? suite}\` | ${profiles.map((profile) => (by.has(profile) ? 'yes' : '–')).join(' | ')} |`,
      )
    }
  }
  return rows.join('\n')
}

/** Offers everything, then everything but what was chosen, until nothing is: in the order in which the gateway prefers them. */
async function suitesOf(port: number, servername: string, version: keyof typeof VERSIONS): Promise<readonly string[]> {
  const chosen: string[] = []
  for (;;) {
    const offer =
      version === '1.3'
        ? ['-ciphersuites', ALL_OF_13.filter((suite) => !chosen.includes(suite)).join(':')]
        : ['-cipher', [ALL, ...chosen.map((suite) => `!${suite}`)].join(':')]
    const suite = suiteIn(await opensslClient(port, ['-servername', servername, VERSIONS[version], ...offer]))
    if (suite === undefined || chosen.includes(suite)) return chosen
    chosen.push(suite)
  }
}

async function groupTable(port: number): Promise<string> {
  const rows = ['| key exchange of TLS 1.3 | taken |', '| --- | :-: |']
  for (const group of GROUPS) {
    const shake = handshake(port, { servername: hostOf('default', 'ecdsa'), ecdhCurve: group, minVersion: 'TLSv1.3' })
    const isTaken = await shake.then(
      (socket) => Boolean(socket.destroy()),
      () => false,
    )
    rows.push(`| \`${group}\` | ${isTaken ? 'yes' : '–'} |`)
  }
  return rows.join('\n')
}

/** OpenSSL's names of suites, and the registered ones. */
function registeredNames(): ReadonlyMap<string, string> {
  const lines = execFileSync('openssl', ['ciphers', '-stdname', ALL], { encoding: 'utf8' })
  return new Map([...lines.matchAll(/^(\S+)\s+- (\S+)/gm)].map(([, registered = '', own = '']) => [own, registered]))
}
