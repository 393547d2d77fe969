import { createPrivateKey } from 'node:crypto'
import { isIP } from 'node:net'
import {
  type ConnectionOptions,
  checkServerIdentity,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls'
import { TLS_VERSIONS, type TlsVersionName, toCipherList } from './names.ts'
import { holdsName, type SubjectAltName } from './subject-alt-names.ts'

/** How to speak TLS as a client: the part of a servers transport that is about it. Certificates and keys are PEM texts. */
export interface ClientTlsSettings {
  /** Name to ask for and to verify; without one, that of the server. */
  readonly serverName?: string | undefined
  readonly insecureSkipVerify: boolean
  /** Replace the system's authorities; without any, these hold. */
  readonly rootCAs: readonly string[]
  readonly certificates?: readonly { readonly certFile: string; readonly keyFile: string }[] | undefined
  readonly minVersion?: TlsVersionName | undefined
  readonly maxVersion?: TlsVersionName | undefined
  readonly cipherSuites?: readonly string[] | undefined
  readonly peerCertURI?: string | undefined
  readonly peerCertSANs?: readonly SubjectAltName[] | undefined
}

/** The part that many connections share, as loading the authorities takes milliseconds. */
export type ClientContextSettings = Pick<ClientTlsSettings, 'rootCAs' | 'certificates' | 'minVersion' | 'maxVersion' | 'cipherSuites'>

/** Certificates, keys, versions and suites for `tls.createSecureContext`. */
export function clientContextOptions({ rootCAs, certificates = [], ...protocol }: ClientContextSettings): SecureContextOptions {
  const authorities = rootCAs.length > 0 ? [...rootCAs] : getCACertificates('system')
  return {
    ...protocolOptions(protocol),
    // A system without authorities leaves those that Node brings.
    ...(authorities.length === 0 ? {} : { ca: authorities }),
    ...clientCertificates(certificates),
  }
}

/** Options for a connection to a host; a context, where there is one already, was made of the same settings. */
export function clientTlsOptions(settings: ClientTlsSettings, host?: string, context?: SecureContext): ConnectionOptions {
  const name = settings.serverName || host
  return {
    ...(context === undefined ? clientContextOptions(settings) : { secureContext: context }),
    // An address is no server name (RFC 6066 §3).
    ...(name === undefined || isIP(name) !== 0 ? {} : { servername: name }),
    // Who names a peer wants to know that it is the one: its certificate is verified even where its host is not.
    rejectUnauthorized: !settings.insecureSkipVerify || namesPeer(settings),
    checkServerIdentity: identityCheck(settings),
  }
}

/** The versions and suites that OpenSSL should use. */
export function protocolOptions({ minVersion, maxVersion, cipherSuites = [] }: Partial<ClientContextSettings>): SecureContextOptions {
  const isOld = OLD_VERSIONS.has(minVersion) || OLD_VERSIONS.has(maxVersion)
  const ciphers = cipherSuites.length > 0 ? toCipherList(cipherSuites) : isOld ? 'DEFAULT' : undefined
  return {
    // The least is TLS 1.2 unless the configuration goes lower, be it by the highest it allows.
    minVersion: TLS_VERSIONS[minVersion ?? (maxVersion !== undefined && isOld ? maxVersion : 'VersionTLS12')],
    ...(maxVersion === undefined ? {} : { maxVersion: TLS_VERSIONS[maxVersion] }),
    // What is older signs with SHA-1, which OpenSSL refuses at its ordinary level.
    ...(ciphers === undefined ? {} : { ciphers: isOld ? `${ciphers}:@SECLEVEL=0` : ciphers }),
  }
}

const OLD_VERSIONS: ReadonlySet<TlsVersionName | undefined> = new Set(['VersionTLS10', 'VersionTLS11'])

/** OpenSSL has place for one certificate of each kind of key: the first one that the configuration names. */
function clientCertificates(certificates: NonNullable<ClientTlsSettings['certificates']>): SecureContextOptions {
  const kinds = new Map<string | undefined, (typeof certificates)[number]>()
  for (const certificate of certificates) {
    const kind = createPrivateKey(certificate.keyFile).asymmetricKeyType
    if (!kinds.has(kind)) kinds.set(kind, certificate)
  }
  const shown = [...kinds.values()]
  return shown.length === 0 ? {} : { cert: shown.map(({ certFile }) => certFile), key: shown.map(({ keyFile }) => keyFile) }
}

function namesPeer({ peerCertURI, peerCertSANs = [] }: ClientTlsSettings): boolean {
  return Boolean(peerCertURI) || peerCertSANs.length > 0
}

function identityCheck({ serverName, insecureSkipVerify, peerCertURI, peerCertSANs = [] }: ClientTlsSettings) {
  return function checkIdentity(host: string, certificate: PeerCertificate): Error | undefined {
    const { subjectaltname = '' } = certificate
    const wrongHost = insecureSkipVerify ? undefined : checkServerIdentity(serverName || host, certificate)
    if (wrongHost !== undefined) return wrongHost
    if (peerCertURI && !holdsName(subjectaltname, { type: 'URI', value: peerCertURI })) {
      return new Error(`the certificate of the server does not hold the URI ${peerCertURI}`)
    }
    if (peerCertSANs.length > 0 && !peerCertSANs.some((name) => holdsName(subjectaltname, name))) {
      return new Error('the certificate of the server holds none of the names in peerCertSANs')
    }
    return undefined
  }
}
