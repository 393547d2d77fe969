import { getCiphers, type SecureVersion } from 'node:tls'

/** The field's names of the versions of TLS, and OpenSSL's. */
export const TLS_VERSIONS = {
  VersionTLS10: 'TLSv1',
  VersionTLS11: 'TLSv1.1',
  VersionTLS12: 'TLSv1.2',
  VersionTLS13: 'TLSv1.3',
} as const satisfies Record<string, SecureVersion>

export type TlsVersionName = keyof typeof TLS_VERSIONS

/**
 * Every cipher suite of TLS 1.3: they are all safe, and which of them is used cannot be configured there either. Go's choice,
 * and so the field's, comes first: its keys are derived with SHA-256, for which processors have instructions (a full
 * handshake: 405 → 373 µs).
 */
const TLS_13_SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']

/** The registered names of the suites up to TLS 1.2, and OpenSSL's. */
const SUITES: ReadonlyMap<string, string> = new Map([
  ['TLS_RSA_WITH_RC4_128_SHA', 'RC4-SHA'],
  ['TLS_RSA_WITH_3DES_EDE_CBC_SHA', 'DES-CBC3-SHA'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'],
  ['TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA256', 'AES128-SHA256'],
  ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
  ['TLS_RSA_WITH_AES_256_GCM_SHA384', 'AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_RC4_128_SHA', 'ECDHE-ECDSA-RC4-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'],
  ['TLS_ECDHE_RSA_WITH_RC4_128_SHA', 'ECDHE-RSA-RC4-SHA'],
  ['TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA', 'ECDHE-RSA-DES-CBC3-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'ECDHE-ECDSA-AES128-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 'ECDHE-RSA-AES128-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
])

/** What TLS 1.2 and older get where nobody configures anything, as in the field: keys that are good for one connection only. */
const DEFAULT_SUITES = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
]

const GROUPS: ReadonlyMap<string, string> = new Map([
  ['CurveP256', 'P-256'],
  ['secp256r1', 'P-256'],
  ['CurveP384', 'P-384'],
  ['secp384r1', 'P-384'],
  ['CurveP521', 'P-521'],
  ['secp521r1', 'P-521'],
  ['X25519', 'X25519'],
  ['x25519', 'X25519'],
  ['X25519MLKEM768', 'X25519MLKEM768'],
  ['SecP256r1MLKEM768', 'SecP256r1MLKEM768'],
  ['SecP384r1MLKEM1024', 'SecP384r1MLKEM1024'],
])

/** Every name that `toCipherList` takes. */
export const CIPHER_SUITES: readonly string[] = [...SUITES.keys(), ...TLS_13_SUITES]

/** Every name that `toGroupList` takes. */
export const TLS_GROUPS: readonly string[] = [...GROUPS.keys()]

/** The list that OpenSSL reads; names that it does not know are left out. */
export function toCipherList(names: readonly string[]): string {
  const suites = names.flatMap((name) => SUITES.get(name) ?? [])
  return [...TLS_13_SUITES, ...new Set(suites)].join(':')
}

/** The list of those who configure nothing. */
export const DEFAULT_CIPHER_LIST = toCipherList(DEFAULT_SUITES)

/** Whether a list that OpenSSL reads has suites for TLS 1.2 or older. */
export function hasOlderSuites(list: string): boolean {
  return list.split(':').some((name) => !TLS_13_SUITES.includes(name))
}

/** Whether any of these suites is for a version up to this one; those with a newer hash than SHA-1 came with TLS 1.2 (RFC 5246 §1.2). */
export function haveSuiteFor(names: readonly string[], highest: SecureVersion): boolean {
  if (highest === 'TLSv1.3') return true
  return names.some((name) => SUITES.has(name) && isAvailableSuite(name) && (highest === 'TLSv1.2' || name.endsWith('_SHA')))
}

/** Whether the library has a suite: some are so weak that it has been built without them. */
export function isAvailableSuite(name: string): boolean {
  return TLS_13_SUITES.includes(name) || getCiphers().includes(SUITES.get(name)?.toLowerCase() ?? '')
}

/** The list of key exchange groups that OpenSSL reads. */
export function toGroupList(names: readonly string[]): string {
  return [...new Set(names.flatMap((name) => GROUPS.get(name) ?? []))].join(':')
}
