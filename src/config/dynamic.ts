import { middlewareCatalogue } from '../middlewares/catalogue.ts'
import { enumeration, filled, type Infer, int64, list, map, object, type Schema, section, string, unsupported } from '../schema/index.ts'
import { serviceCatalogue } from '../services/catalogue.ts'
import { routerObservability } from './observability.ts'
import { serversTransport } from './servers-transport.ts'
import { tcpConfiguration } from './tcp.ts'
import { routerTls, tlsConfiguration } from './tls.ts'
import { udpConfiguration } from './udp.ts'

const router = object('Which requests go to which service.', {
  rule: string('What a request must look like, for instance `` Host(`example.com`) ``.'),
  entryPoints: list(string('Name of an entry point.'), 'Entry points that it listens to; without any, the default ones.', { default: [] }),
  middlewares: list(string('Name of a middleware.'), 'Middlewares in the order in which a request meets them.', { default: [] }),
  service: string('The service that answers.'),
  priority: int64('Higher is tried first; without one, or with 0, the length of the rule.'),
  ruleSyntax: enumeration(
    ['v3', 'v2', 'default'],
    'Syntax of the rule: `v3`, or `v2` for rules of Traefik 2; without one, that of `core.defaultRuleSyntax`. `default` is that of routers made by a default rule.',
  ),
  tls: section(routerTls),
  observability: section(routerObservability),
  parentRefs: list(string('Name of a router.'), 'Routers whose requests this one routes further, behind their middlewares.', {
    minItems: 1,
  }),
})

type ServiceKinds = { readonly [Kind in keyof typeof serviceCatalogue]: Schema<Infer<(typeof serviceCatalogue)[Kind]['options']>> }

const service = object(
  'What answers requests: exactly one kind of service.',
  {
    ...(mapValues<{ options: Schema }, Schema>(serviceCatalogue, ({ options }) => section(options)) as ServiceKinds),
    middlewares: list(string('Name of a middleware.'), 'Middlewares in front of the service, behind those of the router.'),
  },
  { exactlyOne: true, beside: ['middlewares'] },
)

/** Kinds that are known and cannot be built yet; a kind leaves this list when it enters the catalogue. */
const missingMiddlewares = {
  plugin: 'A middleware from a plugin of Traefik: `custom` runs modules of your own.',
}

type Catalogue = typeof middlewareCatalogue
type MiddlewareKinds = { readonly [Kind in keyof Catalogue]: Schema<Infer<Catalogue[Kind]['options']>> }
type MissingKinds = Readonly<Record<keyof typeof missingMiddlewares, Schema<undefined>>>

const middleware = object(
  'What happens to requests and responses on their way: exactly one kind of middleware.',
  {
    ...(mapValues<{ options: Schema }, Schema>(middlewareCatalogue, ({ options }) => section(options)) as MiddlewareKinds),
    ...(mapValues(missingMiddlewares, (description) => unsupported(description, 'custom')) as MissingKinds),
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
  tcp: filled(tcpConfiguration),
  udp: filled(udpConfiguration),
  tls: filled(tlsConfiguration),
})

export type DynamicConfiguration = Infer<typeof dynamicConfiguration>
export type Router = Infer<typeof router>
export type Service = Infer<typeof service>
export type Middleware = Infer<typeof middleware>

function mapValues<Value, Result>(record: Readonly<Record<string, Value>>, convert: (value: Value) => Result): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, convert(value)]))
}
