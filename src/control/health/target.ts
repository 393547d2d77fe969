import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls'
import type { ServersTransport } from '../../config/servers-transport.ts'
import type { Snapshot } from '../../config/snapshot.ts'
import type { HealthCheckOptions } from '../../services/health-check.ts'
import { clientContextOptions, clientTlsOptions } from '../../tls/client-options.ts'
import { fingerprint } from '../fingerprint.ts'

/** One server of one service, and how it is asked whether it is well. */
export interface Target {
  /** Qualified name. */
  readonly service: string
  /** The URL as it is configured. */
  readonly server: string
  readonly options: HealthCheckOptions
  /** How to do TLS with a host. */
  readonly tls: (host: string) => ConnectionOptions
  /** What HTTP may be spoken over TLS, in order of preference (RFC 7301). */
  readonly protocols: readonly string[]
  /** Equal for targets that are checked alike. */
  readonly content: string
}

interface LoadBalancer {
  readonly servers?: readonly { readonly url: string }[] | undefined
  readonly serversTransport?: string | undefined
  readonly healthCheck?: HealthCheckOptions | undefined
}

/** The key of a server's state in shared memory, and of its check: a URL that stands twice in a service is one server. */
export function keyOf({ service, server }: Pick<Target, 'service' | 'server'>): string {
  return `server ${service} ${server}`
}

/** Everything that a configuration wants checked, by key: servers without shared state are those of services that nothing uses. */
export function targetsOf({ services, serversTransports, cells }: Snapshot, defaultTransport: ServersTransport): Map<string, Target> {
  const targets = new Map<string, Target>()
  const transports = new Map<ServersTransport, Connecting>()
  for (const [service, { loadBalancer }] of Object.entries(services)) {
    const { healthCheck: options, serversTransport, servers = [] }: LoadBalancer = loadBalancer ?? {}
    if (options === undefined) continue
    const transport = serversTransports[serversTransport ?? ''] ?? defaultTransport
    const connecting = transports.get(transport) ?? connectingBy(transport)
    transports.set(transport, connecting)
    const alike = { service, options, ...connecting, content: fingerprint([options, connecting.content]) }
    for (const { url: server } of servers) {
      const key = keyOf({ service, server })
      if (Object.hasOwn(cells, key)) targets.set(key, { ...alike, server })
    }
  }
  return targets
}

type Connecting = Pick<Target, 'tls' | 'protocols' | 'content'>

function connectingBy(transport: ServersTransport): Connecting {
  const { forwardingTimeouts: _, maxIdleConnsPerHost: __, ...content } = transport
  // Made by the first check that needs it.
  let context: SecureContext | undefined
  return {
    content: fingerprint(content),
    protocols: transport.disableHTTP2 ? ['http/1.1'] : ['h2', 'http/1.1'],
    tls: (host) => {
      context ??= createSecureContext(clientContextOptions(transport))
      return clientTlsOptions(transport, host, context)
    },
  }
}
