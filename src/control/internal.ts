import type { StaticConfiguration } from '../config/static.ts'
import type { ProviderMessage } from '../provider/definition.ts'

/** Name of the provider of what the gateway itself defines. */
export const INTERNAL = 'internal'

/** The services that every worker has, by qualified name. */
export const INTERNAL_SERVICES = ['ping@internal', 'whoami@internal', 'noop@internal'] as const

/** Services of Traefik that do not exist here yet. */
export const MISSING_INTERNAL_SERVICES: readonly string[] = [
  'api@internal',
  'dashboard@internal',
  'prometheus@internal',
  'rest@internal',
  'acme-http@internal',
]

/** Entry points that serve the gateway's own routers: a router that names no entry point stays away from them. */
export const INTERNAL_ENTRY_POINTS: readonly string[] = ['gateway', 'traefik']

const HIGHEST_PRIORITY = 2n ** 63n - 1n

/** What the `internal` provider says: routers that follow from the static configuration. */
export function internalConfiguration({ ping }: StaticConfiguration): ProviderMessage {
  if (ping === undefined || ping.manualRouting) return { configuration: { http: { routers: {} } } }
  const router = {
    entryPoints: [ping.entryPoint],
    rule: 'PathPrefix(`/ping`)',
    priority: HIGHEST_PRIORITY,
    service: 'ping@internal',
  }
  return { configuration: { http: { routers: { ping: router } } } }
}
