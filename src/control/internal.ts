import type { StaticConfiguration } from '../config/static.ts'
import type { ProviderMessage } from '../provider/definition.ts'
import { CHALLENGE_PATH } from '../services/internal/acme-http.ts'
import { redirectionsOf } from './redirections.ts'

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

/** The routers that answer authorities of certificates, by the name of their entry point; the first one has the name that all know. */
function challengeRouters({ certificatesResolvers }: Pick<StaticConfiguration, 'certificatesResolvers'>): Readonly<Record<string, object>> {
  const asked = Object.values(certificatesResolvers).map(({ acme }) => acme?.httpChallenge?.entryPoint)
  const entryPoints = [...new Set(asked.filter((name) => name !== undefined))]
  if (entryPoints.length === 0) return {}
  const rule = `PathPrefix(\`${CHALLENGE_PATH}\`)`
  return { 'acme-http': { entryPoints, rule, priority: HIGHEST_PRIORITY, service: 'acme-http@internal' } }
}
