import { isIPv6 } from 'node:net'
import { type Finding, type FoundServers, type LabelledItem, normalize, readLabel, tagsToLabels, type WantedServer } from 'gateway/provider'
import { fnv64 } from './fnv.ts'
import { type ConsulCatalogOptions, STATES } from './options.ts'

/** An instance of a service, as Consul describes it. */
export interface Instance {
  readonly Node: { readonly Node: string; readonly Address: string }
  readonly Service: {
    readonly ID: string
    readonly Service: string
    readonly Tags: readonly string[] | null
    readonly Address: string
    readonly Port: number
  }
  readonly Checks: readonly { readonly CheckID: string; readonly Status: string }[] | null
}

type Health = (typeof STATES)[number]

/** Whether the worst state of its checks is one of these. */
export function isHealthy({ Checks }: Instance, accepted: ConsulCatalogOptions['strictChecks']): boolean {
  if (accepted.includes('any')) return true
  const states = (Checks ?? []).map(stateOf)
  return accepted.includes(STATES.find((state) => states.includes(state)) ?? 'passing')
}

/** Maintenance is a critical check with a name of its own. */
function stateOf({ CheckID, Status }: { readonly CheckID: string; readonly Status: string }): Health {
  if (CheckID === '_node_maintenance' || CheckID.startsWith('_service_maintenance:')) return 'maintenance'
  return Status === 'passing' || Status === 'warning' ? Status : 'critical'
}

/** Whether its tags ask to speak to it through Consul Connect. */
export function wantsMesh({ Service }: Instance, prefix: string | undefined): boolean {
  return saysYes(readLabel(tagsToLabels(Service.Tags ?? []), CONNECT, prefix))
}

const CONNECT = 'consulcatalog.connect'
const CANARY = 'consulcatalog.canary'

/** What becomes of an instance that can only be reached through Consul Connect. */
export function meshFinding(instance: Instance, prefix: string | undefined): Finding {
  return {
    code: 'GTW_UNSUPPORTED',
    severity: 'error',
    message: `${nameOf(instance)} asks for Consul Connect, which is not supported; it is not served`,
    source: { kind: 'label', item: nameOf(instance), label: `${prefix ?? 'gateway'}.${CONNECT}` },
  }
}

interface ItemPlace {
  readonly namespace: string | undefined
  readonly prefix: string | undefined
}

/** An instance with its tags as labels. */
export function itemOf(instance: Instance, { namespace, prefix }: ItemPlace): LabelledItem {
  const { Service, Node } = instance
  const tags = Service.Tags ?? []
  const labels = tagsToLabels(tags)
  return {
    name: namespace === undefined ? nameOf(instance) : `${nameOf(instance)}, namespace ${namespace}`,
    labels,
    tags,
    defaults: {
      serviceName: normalize(saysYes(readLabel(labels, CANARY, prefix)) ? `${Service.Service}-${fingerprint(tags)}` : Service.Service),
      ruleContext: { name: Service.Service, labels },
      servers: (wanted) => serversOf(Service.Address || Node.Address, Service.Port, wanted),
    },
  }
}

function nameOf({ Service, Node }: Instance): string {
  return `service ${Service.Service}, instance ${Service.ID} on ${Node.Node}`
}

function saysYes(value: string | undefined): boolean {
  return value !== undefined && ['true', 't', '1'].includes(value.toLowerCase())
}

/** Instances with other tags than the stable ones are served apart from them. */
function fingerprint(tags: readonly string[]): bigint {
  return fnv64([...tags].sort().join(''))
}

function serversOf(host: string, ownPort: number, { port = ownPort }: WantedServer): FoundServers {
  if (host === '') return { problem: 'neither the service nor its node has an address' }
  if (port === 0)
    return { problem: 'the port is missing', hint: 'register the service with a port, or name one with `loadbalancer.server.port`' }
  return { addresses: [`${isIPv6(host) ? `[${host}]` : host}:${port}`] }
}
