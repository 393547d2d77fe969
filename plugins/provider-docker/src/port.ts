import type { InspectedContainer } from './engine.ts'
import type { Remark } from './remark.ts'

/** A port of a container, and where it is published on the host. */
export interface Port {
  readonly number: number
  readonly published?: { readonly host: string; readonly port: string }
}

/** The ports of a container, the lowest first; where the engine tells no published ones, those that the image exposes. */
export function portsOf({ NetworkSettings, Config }: InspectedContainer): readonly Port[] {
  const published = Object.entries(NetworkSettings?.Ports ?? {})
  const exposed = Object.keys(Config?.ExposedPorts ?? {}).map((key) => [key, null] as const)
  const ports = new Map<number, Port>()
  for (const [key, bindings] of published.length > 0 ? published : exposed) {
    // `80/tcp`; the protocols are not told apart.
    const number = Number.parseInt(key, 10)
    const [binding] = bindings ?? []
    if (!(number > 0) || ports.get(number)?.published !== undefined) continue
    ports.set(number, binding ? { number, published: { host: binding.HostIp ?? '', port: binding.HostPort ?? '' } } : { number })
  }
  return [...ports.values()].sort((a, b) => a.number - b.number)
}

/** A port and why it is that one, or why there is none. */
export type PortChoice =
  | { readonly port: number; readonly why: string; readonly remarks: readonly Remark[] }
  | { readonly problem: string; readonly hint: string }

/** Chooses the port of a server: the one that its label names, else the lowest. */
export function choosePort(ports: readonly Port[], labelled: number | undefined): PortChoice {
  if (labelled !== undefined) return { port: labelled, why: 'named by the label `server.port`', remarks: [] }
  const [lowest, ...others] = ports
  if (lowest === undefined) {
    return { problem: 'the port is missing', hint: 'name it with the label `….loadbalancer.server.port`; nothing is exposed' }
  }
  if (others.length === 0) return { port: lowest.number, why: 'the only exposed one', remarks: [] }
  const message = `which port to use is not said, and several are exposed (${ports.map(({ number }) => number).join(', ')}); the lowest is taken`
  const hint = 'name one with the label `….loadbalancer.server.port`'
  return { port: lowest.number, why: 'the lowest exposed one', remarks: [{ code: 'GTW_AMBIGUOUS', severity: 'warning', message, hint }] }
}
