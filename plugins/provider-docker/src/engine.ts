import type { Readable } from 'node:stream'

/** Labels as the engine tells them. */
type EngineLabels = Readonly<Record<string, string>> | null | undefined

export interface EngineNetwork {
  readonly NetworkID?: string
  readonly IPAddress?: string
  readonly GlobalIPv6Address?: string
}

interface EngineBinding {
  readonly HostIp?: string
  readonly HostPort?: string
}

/** A row of `GET /containers/json`. */
export interface ListedContainer {
  readonly Id: string
  readonly Names?: readonly string[] | null
  readonly State?: string
  /** For a person, with the health at its end. */
  readonly Status?: string
  readonly Labels?: EngineLabels
  readonly Ports?: readonly unknown[] | null
  readonly NetworkSettings?: { readonly Networks?: unknown } | null
}

/** The answer to `GET /containers/ID/json`. */
export interface InspectedContainer {
  readonly Id: string
  readonly Name: string
  readonly State?: { readonly Status?: string; readonly Health?: { readonly Status?: string } | null }
  readonly Config?: { readonly Labels?: EngineLabels; readonly ExposedPorts?: Readonly<Record<string, unknown>> | null }
  readonly HostConfig?: { readonly NetworkMode?: string }
  readonly NetworkSettings?: {
    readonly Ports?: Readonly<Record<string, readonly EngineBinding[] | null>> | null
    readonly Networks?: Readonly<Record<string, EngineNetwork | null>> | null
  }
}

/** A row of `GET /services`. */
export interface SwarmService {
  readonly ID: string
  readonly Spec?: { readonly Name?: string; readonly Labels?: EngineLabels; readonly EndpointSpec?: { readonly Mode?: string } }
  readonly Endpoint?: { readonly VirtualIPs?: readonly { readonly NetworkID?: string; readonly Addr?: string }[] | null }
}

/** A row of `GET /tasks`. */
export interface SwarmTask {
  readonly ID: string
  readonly ServiceID: string
  readonly NodeID?: string
  readonly Slot?: number
  readonly DesiredState?: string
  readonly Status?: { readonly State?: string }
  readonly NetworksAttachments?:
    | readonly {
        readonly Network?: { readonly ID?: string; readonly Spec?: { readonly Name?: string; readonly Ingress?: boolean } }
        readonly Addresses?: readonly string[] | null
      }[]
    | null
}

/** A row of `GET /nodes`. */
export interface SwarmNode {
  readonly ID: string
  readonly Status?: { readonly Addr?: string }
}

/** A row of `GET /networks`. */
export interface ListedNetwork {
  readonly Id: string
  readonly Name: string
  readonly Ingress?: boolean
}

/** What is asked of an engine: reading, nothing else. */
export interface Engine {
  containers(): Promise<readonly ListedContainer[]>
  /** Undefined where there is none. */
  container(id: string): Promise<InspectedContainer | undefined>
  /** One line for each change that may matter, until it fails or the engine is closed. */
  changes(): Promise<Readable>
  services(): Promise<readonly SwarmService[]>
  tasks(): Promise<readonly SwarmTask[]>
  nodes(): Promise<readonly SwarmNode[]>
  /** Networks of the whole swarm. */
  networks(): Promise<readonly ListedNetwork[]>
  /** Ends all that is under way. */
  close(): void
}
