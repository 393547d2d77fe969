import { internalEntryPointOf } from '../config/complete-static.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { ProviderMessage } from '../provider/definition.ts'
import { CHALLENGE_RULE, redirectionsOf } from './redirections.ts'

/** Name of the provider of what the gateway itself defines. */
export const INTERNAL = 'internal'

/** A section of the static configuration, by its path. */
interface Section {
  readonly path: string
  readonly in: (configuration: StaticConfiguration) => object | undefined
}

/** Services of our own that are there when a section is. */
export const SECTION_OF_SERVICE: Readonly<Record<string, Section>> = {
  'ping@internal': { path: 'ping', in: ({ ping }) => ping },
  'api@internal': { path: 'api', in: ({ api }) => api },
  'prometheus@internal': { path: 'metrics.prometheus', in: ({ metrics }) => metrics?.prometheus },
}

/** Services that the control plane answers for. */
const ASKED_SERVICES: readonly string[] = ['api@internal', 'prometheus@internal']

/** Services of Traefik that do not exist here yet. */
export const MISSING_INTERNAL_SERVICES: readonly string[] = ['dashboard@internal', 'rest@internal']

/** The services that every worker has with this configuration, by qualified name. */
export function internalServicesOf(configuration: StaticConfiguration): readonly string[] {
  const bySection = Object.entries(SECTION_OF_SERVICE).flatMap(([name, section]) => (section.in(configuration) === undefined ? [] : [name]))
  return ['whoami@internal', 'noop@internal', 'acme-http@internal', ...bySection]
}

/** Those of them that the control plane answers for. */
export function askedServicesOf(configuration: StaticConfiguration): readonly string[] {
  return internalServicesOf(configuration).filter((name) => ASKED_SERVICES.includes(name))
}

/** Entry points that serve the gateway's own routers: a router that names no entry point stays away from them. */
export const INTERNAL_ENTRY_POINTS: readonly string[] = ['gateway', 'traefik']

const HIGHEST_PRIORITY = 2n ** 63n - 1n

/** What the `internal` provider says: routers that follow from the static configuration. */
export function internalConfiguration(configuration: StaticConfiguration): ProviderMessage {
  const { routers, middlewares, findings } = redirectionsOf(configuration)
  return {
    configuration: {
      http: {
        routers: {
          ...routers,
          ...pingRouter(configuration),
          ...apiRouter(configuration),
          ...prometheusRouter(configuration),
          ...challengeRouters(configuration),
        },
        middlewares,
      },
    },
    findings,
  }
}

function apiRouter(configuration: StaticConfiguration): Readonly<Record<string, object>> {
  const entryPoint = internalEntryPointOf(configuration)
  const { api } = configuration
  if (!api?.insecure || entryPoint === undefined) return {}
  const rule = `PathPrefix(\`${api.basePath.replace(/\/+$/, '')}/api\`)`
  return { api: { entryPoints: [entryPoint], rule, priority: HIGHEST_PRIORITY - 1n, service: 'api@internal' } }
}

function pingRouter({ ping }: StaticConfiguration): Readonly<Record<string, object>> {
  if (ping === undefined || ping.manualRouting) return {}
  const rule = 'PathPrefix(`/ping`)'
  return { ping: { entryPoints: [ping.entryPoint], rule, priority: HIGHEST_PRIORITY, service: 'ping@internal' } }
}

function prometheusRouter({ metrics }: StaticConfiguration): Readonly<Record<string, object>> {
  const { prometheus } = metrics ?? {}
  if (prometheus === undefined || prometheus.manualRouting) return {}
  const rule = 'PathPrefix(`/metrics`)'
  return { prometheus: { entryPoints: [prometheus.entryPoint], rule, priority: HIGHEST_PRIORITY, service: 'prometheus@internal' } }
}

/** The routers that answer authorities of certificates. Where others may answer too, the length of its rule has to do as priority. */
function challengeRouters({ certificatesResolvers, entryPoints }: StaticConfiguration): Readonly<Record<string, object>> {
  const asked = Object.values(certificatesResolvers).map(({ acme }) => acme?.httpChallenge?.entryPoint)
  const names = [...new Set(asked.filter((name) => name !== undefined))]
  const { shared = [], own = [] } = Object.groupBy(names, (name) => (entryPoints[name]?.allowACMEByPass ? 'shared' : 'own'))
  const router = { rule: CHALLENGE_RULE, service: 'acme-http@internal' }
  return {
    ...(own.length === 0 ? {} : { 'acme-http': { ...router, entryPoints: own, priority: HIGHEST_PRIORITY } }),
    ...(shared.length === 0 ? {} : { 'acme-http-bypass': { ...router, entryPoints: shared } }),
  }
}
