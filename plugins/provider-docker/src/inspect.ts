import { connect as dial } from 'node:net'
import { type Finding, isExposed, type ProviderLog, type WantedServer } from 'gateway/provider'
import { connector } from './connect.ts'
import type { Container } from './container.ts'
import { absenceOf, type ItemContext, itemName, presentItem } from './container-items.ts'
import { describeAll } from './containers.ts'
import { decodingOf, messageOf } from './decoding.ts'
import type { Engine } from './engine.ts'
import type { DockerOptions } from './options.ts'
import { ownIds, ownNetworks } from './own-container.ts'
import type { Place } from './place.ts'
import { Remarks } from './remark.ts'

/** Where one service of a container is, or why nowhere. */
export interface ServicePlace {
  readonly service: string
  readonly address?: string
  readonly network?: { readonly name: string; readonly why: string }
  readonly port?: { readonly number: number; readonly why: string }
  readonly problem?: string
  /** Whether something accepts a connection there, as seen from here. */
  readonly reachable?: { readonly ok: boolean; readonly ms: number }
}

/** Everything that decides how a container is served. */
export interface Inspection {
  readonly container: string
  readonly id: string
  readonly state: string
  readonly health: string
  readonly served: boolean
  /** Why it is not served. */
  readonly reason?: string
  readonly networks: readonly { readonly name: string; readonly address: string }[]
  readonly services: readonly ServicePlace[]
  readonly labels: readonly { readonly label: string; readonly value: string; readonly refused?: string }[]
  readonly findings: readonly Finding[]
}

/** Looks at a container as the provider does; undefined where there is none of that name. */
export async function inspect(name: string, options: DockerOptions, log: ProviderLog): Promise<Inspection | undefined> {
  const connect = await connector()
  const engine = await connect(options, log)
  try {
    const [container] = await describe(engine, name)
    if (container === undefined) return undefined
    const own = await ownNetworks(engine, await ownIds())
    return await inspectionOf(container, options, own)
  } finally {
    engine.close()
  }
}

async function describe(engine: Engine, name: string): Promise<readonly Container[]> {
  const inspected = await engine.container(name)
  return inspected === undefined ? [] : await describeAll(engine, [inspected])
}

async function inspectionOf(container: Container, options: DockerOptions, own: ReadonlySet<string> | undefined): Promise<Inspection> {
  const { id, name, state, health, labels, where } = container
  const places: [WantedServer, Place][] = []
  const remarks = new Remarks()
  const decoding = decodingOf('docker', options)
  const context: ItemContext = { ...options, own, remarks, onPlace: (wanted, place) => void places.push([wanted, place]) }
  const reason = reasonOf(container, isExposed({ labels }, decoding), options)
  // Also of one that is not well one wants to know where it would be.
  const { findings } = messageOf([presentItem(container, context)], decoding, remarks)
  const services = await Promise.all(places.map(([wanted, place]) => servicePlace(wanted, place)))
  return {
    container: name,
    id: id.slice(0, 12),
    state,
    health,
    served: reason === undefined,
    ...(reason === undefined ? {} : { reason }),
    networks: where.attachments.map((one) => ({ name: one.name, address: one.address })),
    services,
    labels: labelsOf(container, findings),
    findings,
  }
}

function reasonOf(container: Container, exposed: boolean | undefined, options: DockerOptions): string | undefined {
  if (exposed === undefined) return 'its label `enable` is neither true nor false'
  if (!exposed) return 'its label `enable`, `exposedByDefault` or the constraints leave it out'
  const absence = absenceOf(container, options, new Remarks())
  if (absence === undefined) return undefined
  return absence.isIdle ? `${absence.reason}: its services have no server` : absence.reason
}

async function servicePlace({ protocol, service }: WantedServer, place: Place): Promise<ServicePlace> {
  const name = `${protocol} ${service}`
  if ('problem' in place) return { service: name, problem: place.problem }
  const { address, network, port } = place
  const chosen = network?.chosen && { name: network.chosen.name, why: network.why }
  const reachable = protocol === 'udp' ? undefined : await tryAddress(address)
  return { service: name, address, port, ...(chosen ? { network: chosen } : {}), ...(reachable ? { reachable } : {}) }
}

const TRY_MS = 1_000

async function tryAddress(address: string): Promise<{ readonly ok: boolean; readonly ms: number }> {
  const { hostname, port } = new URL(`tcp://${address}`)
  const startedAt = performance.now()
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = dial({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), timeout: TRY_MS })
  socket.once('connect', () => resolve(true))
  socket.once('error', () => resolve(false))
  socket.once('timeout', () => resolve(false))
  const ok = await promise
  socket.destroy()
  return { ok, ms: Math.round(performance.now() - startedAt) }
}

function labelsOf(container: Container, findings: readonly Finding[]): Inspection['labels'] {
  const refusals = new Map<string, string>()
  for (const { source, message, severity } of findings) {
    if (source?.kind === 'label' && source.item === itemName(container) && severity !== 'info') refusals.set(source.label, message)
  }
  const own = Object.entries(container.labels).filter(([label]) => /^(?:gateway|traefik)\./i.test(label))
  return own
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => {
      const refused = refusals.get(label)
      return { label, value, ...(refused === undefined ? {} : { refused }) }
    })
}
