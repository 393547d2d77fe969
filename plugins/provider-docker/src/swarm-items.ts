import { type LabelledItem, normalize } from 'gateway/provider'
import { foundServers } from './container-items.ts'
import type { SwarmOptions } from './options.ts'
import { isOn, wantedNetwork } from './own-labels.ts'
import { placeOf, type Whereabouts } from './place.ts'
import { type OwnLabel, ownLabel, type Remarks } from './remark.ts'
import type { Service, SwarmAttachment } from './swarm.ts'

/** What services are made items with. */
export interface SwarmContext extends Pick<SwarmOptions, 'network' | 'useBindPortIP' | 'allowEmptyServices'> {
  readonly own: ReadonlySet<string> | undefined
  readonly remarks: Remarks
}

/** The tasks of a service, or the service itself where the swarm is to balance, for the one who decodes labels. */
export function toItems(service: Service, context: SwarmContext): readonly LabelledItem[] {
  const labels = ownLabelsOf(service, context.remarks)
  if (labels === undefined) return []
  if (isBalancedBySwarm(service, labels, context.remarks)) {
    return [toItem(service, { name: service.name, attachments: service.virtual ?? [] }, { ...context, ...labels })]
  }
  if (service.tasks.length > 0) return service.tasks.map((task) => toItem(service, task, { ...context, ...labels }))
  return context.allowEmptyServices
    ? [{ ...toItem(service, { name: service.name, attachments: [] }, { ...context, ...labels }), isIdle: true }]
    : []
}

interface SwarmLabels {
  readonly networkLabel: OwnLabel | undefined
  readonly family: 'docker' | 'swarm'
}

/** Labels may say `swarm.network` or, as they used to, `docker.network`; undefined where they say both. */
function ownLabelsOf({ name, labels }: Service, remarks: Remarks): SwarmLabels | undefined {
  const [old, current] = (['docker', 'swarm'] as const).map(
    (family) => ownLabel(labels, `${family}.network`) ?? ownLabel(labels, `${family}.lbswarm`),
  )
  if (old !== undefined && current !== undefined) {
    remarks.add(serviceItem(name), old.key, {
      code: 'GTW_CONFLICT',
      severity: 'error',
      message: `the labels "${old.key}" and "${current.key}" are of two families; the service is left out`,
      hint: 'say all of them with `swarm.`',
    })
    return undefined
  }
  const family = old === undefined ? 'swarm' : 'docker'
  return { networkLabel: ownLabel(labels, `${family}.network`), family }
}

function isBalancedBySwarm({ name, labels, virtual }: Service, { family }: SwarmLabels, remarks: Remarks): boolean {
  if (!isOn({ name: serviceItem(name), labels }, `${family}.lbswarm`, remarks)) return false
  if (virtual !== undefined) return true
  remarks.add(serviceItem(name), ownLabel(labels, `${family}.lbswarm`)?.key ?? '', {
    code: 'GTW_BAD_VALUE',
    severity: 'warning',
    message: 'the swarm cannot balance a service in the endpoint mode dnsrr; its tasks are used',
  })
  return false
}

interface Server {
  readonly name: string
  readonly attachments: readonly SwarmAttachment[]
  readonly hostAddress?: string
}

function toItem({ name, labels }: Service, server: Server, context: SwarmContext & SwarmLabels): LabelledItem {
  const serviceName = normalize(name)
  const item = serviceItem(server.name)
  return {
    name: item,
    labels,
    defaults: {
      serviceName,
      ruleContext: { name: serviceName, containerName: server.name, labels },
      servers: (wanted) => {
        const place = placeOf(whereaboutsOf(server, context), wanted, {
          wanted: wantedNetwork(context.networkLabel, context.network),
          own: context.own,
          label: 'gateway.swarm.network',
          useBindPortIP: context.useBindPortIP,
        })
        const label = context.networkLabel?.key ?? 'gateway.swarm.network'
        for (const remark of place.remarks) context.remarks.add(item, label, remark)
        return foundServers(place)
      },
    },
  }
}

function whereaboutsOf({ attachments, hostAddress }: Server, { networkLabel, network }: SwarmContext & SwarmLabels): Whereabouts {
  const wanted = wantedNetwork(networkLabel, network)?.name
  const reachable = attachments.filter(({ isIngress, name }) => !isIngress || name === wanted)
  // The swarm does not know what images expose: a label has to name the port.
  return { attachments: reachable, ports: [], ...(hostAddress === undefined ? {} : { hostAddress }) }
}

function serviceItem(name: string): string {
  return `service ${name}`
}
