import {
  boolean,
  clientTls,
  DEFAULT_RULE,
  duration,
  enumeration,
  filled,
  type Infer,
  list,
  object,
  section,
  string,
  unsupported,
} from 'gateway/provider'

const ADDRESS = '127.0.0.1:8500'
const namespaces = list(string('Name of a namespace.'), 'Namespaces to read (Consul Enterprise); without any, that of the token.', {
  default: [],
})

/** The options under `providers.consul`. */
export const consulOptions = object(
  'Reads routing configuration from the key-value store of Consul.',
  {
    endpoints: list(
      string('An agent, as `host:port` or `https://host:port`.'),
      'Agents of one datacenter, of which one is asked; the next one where it fails.',
      { default: [ADDRESS] },
    ),
    rootKey: string('What all keys begin with.', { default: 'gateway' }),
    token: string('Token of the access control list; it needs to read the keys below the root.', { secret: true }),
    tls: section(clientTls),
    namespaces,
  },
  { standalone: true },
)

export type ConsulOptions = Infer<typeof consulOptions>

const endpoint = object('The agent that is asked.', {
  address: string('Its address, as `host:port`.', { default: ADDRESS }),
  scheme: enumeration(['http', 'https'], 'How it is asked; `https` where `tls` is set.'),
  datacenter: string('Datacenter to read, where it is not that of the agent.'),
  token: string('Token of the access control list; it needs to read nodes and services.', { secret: true }),
  tls: section(clientTls),
  httpAuth: section(
    object('Credentials for a proxy in front of the agent.', {
      username: string('Name of the user.', { default: '' }),
      password: string('Password of the user.', { default: '', secret: true }),
    }),
  ),
  endpointWaitTime: duration('How long a question may wait for a change; 0 leaves it to the provider.', { default: '0s', min: 0 }),
})

export type EndpointOptions = NonNullable<Infer<typeof endpoint>>

/** States of an instance, from the worst to the best: it is in the worst one of its checks. */
export const STATES = ['maintenance', 'critical', 'warning', 'passing'] as const

/** The options under `providers.consulCatalog`. */
export const consulCatalogOptions = object(
  'Reads services and their tags from the catalog of Consul.',
  {
    endpoint: filled(endpoint),
    prefix: string('What tags of the gateway begin with; without one, `gateway` and `traefik` are both read.'),
    watch: boolean('Hear of changes when they happen, not at the next refresh.', { default: false }),
    refreshInterval: duration('How often the catalog is read where it is not watched.', { default: '15s', min: 0 }),
    exposedByDefault: boolean('Serve what does not say `enable=true`.', { default: true }),
    defaultRule: string('Rule of routers that have none.', { default: DEFAULT_RULE }),
    constraints: string('Which services are served, such as ``Tag(`public`)``.', { default: '' }),
    strictChecks: list(
      enumeration(['any', ...STATES], 'A state of health; `any` stands for all.'),
      'States of health in which an instance gets requests.',
      { default: ['passing', 'warning'] as const },
    ),
    requireConsistent: boolean('Have each answer confirmed by the leader.', { default: false }),
    stale: boolean('Take answers of servers that are behind, or without a leader.', { default: false }),
    cache: boolean('Take answers from the cache of the agent.', { default: false }),
    namespaces,
    connectAware: unsupported('Speak to services of Consul Connect.'),
    connectByDefault: unsupported('Take every service for one of Consul Connect.'),
    serviceName: unsupported('Name of the gateway in Consul Connect.'),
  },
  { standalone: true },
)

export type ConsulCatalogOptions = Infer<typeof consulCatalogOptions>
