import {
  boolean,
  deprecated,
  duration,
  enumeration,
  filled,
  type Infer,
  integer,
  list,
  map,
  object,
  section,
  string,
  unsupported,
} from '../schema/index.ts'

const checkUrl = (text: string): string | undefined =>
  /^https?:\/\/[^\s/]+/i.test(text)
    ? undefined
    : 'the address of a directory, for instance `https://acme-v02.api.letsencrypt.org/directory`'

const checkPath = (text: string): string | undefined => (text.trim() === '' ? 'the name of a file' : undefined)

const externalAccount = object('Binds the account to one that exists at the authority already.', {
  kid: string('The identifier of the key.', { required: true }),
  hmacEncoded: string('The key in base64url.', { required: true, secret: true }),
})

const httpChallenge = object('Proves control with an answer over HTTP (HTTP-01): the authority asks port 80 of each name.', {
  entryPoint: string('The entry point that port 80 leads to.', { required: true }),
  delay: duration('Time between the moment the answer is ready and the request to check it.', { default: '0s', min: 0 }),
})

const tlsChallenge = object(
  'Proves control within a TLS handshake (TLS-ALPN-01): the authority connects to port 443 of each name.',
  { delay: duration('Time between the moment the answer is ready and the request to check it.', { default: '0s', min: 0 }) },
  { standalone: true },
)

const propagation = object('When a record counts as visible.', {
  disableChecks: boolean('Do not look for the record.', { default: false }),
  disableANSChecks: boolean('Do not ask the authoritative servers.', { default: false }),
  requireAllRNS: boolean('Every recursive resolver must know the record.', { default: false }),
  delayBeforeChecks: duration('Time before the first look.', { default: '0s', min: 0 }),
})

const dnsChallenge = object('Proves control with a TXT record (DNS-01); the only way to certificates for wildcards.', {
  provider: string(
    'How the record is set: `exec` runs the program in `EXEC_PATH`, `httpreq` calls the web hook in `HTTPREQ_ENDPOINT`; each reads its further settings from the environment.',
    { required: true },
  ),
  resolvers: list(string('`host:port` of a recursive resolver.'), 'Resolvers to use instead of those of the system.', { default: [] }),
  propagation: filled(propagation),
  delayBeforeCheck: deprecated(
    duration('Time before the first look.', { min: 0 }),
    'goes by another name now: `propagation.delayBeforeChecks`',
  ),
  disablePropagationCheck: deprecated(boolean('Do not look for the record.'), 'goes by another name now: `propagation.disableChecks`'),
})

/** Where certificates come from by ACME (RFC 8555), and how control of the names is proven. */
const acme = object('Certificates from an authority that speaks ACME (RFC 8555).', {
  email: string('Where the authority writes to.', { default: '' }),
  emailAddresses: unsupported('Addresses within the certificates.'),
  caServer: string('The directory of the authority.', { default: 'https://acme-v02.api.letsencrypt.org/directory', check: checkUrl }),
  storage: string('File that holds the account, the certificates and their keys; only its owner may read it.', {
    default: 'acme.json',
    check: checkPath,
  }),
  keyType: enumeration(['RSA2048', 'RSA4096', 'RSA8192', 'EC256', 'EC384'], 'Kind of the keys of new certificates.', {
    default: 'RSA4096',
  }),
  certificatesDuration: integer(
    'Hours for which the authority makes certificates valid at the most; a third of it before the end they are renewed.',
    {
      default: 2160,
      min: 1,
    },
  ),
  preferredChain: string('Common name of the root that the chain should lead to, where the authority offers several chains.', {
    default: '',
  }),
  profile: string('Name of a profile of the authority.', { default: '' }),
  disableCommonName: boolean('Ask for certificates without a common name.', { default: false }),
  clientTimeout: duration('For a whole call of the authority.', { default: '2m', min: '1ms' }),
  clientResponseHeaderTimeout: duration('Until the authority begins its answer.', { default: '30s', min: '1ms' }),
  certificateTimeout: duration('Until the authority has made the certificate.', { default: '30s', min: '1ms' }),
  eab: section(externalAccount),
  caCertificates: list(string('A file, or the certificate itself.'), 'Authorities to trust when the server of the authority is called.', {
    default: [],
  }),
  caSystemCertPool: boolean('Trust those of the system as well.', { default: false }),
  caServerName: string('The name to expect in the certificate of that server.', { default: '' }),
  httpChallenge: section(httpChallenge),
  tlsChallenge: section(tlsChallenge),
  dnsChallenge: section(dnsChallenge),
})

/** Where certificates come from, by name. */
export const certificatesResolvers = map(
  object(
    'Where certificates come from: exactly one way.',
    { acme: section(acme), tailscale: unsupported('Certificates from the Tailscale daemon of this machine.') },
    { exactlyOne: true },
  ),
  'Where certificates come from, by the name that routers use.',
)

/** Keeps the revocation answers of authorities beside the certificates. */
export const ocsp = object(
  'Send the answer of the authority, whether a certificate is revoked, along with the certificate (OCSP stapling, RFC 6066 §8).',
  {
    responderOverrides: filled(
      map(string('The address to ask instead.', { check: checkUrl }), 'Addresses to ask instead of those that certificates name.'),
    ),
  },
  { standalone: true },
)

export type AcmeOptions = Infer<typeof acme>
export type DnsChallenge = Infer<typeof dnsChallenge>
export type OcspOptions = Infer<typeof ocsp>
