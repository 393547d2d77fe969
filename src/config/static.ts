import {
  boolean,
  duration,
  enumeration,
  filled,
  type Infer,
  integer,
  list,
  map,
  object,
  type Schema,
  section,
  string,
  unsupported,
} from '../schema/index.ts'
import { certificatesResolvers, ocsp } from './certificates-resolvers.ts'
import { entryPoint } from './entry-point.ts'
import { metrics } from './metrics.ts'

/** What the vocabulary needs to know of an installed provider. */
export interface ProviderOptions {
  readonly name: string
  readonly options: Schema
}

/** Providers from the one whose routers win a tie to the one whose routers lose it. */
export const PROVIDER_PRECEDENCE: readonly string[] = [
  'kubernetesgateway',
  'kubernetescrd',
  'kubernetes',
  'kubernetesingressnginx',
  'swarm',
  'docker',
  'file',
  'redis',
  'knative',
  'consul',
  'consulcatalog',
  'nomad',
  'etcd',
  'ecs',
  'http',
  'zookeeper',
  'rest',
]

const global = object('Settings of the whole gateway.', {
  checkNewVersion: boolean('Accepted and without effect: the gateway never calls home.', { default: true }),
  sendAnonymousUsage: boolean('Accepted and without effect: the gateway never calls home.', { default: false }),
  notAppendXForwardedFor: boolean('Accepted and without effect; `forwardedHeaders.notAppendXForwardedFor` of an entry point decides.', {
    default: false,
  }),
})

const log = object(
  'What the gateway says about itself.',
  {
    level: enumeration(
      ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'PANIC'],
      'Least severity that is written. The default is `INFO`; in Traefik it is `ERROR`.',
      { default: 'INFO' },
    ),
    format: enumeration(['common', 'json'], 'Lines for people or for programs.', { default: 'common' }),
    noColor: boolean('No colours in the common format.', { default: false }),
    filePath: unsupported('File to write to; without one, the standard output.'),
    maxSize: unsupported('Size at which the file is rotated.'),
    maxAge: unsupported('Days for which rotated files are kept.'),
    maxBackups: unsupported('Number of rotated files that are kept.'),
    compress: unsupported('Compress rotated files.'),
    otlp: unsupported('Send the log to an OpenTelemetry collector.'),
  },
  { standalone: true },
)

const ping = object(
  'Answers health checks at `/ping`.',
  {
    entryPoint: string('Entry point that answers. One named `traefik` is taken where `gateway` does not exist.', { default: 'gateway' }),
    manualRouting: boolean('Make only the service `ping@internal`, for a router of your own.', { default: false }),
    terminatingStatusCode: integer('Status while the gateway shuts down.', { default: 503, min: 100, max: 599 }),
  },
  { standalone: true },
)

const checkBasePath = (text: string): string | undefined =>
  /^\/[a-zA-Z0-9/_.:~-]*$/.test(text) ? undefined : 'a path of letters, digits and `/_.:~-` that begins with `/`'

const api = object(
  'Tells what is configured, what is wrong with it and which servers are up, as JSON: the service `api@internal`.',
  {
    insecure: boolean(
      'Publish it without any protection on the entry point `gateway` (or `traefik`), which listens on port 8080 where nobody has configured it.',
      { default: false },
    ),
    dashboard: boolean('Accepted and without effect: there is no dashboard yet.', { default: true }),
    debug: boolean('Profiles of the process. Not supported yet.', { default: false }),
    basePath: string('What the paths begin with, in front of `/api`.', { default: '/', check: checkBasePath }),
    disableDashboardAd: boolean('Told to dashboards: no advertisements.', { default: false }),
    dashboardName: string('Told to dashboards: their title.', { default: '' }),
  },
  { standalone: true },
)

const serversTransport = object('How to connect to servers, where a service names no transport of its own.', {
  insecureSkipVerify: boolean('Accept any certificate.', { default: false }),
  rootCAs: list(string('A file, or the certificate itself.'), 'Authorities to trust instead of those of the system.', { default: [] }),
  maxIdleConnsPerHost: integer('Idle connections kept per server; 0 means 2, negative means none.', { default: 200 }),
  forwardingTimeouts: filled(
    object('How long a server may take.', {
      dialTimeout: duration('To accept a connection; 0 means no limit.', { default: '30s', min: 0 }),
      responseHeaderTimeout: duration('To begin its answer; 0 means no limit.', { default: '0s', min: 0 }),
      idleConnTimeout: duration('How long an idle connection is kept; 0 means no limit.', { default: '90s', min: 0 }),
    }),
  ),
  spiffe: unsupported('Identities of SPIFFE.'),
})

const tcpServersTransport = object('How to connect to TCP servers, where a service names no transport of its own.', {
  dialTimeout: duration('How long a server may take to accept a connection; 0 means no limit.', { default: '30s', min: 0 }),
  dialKeepAlive: duration('Silence after which the server is asked whether it is still there; negative means never.', { default: '15s' }),
  terminationDelay: duration('How long one side may go on after the other has ended; negative means without a limit.', {
    default: '100ms',
  }),
  tls: section(
    object('TLS towards servers that ask for it with `tls: true`.', {
      insecureSkipVerify: boolean('Accept any certificate.', { default: false }),
      rootCAs: list(string('A file, or the certificate itself.'), 'Authorities to trust instead of those of the system.', { default: [] }),
      spiffe: unsupported('Identities of SPIFFE.'),
    }),
  ),
})

const core = object('Settings of the routing core.', {
  defaultRuleSyntax: enumeration(['v3', 'v2'], 'Syntax of the rules of routers that name none.', { default: 'v3' }),
})

const experimental = object('Settings that may change.', {
  plugins: unsupported('Plugins of Traefik; plugins of the gateway are installed with `gateway plugins install`.'),
  localPlugins: unsupported('Plugins of Traefik from a local folder.'),
  abortOnPluginFailure: unsupported('Do not start when a plugin of Traefik fails.'),
  fastProxy: unsupported('The alternative HTTP engine of Traefik.'),
  otlpLogs: unsupported('Allow logs to be sent to an OpenTelemetry collector.'),
  knative: unsupported('Allow the Knative provider.'),
  kubernetesGateway: unsupported('Allow the Kubernetes Gateway provider.'),
  kubernetesIngressNGINX: unsupported('Allow the provider of ingress-nginx resources.'),
})

const commonProviderFields = {
  providersThrottleDuration: duration('Least time between two configurations of one provider that are applied.', {
    default: '2s',
    min: 0,
  }),
  precedence: list(
    string('Name of a provider.'),
    'Which provider wins where two routers have the same priority; one that is not listed loses.',
    { default: PROVIDER_PRECEDENCE },
  ),
}

const commonProviderOptions = object('Where routing configuration comes from.', commonProviderFields)

type ProvidersSection = Infer<typeof commonProviderOptions> & { readonly [provider: string]: unknown }

/** The sections of the installed providers beside what holds for all of them. */
function providerSections(providers: readonly ProviderOptions[]): Schema<ProvidersSection> {
  const sections = Object.fromEntries(providers.map(({ name, options }) => [name, section(options)]))
  const schema: Schema = object('Where routing configuration comes from.', { ...commonProviderFields, ...sections })
  return schema as Schema<ProvidersSection>
}

/** Everything that is fixed while the gateway runs; each installed provider adds its section. */
export function staticConfiguration(providers: readonly ProviderOptions[]) {
  return object('The static configuration: it is read once, at the start.', {
    global: filled(global),
    log: filled(log),
    entryPoints: filled(map(entryPoint, 'Addresses where the gateway listens, by name. Without any, `http` on port 80.')),
    providers: filled(providerSections(providers)),
    serversTransport: filled(serversTransport),
    ping: section(ping),
    api: section(api),
    accessLog: unsupported('One line per request.'),
    metrics: section(metrics),
    tracing: unsupported('Traces of requests.'),
    certificatesResolvers: filled(certificatesResolvers),
    tcpServersTransport: filled(tcpServersTransport),
    hostResolver: unsupported('Follow CNAME records when hosts are compared.'),
    spiffe: unsupported('Identities of SPIFFE.'),
    ocsp: section(ocsp),
    core: section(core),
    experimental: section(experimental),
  })
}

export type StaticConfiguration = Infer<ReturnType<typeof staticConfiguration>>
