import type { Engine, ListedNetwork, SwarmNode, SwarmService, SwarmTask } from './engine.ts'
import type { Attachment } from './network.ts'

/** A service of a swarm, with what of it runs. */
export interface Service {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Its own addresses, behind which the swarm balances; undefined where it has none by its mode. */
  readonly virtual: readonly SwarmAttachment[] | undefined
  readonly tasks: readonly Task[]
}

/** A task that runs. */
interface Task {
  readonly name: string
  readonly attachments: readonly SwarmAttachment[]
  /** The address of its node, for one that uses the network of the node. */
  readonly hostAddress?: string
}

/** A network of a service or task; over the one for ingress nobody is reached who does not ask for it by name. */
export interface SwarmAttachment extends Attachment {
  readonly isIngress: boolean
}

/** Reads all services of the swarm that an engine manages. */
export async function readSwarm(engine: Engine): Promise<readonly Service[]> {
  const [services, tasks, networks] = await Promise.all([engine.services(), engine.tasks(), engine.networks()])
  const nodes = tasks.some(usesHost) ? await engine.nodes() : []
  return new SwarmReader(networks, nodes, tasks).read(services)
}

class SwarmReader {
  readonly #networks: ReadonlyMap<string, ListedNetwork>
  readonly #nodes: ReadonlyMap<string, SwarmNode>
  readonly #tasks: ReadonlyMap<string, readonly SwarmTask[]>

  constructor(networks: readonly ListedNetwork[], nodes: readonly SwarmNode[], tasks: readonly SwarmTask[]) {
    this.#networks = new Map(networks.map((network) => [network.Id, network]))
    this.#nodes = new Map(nodes.map((node) => [node.ID, node]))
    this.#tasks = Map.groupBy(tasks.filter(runs), ({ ServiceID }) => ServiceID)
  }

  read(services: readonly SwarmService[]): Service[] {
    return services.map((service) => this.#service(service))
  }

  #service({ ID, Spec, Endpoint }: SwarmService): Service {
    const name = Spec?.Name ?? ID
    return {
      name,
      labels: Spec?.Labels ?? {},
      virtual: Spec?.EndpointSpec?.Mode === 'dnsrr' ? undefined : this.#virtual(Endpoint?.VirtualIPs ?? []),
      tasks: (this.#tasks.get(ID) ?? []).map((task) => this.#task(name, task)),
    }
  }

  #virtual(addresses: readonly { readonly NetworkID?: string; readonly Addr?: string }[]): SwarmAttachment[] {
    return addresses.flatMap(({ NetworkID = '', Addr }) => this.#attachment(NetworkID, Addr))
  }

  #task(service: string, task: SwarmTask): Task {
    const attachments = (task.NetworksAttachments ?? []).flatMap(({ Network, Addresses }) =>
      this.#attachment(Network?.ID ?? '', Addresses?.[0]),
    )
    // Tasks of a global service have no slot.
    const name = `${service}.${task.Slot ? task.Slot : task.ID}`
    const host = usesHost(task) ? this.#nodes.get(task.NodeID ?? '')?.Status?.Addr : undefined
    return host === undefined ? { name, attachments } : { name, attachments, hostAddress: host }
  }

  #attachment(id: string, cidr: string | undefined): SwarmAttachment[] {
    const network = this.#networks.get(id)
    const address = cidr?.split('/')[0] ?? ''
    return network === undefined || address === '' ? [] : [{ name: network.Name, id, address, isIngress: network.Ingress ?? false }]
  }
}

function runs({ DesiredState, Status }: SwarmTask): boolean {
  return DesiredState === 'running' && Status?.State === 'running'
}

function usesHost({ NetworksAttachments }: SwarmTask): boolean {
  return (NetworksAttachments ?? []).some(({ Network, Addresses }) => Network?.Spec?.Name === 'host' && !Addresses?.length)
}
