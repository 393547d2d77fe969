import { middlewareCatalogue } from '../middlewares/catalogue.ts'
import {
  boolean,
  duration,
  enumeration,
  filled,
  type Infer,
  int64,
  integer,
  list,
  map,
  object,
  type Schema,
  section,
  string,
  unsupported,
} from '../schema/index.ts'

const router = object('Which requests go to which service.', {
  rule: string('What a request must look like, for instance `` Host(`example.com`) ``.'),
  entryPoints: list(string('Name of an entry point.'), 'Entry points that it listens to; without any, the default ones.', { default: [] }),
  middlewares: list(string('Name of a middleware.'), 'Middlewares in the order in which a request meets them.', { default: [] }),
  service: string('The service that answers.'),
  priority: int64('Higher is tried first; without one, or with 0, the length of the rule.'),
  ruleSyntax: string('Syntax of the rule: `v3`, which is also the default.'),
  tls: unsupported('Serve the router with TLS.'),
  observability: unsupported('Logs, metrics and traces of the router.'),
  parentRefs: unsupported('Routers whose requests this one routes further.'),
})

const server = object('A server that answers requests.', {
  url: string('Scheme, host and port, for instance `http://10.0.0.1:8080`.', { required: true }),
  weight: integer('Its share in proportion to the others; 0 or less: none.', { default: 1 }),
  preservePath: boolean('Put the path of the URL in front of that of each request.', { default: false }),
})

const loadBalancer = object('Spreads requests over servers.', {
  servers: list(server, 'The servers; without any, every request is answered 503.', { default: [] }),
  strategy: enumeration(['wrr', 'p2c', 'hrw', 'leasttime'], 'How the server of a request is chosen.', { default: 'wrr' }),
  passHostHeader: boolean('Send the Host of the client on; otherwise that of the server.', { default: true }),
  responseForwarding: filled(
    object('How a response is passed on.', {
      flushInterval: duration('Accepted and without effect: what arrives is passed on at once.', { default: '100ms' }),
    }),
  ),
  serversTransport: string('How to connect to the servers; without one, the `serversTransport` of the static configuration.'),
  sticky: unsupported('Keep a client with one server.'),
  healthCheck: unsupported('Ask servers whether they are well.'),
  passiveHealthCheck: unsupported('Learn from failures which servers are not well.'),
})

const service = object(
  'What answers requests: exactly one kind of service.',
  {
    loadBalancer: section(loadBalancer),
    weighted: unsupported('Spreads requests over services by weight.'),
    highestRandomWeight: unsupported('Spreads clients over services.'),
    mirroring: unsupported('Sends copies of requests to further services.'),
    failover: unsupported('Answers from a second service when the first one cannot.'),
  },
  { exactlyOne: true },
)

const serversTransport = object('How to connect to servers.', {
  serverName: string('Name to ask for and to verify in TLS; without one, the host of the URL.'),
  insecureSkipVerify: boolean('Accept any certificate.', { default: false }),
  rootCAs: list(string('A file, or the certificate itself.'), 'Authorities to trust instead of those of the system.', { default: [] }),
  maxIdleConnsPerHost: integer('Idle connections kept per server; 0 means 2, negative means none.', { default: 0 }),
  forwardingTimeouts: filled(
    object('How long a server may take.', {
      dialTimeout: duration('To accept a connection; 0 means no limit.', { default: '30s', min: 0 }),
      responseHeaderTimeout: duration('To begin its answer; 0 means no limit.', { default: '0s', min: 0 }),
      idleConnTimeout: duration('How long an idle connection is kept; 0 means no limit.', { default: '90s', min: 0 }),
      readIdleTimeout: unsupported('Idle time after which an HTTP/2 connection is probed.'),
      pingTimeout: unsupported('Time in which an HTTP/2 probe must be answered.'),
    }),
  ),
  certificates: unsupported('Certificates of the gateway as a client.'),
  cipherSuites: unsupported('TLS cipher suites.'),
  minVersion: unsupported('Lowest version of TLS.'),
  maxVersion: unsupported('Highest version of TLS.'),
  disableHTTP2: unsupported('Never speak HTTP/2.'),
  peerCertURI: unsupported('URI that the certificate must hold.'),
  peerCertSANs: unsupported('Names of which the certificate must hold one.'),
  spiffe: unsupported('Identities of SPIFFE.'),
})

/** Kinds that are known and cannot be built yet; a kind leaves this list when it enters the catalogue. */
const missingMiddlewares = {
  stripPrefixRegex: 'Removes what matches an expression from the start of the path.',
  replacePath: 'Replaces the path.',
  replacePathRegex: 'Rewrites the path by an expression.',
  redirectRegex: 'Redirects by an expression.',
  redirectScheme: 'Redirects to another scheme or port.',
  chain: 'Groups middlewares under one name.',
  ipAllowList: 'Admits clients by address.',
  ipWhiteList: 'Old name of `ipAllowList`.',
  headers: 'Changes header fields.',
  basicAuth: 'Asks for a name and a password.',
  digestAuth: 'Asks for a name and a digest of a password.',
  forwardAuth: 'Asks another server whether a request is allowed.',
  rateLimit: 'Limits the rate of requests.',
  inFlightReq: 'Limits requests at the same time.',
  circuitBreaker: 'Stops asking a service that fails.',
  retry: 'Asks again when a server fails.',
  buffering: 'Holds requests and responses back until they are complete.',
  compress: 'Compresses responses.',
  contentType: 'Detects the type of responses.',
  errors: 'Answers errors with pages of a service.',
  grpcWeb: 'Translates gRPC-Web into gRPC.',
  passTLSClientCert: 'Passes the certificate of the client on.',
  plugin: 'A middleware from a plugin.',
}

type Catalogue = typeof middlewareCatalogue
type MiddlewareKinds = { readonly [Kind in keyof Catalogue]: Schema<Infer<Catalogue[Kind]['options']>> }
type MissingKinds = Readonly<Record<keyof typeof missingMiddlewares, Schema<undefined>>>

const middleware = object(
  'What happens to requests and responses on their way: exactly one kind of middleware.',
  {
    ...(mapValues<{ options: Schema }, Schema>(middlewareCatalogue, ({ options }) => section(options)) as MiddlewareKinds),
    ...(mapValues(missingMiddlewares, unsupported) as MissingKinds),
  },
  { exactlyOne: true },
)

/** Everything that providers say: what the gateway does with requests. It changes while the gateway runs. */
export const dynamicConfiguration = object('Routing: it comes from providers and changes while the gateway runs.', {
  http: filled(
    object('HTTP.', {
      routers: filled(map(router, 'Routers by name.')),
      services: filled(map(service, 'Services by name.')),
      middlewares: filled(map(middleware, 'Middlewares by name.')),
      serversTransports: filled(map(serversTransport, 'Transports by name.')),
    }),
  ),
  tcp: unsupported('Raw TCP.'),
  udp: unsupported('UDP.'),
  tls: unsupported('Certificates and options of TLS.'),
})

export type DynamicConfiguration = Infer<typeof dynamicConfiguration>
export type Router = Infer<typeof router>
export type Service = Infer<typeof service>
export type Middleware = Infer<typeof middleware>
export type ServersTransport = Infer<typeof serversTransport>

function mapValues<Value, Result>(record: Readonly<Record<string, Value>>, convert: (value: Value) => Result): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, convert(value)]))
}
