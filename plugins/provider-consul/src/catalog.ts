import {
  compileDefaultRule,
  type DecodeLabelsOptions,
  decodeLabels,
  defineProvider,
  isExposed,
  type LabelledItem,
  parseConstraints,
  tagsToLabels,
} from 'gateway/provider'
import { type Endpoint, endpointOf, namespacesOf } from './endpoint.ts'
import { type Ask, Follower, type Reading } from './follower.ts'
import { type Instance, isHealthy, itemOf, meshFinding, wantsMesh } from './instance.ts'
import { type ConsulCatalogOptions, consulCatalogOptions, type EndpointOptions } from './options.ts'

/** Routing configuration from the services in the catalog of Consul and from their tags. */
export const consulCatalog = defineProvider({
  name: 'consulcatalog',
  options: consulCatalogOptions,
  async provide(context) {
    await new Follower(context, readingOf(context.options)).run()
  },
})

const NAME = 'providers.consulCatalog'

function readingOf(options: ConsulCatalogOptions): Reading {
  const { prefix, exposedByDefault, requireConsistent, stale, cache } = options
  const decoding: DecodeLabelsOptions = {
    prefix: prefix || undefined,
    exposedByDefault,
    constraints: parseConstraints(options.constraints, { path: `${NAME}.constraints`, about: 'tags' }),
    defaultRule: compileDefaultRule(options.defaultRule, `${NAME}.defaultRule`),
  }
  const namespaces = namespacesOf(options.namespaces)
  const read = (ask: Ask) => readCatalog(ask, { namespaces, decoding, strictChecks: options.strictChecks })
  return {
    endpoints: [toEndpoint(options.endpoint)],
    namespaces,
    watched: options.watch ? [{ about: 'services' }, { about: 'checks' }] : [],
    intervalMs: Math.max(SHORTEST_REFRESH_MS, options.refreshInterval),
    mode: { consistent: requireConsistent, stale, cached: cache },
    read,
  }
}

// Whoever asks all the time does nothing else.
const SHORTEST_REFRESH_MS = 100

function toEndpoint({ address, scheme, datacenter, token, tls, httpAuth, endpointWaitTime }: EndpointOptions): Endpoint {
  const credentials = httpAuth && Buffer.from(`${httpAuth.username}:${httpAuth.password}`).toString('base64')
  return {
    ...endpointOf({ address, scheme: scheme ?? (tls === undefined ? 'http' : 'https'), waitMs: endpointWaitTime }),
    token,
    datacenter,
    tls,
    authorization: credentials && `Basic ${credentials}`,
  }
}

interface CatalogReading {
  readonly namespaces: readonly (string | undefined)[]
  readonly decoding: DecodeLabelsOptions
  readonly strictChecks: ConsulCatalogOptions['strictChecks']
}

async function readCatalog(ask: Ask, { namespaces, decoding, strictChecks }: CatalogReading) {
  const items: LabelledItem[] = []
  const meshed: Instance[] = []
  for (const namespace of namespaces) {
    const { body } = await ask({ about: 'services' }, namespace)
    const services = servicesOf(body, decoding)
    for (const instance of await instancesOf(services, ask, namespace)) {
      if (!isHealthy(instance, strictChecks)) continue
      if (wantsMesh(instance, decoding.prefix)) meshed.push(instance)
      else items.push(itemOf(instance, { namespace, prefix: decoding.prefix }))
    }
  }
  const message = decodeLabels(items, decoding)
  return { ...message, findings: [...message.findings, ...meshed.map((instance) => meshFinding(instance, decoding.prefix))] }
}

/** The services whose instances are worth a question; the tags of a service here are those of all of its instances. */
function servicesOf(body: unknown, decoding: DecodeLabelsOptions): readonly string[] {
  const services = Object.entries((body ?? {}) as Readonly<Record<string, readonly string[]>>)
  if (decoding.exposedByDefault) return services.map(([name]) => name)
  return services.filter(([, tags]) => tags.some((tag) => mayExpose(tag, decoding))).map(([name]) => name)
}

/** Whether a tag says `enable`; one that says so badly is a finding, and has to be seen, too. */
function mayExpose(tag: string, { prefix }: DecodeLabelsOptions): boolean {
  return isExposed({ labels: tagsToLabels([tag]) }, { exposedByDefault: false, prefix }) !== false
}

/** How many questions are open at once: an agent allows a client some 200 connections. */
const AT_ONCE = 8

async function instancesOf(services: readonly string[], ask: Ask, namespace: string | undefined): Promise<Instance[]> {
  const found: Instance[] = []
  // One iterator for all: each takes the next service when it is done with one.
  const waiting = services.values()
  const askAll = async (): Promise<void> => {
    for (const service of waiting) {
      const { body } = await ask({ about: 'instances', service }, namespace)
      found.push(...((body ?? []) as readonly Instance[]))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, askAll))
  return found
}
