import { boolean, duration, enumeration, filled, type Infer, integer, list, object, string, unsupported } from '../schema/index.ts'
import { CIPHER_SUITES, TLS_VERSIONS, type TlsVersionName } from '../tls/names.ts'

const VERSION_NAMES = Object.keys(TLS_VERSIONS) as TlsVersionName[]

/** A certificate of the gateway as a client. */
export const certificate = object('A certificate and its key.', {
  certFile: string('The certificate with the chain behind it: a file, or the certificates themselves.', { required: true }),
  keyFile: string('The key: a file, or the key itself.', { required: true, secret: true }),
})

/** A name that the certificate of a server may have to hold. */
export const subjectAltName = object('A name in a certificate.', {
  type: enumeration(['URI', 'DNSName'], 'Kind of the name.', { required: true }),
  value: string('The name; letters are compared without regard to case.', { required: true }),
})

/** How connections to servers are made and kept: `http.serversTransports.<name>`. */
export const serversTransport = object('How to connect to servers.', {
  serverName: string('Name to ask for and to verify in TLS; without one, the host of the URL.'),
  insecureSkipVerify: boolean('Accept any certificate.', { default: false }),
  rootCAs: list(string('A file, or the certificate itself.'), 'Authorities to trust instead of those of the system.', { default: [] }),
  certificates: list(certificate, 'Certificates of the gateway as a client; of those with the same kind of key the first is shown.', {
    default: [],
  }),
  maxIdleConnsPerHost: integer('Idle connections kept per server; 0 means 2, negative means none.', { default: 0 }),
  forwardingTimeouts: filled(
    object('How long a server may take.', {
      dialTimeout: duration('To accept a connection; 0 means no limit.', { default: '30s', min: 0 }),
      responseHeaderTimeout: duration('To begin its answer; 0 means no limit.', { default: '0s', min: 0 }),
      idleConnTimeout: duration('How long an idle connection is kept; 0 means no limit.', { default: '90s', min: 0 }),
      readIdleTimeout: duration('Silence after which an HTTP/2 connection is probed with a ping; 0 means never.', {
        default: '0s',
        min: 0,
      }),
      pingTimeout: duration('Time in which that ping must be answered, or the connection is closed; 0 means no limit.', {
        default: '15s',
        min: 0,
      }),
    }),
  ),
  cipherSuites: list(
    enumeration(CIPHER_SUITES, 'A cipher suite.'),
    'Cipher suites of TLS 1.2 and older; those of TLS 1.3 are always allowed.',
    {
      default: [],
    },
  ),
  minVersion: enumeration(VERSION_NAMES, 'Lowest version of TLS; without one, 1.2.'),
  maxVersion: enumeration(VERSION_NAMES, 'Highest version of TLS; without one, the newest.'),
  disableHTTP2: boolean('Never speak HTTP/2.', { default: false }),
  peerCertURI: string('URI that the certificate of the server must hold; it is verified even with `insecureSkipVerify`.'),
  peerCertSANs: list(
    subjectAltName,
    'Names of which the certificate of the server must hold one; it is verified even with `insecureSkipVerify`.',
    {
      default: [],
    },
  ),
  spiffe: unsupported('Identities of SPIFFE; `certificates`, `rootCAs` and `peerCertURI` check an identity without its workload API.'),
})

export type ServersTransport = Infer<typeof serversTransport>
