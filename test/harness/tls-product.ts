import { Authority } from './authority.ts'
import { makeCertificate } from './certificate.ts'
import { type RunningGateway, startGateway } from './gateway.ts'
import type { Random } from './random.ts'
import type { TemporaryFolder } from './temp.ts'
import { SUITES, type TlsOffer, type TlsOptionSet } from './tls-model.ts'
import type { ClientCertificates } from './tls-observer.ts'

/** Values that each property may have; undefined leaves it out. */
export type Axes<Item> = { readonly [Key in keyof Item]-?: readonly Item[Key][] }

/** Every combination of the values. */
export function product<Item extends object>(axes: Axes<Item>): readonly Item[] {
  let items: readonly object[] = [{}]
  for (const [key, values] of Object.entries<readonly unknown[]>(axes)) {
    items = items.flatMap((item) => values.map((value) => (value === undefined ? item : { ...item, [key]: value })))
  }
  return items as readonly Item[]
}

/** Some combination of the values. */
export function pick<Item extends object>(axes: Axes<Item>, random: Random): Item {
  const chosen = Object.entries<readonly unknown[]>(axes).map(([key, values]) => [key, random.pick(values)] as const)
  return Object.fromEntries(chosen.filter(([, value]) => value !== undefined)) as Item
}

/** Ranges of versions, one that is empty among them. */
export const RANGES = product<Pick<TlsOptionSet, 'minVersion' | 'maxVersion'>>({
  minVersion: [undefined, 'VersionTLS12', 'VersionTLS13'],
  maxVersion: [undefined, 'VersionTLS12', 'VersionTLS13'],
})

type Unranged = Omit<TlsOptionSet, 'minVersion' | 'maxVersion'>

/** What options can say beside versions; these authorities have signed the certificate that clients know. */
export const optionAxes = (caFiles: readonly string[]): Axes<Unranged> => ({
  cipherSuites: [
    undefined,
    ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
    ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA'],
    ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
  ],
  curvePreferences: [undefined, ['X25519'], ['CurveP256'], ['secp256r1', 'x25519']],
  clientAuth: [
    { clientAuthType: 'NoClientCert', caFiles },
    { clientAuthType: 'RequestClientCert' },
    { clientAuthType: 'RequireAnyClientCert' },
    { clientAuthType: 'VerifyClientCertIfGiven', caFiles },
    { clientAuthType: 'RequireAndVerifyClientCert', caFiles },
  ],
  sniStrict: [false, true],
  alpnProtocols: [undefined, ['h2', 'http/1.1'], ['http/1.1']],
  disableSessionTickets: [false, true],
})

const VERSIONS = [undefined, 'VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'] as const

/** The same with all that is rare: old versions, options that are broken, several values of each kind. */
export const wideAxes = (caFiles: readonly string[]): Axes<TlsOptionSet> => {
  const axes = optionAxes(caFiles)
  return {
    ...axes,
    minVersion: VERSIONS,
    maxVersion: VERSIONS,
    cipherSuites: [
      ...axes.cipherSuites,
      ['TLS_AES_128_GCM_SHA256'],
      ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'TLS_RSA_WITH_AES_128_CBC_SHA'],
      ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA'],
    ],
    curvePreferences: [...axes.curvePreferences, ['X25519', 'CurveP256'], ['CurveP521', 'CurveP384'], ['X25519MLKEM768', 'secp384r1']],
    clientAuth: [...axes.clientAuth, undefined, { caFiles }, { clientAuthType: 'RequireAndVerifyClientCert' }],
    alpnProtocols: [...axes.alpnProtocols, [], ['h2'], ['http/1.1', 'h2', 'acme-tls/1']],
  }
}

/** All suites in an order that is not the gateway's, and the suites of TLS 1.3 first, as every client sends them. */
const BACKWARDS = first(Object.keys(SUITES).toReversed(), (name) => SUITES[name]?.since === 'TLSv1.3')
const CHACHA_FIRST = first(
  first(BACKWARDS, (name) => name.includes('CHACHA20')),
  (name) => SUITES[name]?.since === 'TLSv1.3',
)
const CHACHA_LAST = first(
  first(BACKWARDS, (name) => !name.includes('CHACHA20')),
  (name) => SUITES[name]?.since === 'TLSv1.3',
)

/** What clients offer. */
export const OFFERS: Axes<TlsOffer> = {
  versions: [
    ['TLSv1.2', 'TLSv1.3'],
    ['TLSv1.2', 'TLSv1.2'],
    ['TLSv1.3', 'TLSv1.3'],
    ['TLSv1', 'TLSv1.3'],
    ['TLSv1', 'TLSv1.1'],
    ['TLSv1', 'TLSv1'],
  ],
  suites: [
    CHACHA_LAST,
    CHACHA_FIRST,
    ['TLS_AES_256_GCM_SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA'],
  ],
  groups: [['X25519MLKEM768', 'X25519', 'P-256', 'P-384'], ['P-256', 'X25519'], ['X25519', 'P-384', 'P-256'], ['X25519'], ['P-384']],
  protocols: [['h2', 'http/1.1'], [], ['http/1.1'], ['h2'], ['other', 'acme-tls/1']],
  certificate: ['known', 'none', 'foreign'],
  name: ['ecdsa', 'rsa', 'unheld'],
}

/** What clients of today offer that have no restrictions of their own. */
export const USUAL_OFFERS: Axes<TlsOffer> = {
  ...OFFERS,
  versions: OFFERS.versions.slice(0, 2),
  groups: OFFERS.groups.slice(0, 3),
  protocols: OFFERS.protocols.slice(0, 1),
}

/** The certificates that the model speaks of. */
export interface ModelCertificates extends ClientCertificates {
  readonly caFiles: readonly string[]
  /** What a configuration says of those of the gateway. */
  readonly tls: object
  /** The files of these. */
  readonly certFiles: readonly string[]
}

export function makeModelCertificates(folder: TemporaryFolder): ModelCertificates {
  const authority = new Authority(folder, 'clients')
  const certificates = [makeCertificate(folder, '*.ecdsa.test'), makeCertificate(folder, '*.rsa.test', 'rsa')]
  const defaultCertificate = makeCertificate(folder, 'default')
  return {
    caFiles: [authority.certFile],
    known: authority.issue('DNS:known.test'),
    foreign: makeCertificate(folder, 'foreign'),
    tls: { certificates, stores: { default: { defaultCertificate } } },
    certFiles: [...certificates, defaultCertificate].map(({ certFile }) => certFile),
  }
}

/** Starts a gateway that has all of these options, each for hosts of its own. */
export function startWith(sets: readonly TlsOptionSet[], { tls }: ModelCertificates, workers = 1): Promise<RunningGateway> {
  const named = sets.map((options, index) => [`set-${index}`, options] as const)
  const routers = named.map(([name], index) => {
    const rule = OFFERS.name.map((kind) => `Host(\`${hostOf(index, kind)}\`)`).join(' || ')
    return [name, { rule, service: 'whoami@internal', tls: { options: name } }]
  })
  const http = { routers: Object.fromEntries(routers) }
  return startGateway({ dynamic: JSON.stringify({ http, tls: { ...tls, options: Object.fromEntries(named) } }), workers })
}

/** A host of the options with this index. */
export function hostOf(index: number, kind: TlsOffer['name']): string {
  return `set-${index}.${kind}.test`
}

function first(names: readonly string[], isFirst: (name: string) => boolean): readonly string[] {
  return names.toSorted((one, other) => Number(isFirst(other)) - Number(isFirst(one)))
}
