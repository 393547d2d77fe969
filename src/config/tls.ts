import { boolean, deprecated, enumeration, filled, type Infer, list, map, object, required, section, string } from '../schema/index.ts'
import { CIPHER_SUITES, TLS_GROUPS, TLS_VERSIONS, type TlsVersionName } from '../tls/names.ts'

const VERSIONS = Object.keys(TLS_VERSIONS) as TlsVersionName[]

const knownAs =
  (names: readonly string[], expected: string) =>
  (value: string): string | undefined =>
    names.includes(value) ? undefined : expected

const certificateFields = {
  certFile: string('The certificate and those between it and its authority, as PEM, or the file that holds them.', { required: true }),
  keyFile: string('The private key, as PEM, or the file that holds it.', { required: true, secret: true }),
}

const certificate = object('A certificate and its key.', {
  ...certificateFields,
  stores: list(string('Name of a store.'), 'Stores that hold it; only `default` is served from.', { default: [] }),
})

const names = {
  main: string('The name.', { required: true }),
  sans: list(string('A name.'), 'Alternative names.', { default: [] }),
}

const generatedCertificate = object('Gets the default certificate from a resolver; until it is there, a self-signed one is served.', {
  resolver: string('Name of the resolver.', { required: true }),
  domain: required(object('The names that it is for.', names)),
})

const store = object('Where certificates are kept.', {
  defaultCertificate: section(object('The certificate for names that no other one holds.', certificateFields)),
  defaultGeneratedCert: section(generatedCertificate),
})

const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const

const clientAuth = object('Certificates of clients.', {
  caFiles: list(string('A file, or the certificate itself.'), 'Authorities that sign certificates of clients.', { default: [] }),
  clientAuthType: enumeration(
    CLIENT_AUTH_TYPES,
    'Whether a client needs a certificate; with authorities and without a type, it does and it is verified.',
  ),
})

const options = object('How handshakes are done.', {
  minVersion: enumeration(VERSIONS, 'The lowest version of TLS; without one, 1.2.'),
  maxVersion: enumeration(VERSIONS, 'The highest version of TLS.'),
  cipherSuites: list(
    string('The registered name of a suite.', { check: knownAs(CIPHER_SUITES, 'the registered name of a cipher suite that is known') }),
    'Cipher suites up to TLS 1.2; those of TLS 1.3 are always there.',
  ),
  curvePreferences: list(
    string('The name of a curve.', { check: knownAs(TLS_GROUPS, `one of ${TLS_GROUPS.join(', ')}`) }),
    'Groups for the key exchange, the preferred one first.',
  ),
  clientAuth: section(clientAuth),
  sniStrict: boolean('Refuse names that no certificate holds, instead of serving the default certificate.', { default: false }),
  alpnProtocols: list(string('Name of a protocol.'), 'Protocols that are offered, the preferred one first.', {
    default: ['h2', 'http/1.1', 'acme-tls/1'],
  }),
  disableSessionTickets: boolean('Every connection does a whole handshake.', { default: false }),
  preferServerCipherSuites: deprecated(boolean('Whose order of suites counts.'), 'has no effect: the order of the gateway counts'),
})

/** The section `tls` of the dynamic configuration. */
export const tlsConfiguration = object('Certificates, and how handshakes are done.', {
  certificates: list(certificate, 'Certificates to serve.', { default: [] }),
  stores: filled(map(store, 'Stores by name.')),
  options: filled(map(options, 'Options by name; `default` holds for every host that asks for no others.')),
})

/** What every router can say of TLS. */
export const routerTlsFields = {
  options: string('Name of the TLS options for its hosts.', { default: '' }),
  certResolver: string('The resolver that gets its certificates.'),
  domains: list(
    object('A name and its alternatives.', {
      main: string('The name.'),
      sans: list(string('A name.'), 'Alternative names.', { default: [] }),
    }),
    'Names that a resolver asks certificates for.',
    { default: [] },
  ),
}

/** The section `tls` of a router, and of an entry point for all its routers. */
export const routerTls = object('Serve it with TLS, and only with TLS.', routerTlsFields, { standalone: true })

export type ConfiguredTlsOptions = Infer<typeof options>
export type ConfiguredCertificate = Pick<Infer<typeof certificate>, 'certFile' | 'keyFile'>
export type GeneratedCertificate = Infer<typeof generatedCertificate>
export type RouterTls = Infer<typeof routerTls>
