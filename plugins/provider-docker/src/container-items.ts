import type { FoundServers, LabelledItem, WantedServer } from 'gateway/provider'
import type { Container } from './container.ts'
import type { DockerOptions } from './options.ts'
import { isOn, wantedNetwork } from './own-labels.ts'
import { type Place, type PlaceOptions, placeOf } from './place.ts'
import { ownLabel, type Remarks } from './remark.ts'

const NETWORK = 'docker.network'

/** Why a container is not served now; undefined where it is. */
export interface Absence {
  readonly reason: string
  readonly isIdle: boolean
}

/** Whether a container is left out, or kept without servers. */
export function absenceOf(
  container: Container,
  { allowEmptyServices }: Pick<DockerOptions, 'allowEmptyServices'>,
  remarks: Remarks,
): Absence | undefined {
  const { labels, state, health } = container
  const isRunning = state === 'running'
  if (isRunning && (health === 'none' || health === 'healthy')) return undefined
  const reason = isRunning ? `its health is ${health}` : `it is ${state}`
  const allowsNonRunning = isOn({ name: itemName(container), labels }, 'docker.allownonrunning', remarks)
  return { reason, isIdle: allowsNonRunning || (isRunning && allowEmptyServices) }
}

/** A container for the one who decodes labels; undefined where it is left out. */
export function toItem(container: Container, context: ItemContext): LabelledItem | undefined {
  const absence = absenceOf(container, context, context.remarks)
  if (absence === undefined) return presentItem(container, context)
  return absence.isIdle ? { ...presentItem(container, context), isIdle: true } : undefined
}

/** A container as if it were running and well. */
export function presentItem(container: Container, context: ItemContext): LabelledItem {
  const { labels, name, serviceName } = container
  return {
    name: itemName(container),
    labels,
    defaults: {
      serviceName,
      ruleContext: { name: serviceName, containerName: name, labels },
      servers: (wanted) => {
        const place = placeOf(container.where, wanted, placeOptionsOf(container, context))
        for (const remark of place.remarks) context.remarks.add(itemName(container), networkLabelOf(container), remark)
        context.onPlace?.(wanted, place)
        return foundServers(place)
      },
    },
  }
}

/** A place as the one who decodes labels takes it. */
export function foundServers(place: Place): FoundServers {
  if (!('problem' in place)) return { addresses: [place.address] }
  const { problem, hint } = place
  return hint === undefined ? { problem } : { problem, hint }
}

/** What containers are made items with. */
export interface ItemContext extends Pick<DockerOptions, 'network' | 'useBindPortIP' | 'allowEmptyServices'> {
  readonly own: ReadonlySet<string> | undefined
  readonly remarks: Remarks
  /** Hears of each place that was chosen. */
  readonly onPlace?: (wanted: WantedServer, place: Place) => void
}

/** How findings call a container. */
export function itemName({ name }: Container): string {
  return `container ${name}`
}

function networkLabelOf({ labels }: Container): string {
  return ownLabel(labels, NETWORK)?.key ?? `gateway.${NETWORK}`
}

function placeOptionsOf({ labels }: Container, { network, own, useBindPortIP }: ItemContext): PlaceOptions {
  return { wanted: wantedNetwork(ownLabel(labels, NETWORK), network), own, label: `gateway.${NETWORK}`, useBindPortIP }
}
