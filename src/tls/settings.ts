import type { SecureVersion } from 'node:tls'

/** A certificate with the chain behind it, and its key, as PEM texts. */
export interface CertificatePair {
  /** Lower case: subject and alternative names, wildcards among them, and addresses. */
  readonly names: readonly string[]
  readonly cert: string
  readonly key: string
}

/** How a certificate of the client is asked for. */
export interface ClientAuth {
  /** The handshake fails without one. */
  readonly required: boolean
  /** One that these authorities have not signed ends the connection. */
  readonly verified: boolean
  /** PEM texts. */
  readonly authorities: readonly string[]
}

/** How handshakes of some server names are done. */
export interface TlsOptions {
  readonly minVersion?: SecureVersion
  readonly maxVersion?: SecureVersion
  /** As OpenSSL reads them; absent for its own. */
  readonly ciphers?: string
  readonly groups?: string
  readonly clientAuth?: ClientAuth
  /** Names that no certificate holds are refused. */
  readonly sniStrict: boolean
  /** In order of preference. */
  readonly protocols: readonly string[]
  readonly tickets: boolean
}

/** The default certificate is to come from a resolver. */
export interface GeneratedDefault {
  readonly resolver: string
  /** All of them have to be in it. */
  readonly names: readonly string[]
  /** Who says so. */
  readonly provider: string
}

/** All of TLS that is live, as plain data. */
export interface TlsSettings {
  readonly certificates: readonly CertificatePair[]
  /** For names that no certificate holds. */
  readonly defaultCertificate?: CertificatePair
  readonly generatedDefault?: GeneratedDefault
  /** By qualified name, and `default`. What is used and not here is broken: such connections are closed. */
  readonly options: Readonly<Record<string, TlsOptions>>
  /** By entry point with TLS: the options of each host of its routers; every other name gets `default`. */
  readonly hosts: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** How an authority hears over HTTP that a name is ours (RFC 8555 §8.3). */
export interface HttpChallenge {
  readonly host: string
  readonly token: string
  readonly answer: string
}

/** What authorities of certificates are about to ask for. */
export interface Challenges {
  readonly http: readonly HttpChallenge[]
  /** For handshakes with nothing but `acme-tls/1` (RFC 8737). */
  readonly tls: readonly CertificatePair[]
}

/** The protocol of handshakes that only check who owns a name (RFC 8737 §4). */
export const ACME_TLS = 'acme-tls/1'

/** How those handshakes are done. */
export const ACME_TLS_OPTIONS: TlsOptions = { minVersion: 'TLSv1.2', sniStrict: true, protocols: [ACME_TLS], tickets: false }

/** A response of an authority for the certificate, as a handshake carries it (RFC 6066 §8). */
export interface Staple {
  /** PEM, as in the settings. */
  readonly cert: string
  readonly response: Uint8Array
}

/** The options of names for which nothing is configured. */
export const DEFAULT_TLS_OPTIONS: TlsOptions = { minVersion: 'TLSv1.2', sniStrict: false, protocols: ['h2', 'http/1.1'], tickets: true }
