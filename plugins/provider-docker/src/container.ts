import { normalize } from 'gateway/provider'
import type { EngineNetwork, InspectedContainer } from './engine.ts'
import type { Attachment } from './network.ts'
import type { Whereabouts } from './place.ts'
import { portsOf } from './port.ts'

/** A container as the provider sees it. */
export interface Container {
  readonly id: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly serviceName: string
  readonly state: string
  readonly health: string
  readonly where: Whereabouts
}

/** What a container shares with others. */
export interface Surroundings {
  /** The container whose network it uses; undefined where it is gone. */
  readonly lender?: InspectedContainer | undefined
  readonly hostAddress: string
}

/** Makes sense of what the engine tells of a container. */
export function readContainer(inspected: InspectedContainer, surroundings: Surroundings): Container {
  const name = inspected.Name.replace(/^\//, '')
  const labels = inspected.Config?.Labels ?? {}
  return {
    id: inspected.Id,
    name,
    labels,
    serviceName: serviceNameOf(name, labels),
    state: inspected.State?.Status ?? 'unknown',
    health: inspected.State?.Health?.Status ?? 'none',
    where: whereaboutsOf(inspected, surroundings),
  }
}

/** The id or name of the container whose network this one uses. */
export function lenderOf({ HostConfig }: InspectedContainer): string | undefined {
  return /^container:(.+)$/.exec(HostConfig?.NetworkMode ?? '')?.[1]
}

/** Whether the container uses the network of the machine. */
export function usesHost({ HostConfig }: InspectedContainer): boolean {
  return HostConfig?.NetworkMode === 'host'
}

/** All replicas of a Compose service are one service. */
function serviceNameOf(name: string, labels: Container['labels']): string {
  const project = labels['com.docker.compose.project']
  const service = labels['com.docker.compose.service']
  return normalize(project && service ? `${service}_${project}` : name)
}

function whereaboutsOf(inspected: InspectedContainer, { lender, hostAddress }: Surroundings): Whereabouts {
  const borrowed = lenderOf(inspected)
  const ports = portsOf(inspected)
  if (borrowed === undefined) {
    return usesHost(inspected) ? { attachments: [], ports, hostAddress } : { attachments: attachmentsOf(inspected), ports }
  }
  if (lender === undefined) {
    return { attachments: [], ports, problem: `it uses the network of the container ${borrowed.slice(0, 12)}, which is gone` }
  }
  // It exposes ports of its own, and publishes those of the one whose network it uses.
  return { ...whereaboutsOf(lender, { hostAddress }), ports, publishedPorts: portsOf(lender) }
}

function attachmentsOf({ NetworkSettings }: InspectedContainer): readonly Attachment[] {
  return Object.entries(NetworkSettings?.Networks ?? {}).flatMap(([name, network]) => {
    const address = addressOf(network)
    return address === '' ? [] : [{ name, id: network?.NetworkID ?? '', address }]
  })
}

function addressOf(network: EngineNetwork | null): string {
  return network?.IPAddress || network?.GlobalIPv6Address || ''
}
