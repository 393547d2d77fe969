import type { RuleSyntax } from '../rule/syntaxes.ts'
import {
  boolean,
  duration,
  enumeration,
  filled,
  type Infer,
  int64,
  list,
  map,
  object,
  type Schema,
  section,
  string,
  unsupported,
} from '../schema/index.ts'
import { tcpMiddlewareCatalogue } from '../tcp/catalogue.ts'
import { proxyProtocolOptions, tcpLoadBalancer, tcpWeighted } from '../tcp/options.ts'
import { certificate, subjectAltName } from './servers-transport.ts'
import type { SnapshotRouterTls } from './snapshot.ts'
import { routerTlsFields } from './tls.ts'

const tcpRouterTls = object(
  'Serve it with TLS, and only with TLS.',
  {
    passthrough: boolean('Leave TLS to the server: the gateway only reads the name that the client asks for.', { default: false }),
    ...routerTlsFields,
  },
  { standalone: true },
)

const router = object('Which connections go to which service.', {
  rule: string('What a connection must look like, for instance `` HostSNI(`example.com`) ``.'),
  entryPoints: list(string('Name of an entry point.'), 'Entry points that it listens to; without any, the default ones.', { default: [] }),
  middlewares: list(string('Name of a TCP middleware.'), 'Middlewares in the order in which a connection meets them.', { default: [] }),
  service: string('The service that gets the connections.'),
  priority: int64('Higher is tried first; without one, or with 0, the length of the rule.'),
  ruleSyntax: enumeration(
    ['v3', 'v2', 'default'],
    'Syntax of the rule: `v3`, or `v2` for rules of Traefik 2; without one, that of `core.defaultRuleSyntax`.',
  ),
  tls: section(tcpRouterTls),
})

const service = object(
  'What gets connections: exactly one kind of service.',
  { loadBalancer: section(tcpLoadBalancer), weighted: section(tcpWeighted) },
  { exactlyOne: true },
)

type Catalogue = typeof tcpMiddlewareCatalogue
type MiddlewareKinds = { readonly [Kind in keyof Catalogue]: Schema<Infer<Catalogue[Kind]['options']>> }

const middleware = object(
  'Which connections go on: exactly one kind of middleware.',
  {
    ...(Object.fromEntries(
      Object.entries<{ options: Schema }>(tcpMiddlewareCatalogue).map(([kind, { options }]) => [kind, section(options)]),
    ) as MiddlewareKinds),
  },
  { exactlyOne: true },
)

const transportTls = object('TLS towards servers that ask for it with `tls: true`.', {
  serverName: string('Name to ask for and to verify; without one, the host of the address.'),
  insecureSkipVerify: boolean('Accept any certificate.', { default: false }),
  rootCAs: list(string('A file, or the certificate itself.'), 'Authorities to trust instead of those of the system.', { default: [] }),
  certificates: list(certificate, 'Certificates of the gateway as a client; of those with the same kind of key the first is shown.', {
    default: [],
  }),
  peerCertURI: string('URI that the certificate of the server must hold; it is verified even with `insecureSkipVerify`.'),
  peerCertSANs: list(
    subjectAltName,
    'Names of which the certificate of the server must hold one; it is verified even with `insecureSkipVerify`.',
    { default: [] },
  ),
  spiffe: unsupported('Identities of SPIFFE.'),
})

/** How connections to the servers of TCP services are made: `tcp.serversTransports.<name>`. */
export const tcpServersTransport = object('How to connect to servers.', {
  dialTimeout: duration('How long a server may take to accept a connection; 0 means no limit.', { default: '30s', min: 0 }),
  dialKeepAlive: duration('Silence after which the server is asked whether it is still there; negative means never.', { default: '15s' }),
  terminationDelay: duration('How long one side may go on after the other has ended; negative means without a limit.', {
    default: '100ms',
  }),
  proxyProtocol: section(proxyProtocolOptions),
  tls: filled(transportTls),
})

/** The section `tcp` of the dynamic configuration. */
export const tcpConfiguration = object('Raw TCP.', {
  routers: filled(map(router, 'Routers by name.')),
  services: filled(map(service, 'Services by name.')),
  middlewares: filled(map(middleware, 'Middlewares by name.')),
  serversTransports: filled(map(tcpServersTransport, 'Transports by name.')),
})

export type TcpRouter = Infer<typeof router>
export type TcpService = Infer<typeof service>
export type TcpMiddleware = Infer<typeof middleware>
export type TcpServersTransport = Infer<typeof tcpServersTransport>

/** A TCP router as the data plane needs it: every name qualified, priority computed. */
export interface SnapshotTcpRouter {
  readonly entryPoints: readonly string[]
  readonly rule: string
  readonly ruleSyntax: RuleSyntax
  readonly priority: bigint
  /** Place of the provider in `providers.precedence`: breaks ties, lower wins. */
  readonly rank: number
  readonly middlewares: readonly string[]
  readonly service: string
  /** Present where it gets TLS connections, and only those: the gateway does TLS with them, or leaves it to the server. */
  readonly tls?: SnapshotRouterTls | { readonly passthrough: true }
}
