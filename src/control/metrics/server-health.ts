import type { Snapshot } from '../../config/snapshot.ts'
import { withoutUserInfo } from '../../services/server-address.ts'
import { ServerState, serverKey } from '../../services/server-state.ts'
import { tcpServiceKey } from '../../tcp/keys.ts'
import { labelText } from './exposition.ts'

/** Whether one server is up, as every thread sees it. */
interface ServerHealth {
  readonly labels: string
  readonly isUp: boolean
}

/** The servers that something checks: requests to them, or the gateway itself. `words` is the memory that all threads share. */
export function serverHealth({ services, streams, cells }: Snapshot, words: Int32Array): ServerHealth[] {
  const found = new Map<string, ServerHealth>()
  const add = (service: string, key: string, server: string): void => {
    const at = cells[serverKey(key, server)]
    if (at === undefined) return
    const labels = labelText([
      ['service', service],
      ['url', withoutUserInfo(server)],
    ])
    found.set(labels, { labels, isUp: new ServerState({ words, at }).isUp() })
  }
  for (const [service, { loadBalancer }] of Object.entries(services)) {
    if (loadBalancer?.healthCheck === undefined && loadBalancer?.passiveHealthCheck === undefined) continue
    for (const { url } of loadBalancer.servers) add(service, service, url)
  }
  for (const [service, { loadBalancer }] of Object.entries(streams?.tcpServices ?? {})) {
    if (loadBalancer?.healthCheck === undefined) continue
    for (const { address } of loadBalancer.servers) add(service, tcpServiceKey(service), address)
  }
  return [...found.values()].sort((one, other) => (one.labels < other.labels ? -1 : 1))
}
