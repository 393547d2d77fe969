import type { StaticConfiguration } from '../config/static.ts'
import type { ProviderMessage } from '../provider/definition.ts'
import { CHALLENGE_RULE, redirectionsOf } from './redirections.ts'

/** Name of the provider of what the gateway itself defines. */
export const INTERNAL = 'internal'

/** The services that every worker has, by qualified name. */
export const INTERNAL_SERVICES = ['ping@internal', 'whoami@internal', 'noop@internal', 'acme-http@internal'] as const

/** Services of Traefik that do not exist here yet. */
export const MISSING_INTERNAL_SERVICES: readonly string[] = ['api@internal', 'dashboard@internal', 'prometheus@internal', 'rest@internal']

/** Entry points that serve the gateway's own routers: a router that names no entry point stays away from them. */
export const INTERNAL_ENTRY_POINTS: readonly string[] = ['gateway', 'traefik']

const HIGHEST_PRIORITY = 2n ** 63n - 1n

/** What the `internal` provider says: routers that follow from the static configuration. */
export function internalConfiguration(configuration: StaticConfiguration): ProviderMessage {
  const { routers, middlewares, findings } = redirectionsOf(configuration)
  return {
    configuration: { http: { routers: { ...routers, ...pingRouter(configuration), ...challengeRouters(configuration) }, middlewares } },
    findings,
  }
}

function pingRouter({ ping }: StaticConfiguration): Readonly<Record<string, object>> {
  if (ping === undefined || ping.manualRouting) return {}
  const rule = 'PathPrefix(`/ping`)'
  return { ping: { entryPoints: [ping.entryPoint], rule, priority: HIGHEST_PRIORITY, service: 'ping@internal' } }
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
