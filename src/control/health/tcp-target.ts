import { createSecureContext, type SecureContext } from 'node:tls'
import type { Snapshot } from '../../config/snapshot.ts'
import type { TcpServersTransport } from '../../config/tcp.ts'
import { serverKey } from '../../services/server-state.ts'
import { tcpServiceKey } from '../../tcp/keys.ts'
import type { TcpHealthCheck } from '../../tcp/options.ts'
import { clientContextOptions, clientTlsOptions } from '../../tls/client-options.ts'
import { fingerprint } from '../fingerprint.ts'
import type { Target } from './target.ts'

/** One server of one TCP service, and how it is asked whether it is well. */
export interface TcpTarget extends Pick<Target, 'service' | 'server' | 'content' | 'tls'> {
  readonly kind: 'tcp'
  readonly options: TcpHealthCheck
  /** The server speaks TLS. */
  readonly isSecure: boolean
  /** Version of the PROXY protocol in which the server hears that this connection is nobody's. */
  readonly proxyVersion?: number
}

/** Every server of TCP that a configuration wants checked, by key. */
export function tcpTargetsOf({ streams, cells }: Snapshot, defaultTransport: TcpServersTransport): Map<string, TcpTarget> {
  const targets = new Map<string, TcpTarget>()
  for (const [service, { loadBalancer }] of Object.entries(streams?.tcpServices ?? {})) {
    const { healthCheck: options, serversTransport = '', servers = [], proxyProtocol } = loadBalancer ?? {}
    if (options === undefined) continue
    const transport = streams?.tcpServersTransports[serversTransport] ?? defaultTransport
    const tls = tlsBy(transport)
    const proxyVersion = (proxyProtocol ?? transport.proxyProtocol)?.version
    for (const { address: server, tls: isSecure } of servers) {
      const key = serverKey(tcpServiceKey(service), server)
      const content = fingerprint([options, isSecure, isSecure ? transport.tls : '', proxyVersion ?? 0])
      const told = proxyVersion === undefined ? {} : { proxyVersion }
      if (Object.hasOwn(cells, key)) targets.set(key, { kind: 'tcp', service, server, options, isSecure, tls, content, ...told })
    }
  }
  return targets
}

function tlsBy({ tls }: TcpServersTransport): Target['tls'] {
  // Made by the first check that needs it.
  let context: SecureContext | undefined
  return (host) => {
    context ??= createSecureContext(clientContextOptions(tls))
    return clientTlsOptions(tls, host, context)
  }
}
