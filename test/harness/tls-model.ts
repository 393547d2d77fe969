/** Versions in an order in which they can be compared as texts. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** TLS options as a configuration spells them. */
export interface TlsOptionSet {
  readonly minVersion?: keyof typeof VERSIONS
  readonly maxVersion?: keyof typeof VERSIONS
  readonly cipherSuites?: readonly string[]
  readonly curvePreferences?: readonly string[]
  readonly clientAuth?: { readonly caFiles?: readonly string[]; readonly clientAuthType?: string }
  readonly sniStrict?: boolean
  readonly alpnProtocols?: readonly string[]
  readonly disableSessionTickets?: boolean
}

/** What a client offers, and the name that it asks for. */
export interface TlsOffer {
  readonly versions: readonly [lowest: TlsVersion, highest: TlsVersion]
  /** Registered names, the preferred one first; those of TLS 1.3 come before the others. */
  readonly suites: readonly string[]
  /** The preferred one first; the client begins the key exchange of TLS 1.3 with that one only. */
  readonly groups: readonly string[]
  readonly protocols: readonly string[]
  /** One that the authorities of the options have signed, one that they have not, or none. */
  readonly certificate: 'none' | 'known' | 'foreign'
  /** Whether a certificate holds the name, and the kind of its key. */
  readonly name: 'ecdsa' | 'rsa' | 'unheld'
}

export type Alert =
  | 'handshake_failure'
  | 'protocol_version'
  | 'unrecognized_name'
  | 'certificate_required'
  | 'no_application_protocol'
  | 'illegal_parameter'
  /** No alert: the connection ends. */
  | 'closed'

export interface Done {
  /** Which certificate the gateway shows; `default` for names that no other one holds. */
  readonly shown: 'ecdsa' | 'rsa' | 'default'
  readonly version: TlsVersion
  readonly suite: string
  /** '' where the suite has no key exchange with groups. */
  readonly group: string
  /** '' where none was agreed on. */
  readonly protocol: string
  /** Whether the next connection can go on with the session. */
  readonly resumes: boolean
}

/** Where there are several reasons to refuse, each of them may be the one that is told. */
export type Outcome = Done | { readonly refused: readonly Alert[] }

const VERSIONS = { VersionTLS10: 'TLSv1', VersionTLS11: 'TLSv1.1', VersionTLS12: 'TLSv1.2', VersionTLS13: 'TLSv1.3' } as const

interface Suite {
  /** OpenSSL's name. */
  readonly short: string
  /** The kind of key that the certificate has to have; any for TLS 1.3. */
  readonly key?: 'ecdsa' | 'rsa'
  readonly since: TlsVersion
  readonly hasGroup: boolean
}

const suite = (short: string, key: 'ecdsa' | 'rsa', since: TlsVersion = 'TLSv1.2', hasGroup = true): Suite => ({
  short,
  key,
  since,
  hasGroup,
})
const suite13 = (short: string): Suite => ({ short, since: 'TLSv1.3', hasGroup: true })

/** By registered name. */
export const SUITES: Readonly<Record<string, Suite>> = {
  TLS_AES_128_GCM_SHA256: suite13('TLS_AES_128_GCM_SHA256'),
  TLS_AES_256_GCM_SHA384: suite13('TLS_AES_256_GCM_SHA384'),
  TLS_CHACHA20_POLY1305_SHA256: suite13('TLS_CHACHA20_POLY1305_SHA256'),
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: suite('ECDHE-ECDSA-AES128-GCM-SHA256', 'ecdsa'),
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: suite('ECDHE-RSA-AES128-GCM-SHA256', 'rsa'),
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: suite('ECDHE-ECDSA-AES256-GCM-SHA384', 'ecdsa'),
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: suite('ECDHE-RSA-AES256-GCM-SHA384', 'rsa'),
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: suite('ECDHE-ECDSA-CHACHA20-POLY1305', 'ecdsa'),
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: suite('ECDHE-RSA-CHACHA20-POLY1305', 'rsa'),
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: suite('ECDHE-ECDSA-AES128-SHA', 'ecdsa', 'TLSv1'),
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: suite('ECDHE-RSA-AES128-SHA', 'rsa', 'TLSv1'),
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: suite('ECDHE-ECDSA-AES256-SHA', 'ecdsa', 'TLSv1'),
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: suite('ECDHE-RSA-AES256-SHA', 'rsa', 'TLSv1'),
  TLS_RSA_WITH_AES_128_GCM_SHA256: suite('AES128-GCM-SHA256', 'rsa', 'TLSv1.2', false),
  TLS_RSA_WITH_AES_128_CBC_SHA: suite('AES128-SHA', 'rsa', 'TLSv1', false),
}

/** In the order of the gateway: all of TLS 1.3, whatever is configured; of the older ones, those with keys for one connection. */
const SUITES_OF_13 = Object.keys(SUITES).filter((name) => SUITES[name]?.since === 'TLSv1.3')
const USUAL_SUITES = Object.keys(SUITES).filter((name) => SUITES[name]?.since !== 'TLSv1.3' && SUITES[name]?.hasGroup)

const USUAL_GROUPS = ['X25519MLKEM768', 'X25519', 'P-256', 'P-384', 'P-521']
const HYBRID = /MLKEM/

/** Names of groups in configurations. */
const GROUPS: Readonly<Record<string, string>> = {
  CurveP256: 'P-256',
  secp256r1: 'P-256',
  CurveP384: 'P-384',
  secp384r1: 'P-384',
  CurveP521: 'P-521',
  secp521r1: 'P-521',
  x25519: 'X25519',
}

/** What the specification says of a handshake with these options. Certificates with ECDSA, of both sides, are on P-256. */
export function outcomeOf(options: TlsOptionSet, offer: TlsOffer): Outcome {
  if (isBroken(options)) return refused('closed')
  if (offer.name === 'unheld' && options.sniStrict === true) return refused('unrecognized_name')
  const { minVersion = 'VersionTLS12', maxVersion = 'VersionTLS13' } = options
  const [lowest, highest] = offer.versions
  if (highest < VERSIONS[minVersion]) return refused('protocol_version')
  const version = VERSIONS[maxVersion] < highest ? VERSIONS[maxVersion] : highest
  const key = offer.name === 'rsa' ? 'rsa' : 'ecdsa'
  const group = groupOf(options, offer, version)
  const chosen = suiteOf(options, offer, { version, key, group })
  const protocol = protocolOf(options, offer)
  // An old gateway does not learn what is too old for a client: that may end first for another reason.
  const alerts: Alert[] = version < lowest || (version < 'TLSv1.3' && hasNewSuitesOnly(options)) ? ['protocol_version'] : []
  if (chosen === undefined) alerts.push('handshake_failure')
  if (protocol === undefined) alerts.push('no_application_protocol')
  if (alerts.length > 0 || chosen === undefined || protocol === undefined) return refused(...alerts)
  const refusal = clientRefusal(options, offer, version)
  if (refusal !== undefined) return refused(refusal)
  return {
    shown: offer.name === 'unheld' ? 'default' : offer.name,
    version,
    suite: chosen,
    group: SUITES[chosen]?.hasGroup ? (group as string) : '',
    protocol,
    resumes: options.disableSessionTickets !== true,
  }
}

function refused(...alerts: readonly Alert[]): Outcome {
  return { refused: alerts }
}

/** Options that cannot be meant: nobody falls back to others. */
function isBroken({ minVersion = 'VersionTLS12', maxVersion = 'VersionTLS13', clientAuth, cipherSuites = [] }: TlsOptionSet): boolean {
  const lacksAuthority = /Verify/.test(clientAuth?.clientAuthType ?? '') && (clientAuth?.caFiles ?? []).length === 0
  const highest = VERSIONS[maxVersion]
  const lacksSuite = highest < 'TLSv1.3' && cipherSuites.length > 0 && cipherSuites.every((name) => (SUITES[name]?.since ?? '') > highest)
  return lacksAuthority || lacksSuite || highest < VERSIONS[minVersion]
}

/** Suites that are all of TLS 1.3 leave no older version. */
function hasNewSuitesOnly({ cipherSuites = [] }: TlsOptionSet): boolean {
  return cipherSuites.length > 0 && cipherSuites.every((name) => SUITES_OF_13.includes(name))
}

/** The gateway's order counts; but a key exchange of TLS 1.3 that the client has begun with a group of both goes on. */
function groupOf(options: TlsOptionSet, { groups }: TlsOffer, version: TlsVersion): string | undefined {
  const shared = groupsOf(options).filter((name) => groups.includes(name) && (version === 'TLSv1.3' || !HYBRID.test(name)))
  const [begun = ''] = groups
  return version === 'TLSv1.3' && shared.includes(begun) ? begun : shared[0]
}

function groupsOf({ curvePreferences = [] }: TlsOptionSet): readonly string[] {
  return curvePreferences.length === 0 ? USUAL_GROUPS : curvePreferences.map((name) => GROUPS[name] ?? name)
}

interface Agreed {
  readonly version: TlsVersion
  readonly key: 'ecdsa' | 'rsa'
  readonly group: string | undefined
}

/** The gateway's order counts; but a client whose first suite is one with ChaCha20 gets such a one, if there is any. */
function suiteOf({ cipherSuites = [] }: TlsOptionSet, offer: TlsOffer, { version, key, group }: Agreed): string | undefined {
  const isNew = version === 'TLSv1.3'
  // A certificate of TLS 1.2 is on a curve that the client knows, too (RFC 8422 §5.1).
  const knowsCurve = isNew || key === 'rsa' || offer.groups.includes('P-256')
  const older = cipherSuites.length === 0 ? USUAL_SUITES : cipherSuites
  const offered = offeredSuites(offer)
  const shared = (isNew ? SUITES_OF_13 : older).filter((name) => {
    const facts = SUITES[name]
    if (facts === undefined || !offered.includes(name) || facts.since > version) return false
    return (facts.key ?? key) === key && knowsCurve && (!facts.hasGroup || group !== undefined)
  })
  const wantsChacha = offered[0]?.includes('CHACHA20') ?? false
  return (wantsChacha ? shared.find((name) => name.includes('CHACHA20')) : undefined) ?? shared[0]
}

/** A client sends no suite that none of its versions has. */
function offeredSuites({ suites, versions: [lowest, highest] }: TlsOffer): readonly string[] {
  return suites.filter((name) => {
    const since = SUITES[name]?.since ?? 'TLSv1'
    return since <= highest && (lowest < 'TLSv1.3' || since === 'TLSv1.3')
  })
}

/** '' where a side has none (RFC 7301 §3.2); undefined where both have some, but none in common. */
function protocolOf({ alpnProtocols = ['h2', 'http/1.1', 'acme-tls/1'] }: TlsOptionSet, { protocols }: TlsOffer): string | undefined {
  if (alpnProtocols.length === 0 || protocols.length === 0) return ''
  // Challenges of authorities are another matter.
  return alpnProtocols.find((name) => name !== 'acme-tls/1' && protocols.includes(name))
}

/** The specification asks for an end, not for an alert, where a certificate is not verified. */
function clientRefusal(options: TlsOptionSet, { certificate, groups }: TlsOffer, version: TlsVersion): Alert | undefined {
  const { caFiles = [], clientAuthType = caFiles.length > 0 ? 'RequireAndVerifyClientCert' : 'NoClientCert' } = options.clientAuth ?? {}
  const isRequired = clientAuthType === 'RequireAnyClientCert' || clientAuthType === 'RequireAndVerifyClientCert'
  const isVerified = clientAuthType === 'VerifyClientCertIfGiven' || clientAuthType === 'RequireAndVerifyClientCert'
  // RFC 8446 §4.4.2.4, RFC 5246 §7.4.6.
  if (certificate === 'none' && isRequired) return version === 'TLSv1.3' ? 'certificate_required' : 'handshake_failure'
  if (certificate === 'none' || clientAuthType === 'NoClientCert') return undefined
  // In TLS 1.2, groups are those of certificates as well (RFC 8422 §5.1), and the library minds it for the client's, too.
  const knowsCurve = version !== 'TLSv1.2' || (groups.includes('P-256') && groupsOf(options).includes('P-256'))
  if (!knowsCurve) return 'illegal_parameter'
  return certificate === 'foreign' && isVerified ? 'closed' : undefined
}
