import type { WantedServer } from 'gateway/provider'
import { type Attachment, chooseNetwork, type NetworkChoice, type Wanted } from './network.ts'
import { choosePort, type Port } from './port.ts'
import type { Remark } from './remark.ts'

/** What is known of the place of a container, service or task. */
export interface Whereabouts {
  readonly attachments: readonly Attachment[]
  /** What it exposes. */
  readonly ports: readonly Port[]
  /** What is published for it on the host, where these are not its own ports. */
  readonly publishedPorts?: readonly Port[]
  /** The address of the machine, for one that uses its network. */
  readonly hostAddress?: string
  /** Why nothing more is known. */
  readonly problem?: string
}

/** How places are found. */
export interface PlaceOptions {
  readonly wanted: Wanted | undefined
  readonly own: ReadonlySet<string> | undefined
  readonly label: string
  readonly useBindPortIP: boolean
}

/** Where a server is, and why there; or why nowhere. */
export type Place =
  | {
      /** `host:port` */
      readonly address: string
      readonly network: NetworkChoice | undefined
      readonly port: { readonly number: number; readonly why: string }
      readonly remarks: readonly Remark[]
    }
  | { readonly problem: string; readonly hint?: string; readonly remarks: readonly Remark[] }

/** Finds the address of one server. */
export function placeOf(where: Whereabouts, { port: labelled }: Pick<WantedServer, 'port'>, options: PlaceOptions): Place {
  const port = choosePort(where.ports, labelled)
  if ('problem' in port) return { ...port, remarks: [] }
  const chosen = { number: port.port, why: port.why }
  const bound = options.useBindPortIP ? boundPlace(where.publishedPorts ?? where.ports, port.port) : undefined
  if (bound !== undefined && 'address' in bound) return { ...bound, network: undefined, port: chosen, remarks: port.remarks }
  const remarks = [...port.remarks, ...(bound === undefined ? [] : [bound])]
  if (where.problem !== undefined) return { problem: where.problem, remarks }
  if (where.hostAddress !== undefined) return { address: join(where.hostAddress, port.port), network: undefined, port: chosen, remarks }
  const network = chooseNetwork({ ...options, attachments: where.attachments })
  const all = [...remarks, ...network.remarks]
  if (network.chosen === undefined) {
    return { problem: 'it has no address', hint: 'connect it to a network that the gateway can reach', remarks: all }
  }
  return { address: join(network.chosen.address, port.port), network, port: chosen, remarks: all }
}

const EVERYWHERE = ['', '0.0.0.0', '::']

function boundPlace(ports: readonly Port[], number: number): { readonly address: string } | Remark {
  const published = ports.find((one) => one.number === number)?.published
  if (published && !EVERYWHERE.includes(published.host)) return { address: join(published.host, published.port) }
  const reason = published ? `is published on all addresses of the host` : 'is not published'
  const message = `port ${number} ${reason}, so \`useBindPortIP\` has no address to use; the one in its network is used`
  return { code: 'GTW_BAD_VALUE', severity: 'warning', message, hint: 'publish it on one address: `127.0.0.1:8080:80`' }
}

function join(host: string, port: number | string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
