import type { Remark } from './remark.ts'

/** A network of a container, service or task, with the address in it. */
export interface Attachment {
  readonly name: string
  readonly id: string
  /** IPv4 where there is one. */
  readonly address: string
}

/** A name that someone gave: a label, or the option. */
export interface Wanted {
  readonly name: string
  /** Who named it, for a person. */
  readonly by: string
}

export interface NetworkQuestion {
  readonly attachments: readonly Attachment[]
  readonly wanted: Wanted | undefined
  /** Networks of the gateway's own container by id; undefined where it runs in none. */
  readonly own: ReadonlySet<string> | undefined
  /** The label that would settle the choice. */
  readonly label: string
}

/** A network, or none; and why. */
export interface NetworkChoice {
  readonly chosen: Attachment | undefined
  readonly why: string
  readonly remarks: readonly Remark[]
}

/** Chooses the network over which an item is reached: the same one each time, in whatever order the engine lists them. */
export function chooseNetwork({ attachments, wanted, own, label }: NetworkQuestion): NetworkChoice {
  const sorted = attachments.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const named = wanted && sorted.find(({ name }) => name === wanted.name)
  if (wanted && named) return { chosen: named, why: `named by ${wanted.by}`, remarks: [] }
  const choice = chooseUnnamed(sorted, own, label)
  if (!wanted) return choice
  return { ...choice, remarks: [notAttached(wanted, sorted, choice.chosen), ...choice.remarks] }
}

function chooseUnnamed(sorted: readonly Attachment[], own: ReadonlySet<string> | undefined, label: string): NetworkChoice {
  const [only, ...others] = sorted
  const shared = own === undefined ? [] : sorted.filter(({ id }) => own.has(id))
  const [first = only] = shared
  if (own !== undefined && only !== undefined && shared.length === 0) {
    return { chosen: only, why: others.length === 0 ? 'the only one' : 'first by name', remarks: [nothingShared(sorted, label)] }
  }
  if (others.length === 0) return { chosen: only, why: only === undefined ? 'it has none' : 'the only one', remarks: [] }
  if (shared.length === 1) return { chosen: first, why: 'shared with the gateway', remarks: [] }
  return { chosen: first, why: 'first by name', remarks: [ambiguous(shared.length > 0 ? shared : sorted, label)] }
}

function notAttached({ name, by }: Wanted, sorted: readonly Attachment[], chosen: Attachment | undefined): Remark {
  // Compose puts the name of the project in front of the name that stands in its file.
  const meant = sorted.find((one) => one.name.endsWith(`_${name}`))?.name
  const used = chosen === undefined ? '' : `; "${chosen.name}" is used instead`
  return {
    code: 'GTW_BAD_VALUE',
    severity: 'warning',
    message: `the network "${name}", named by ${by}, is not one of its networks (${namesOf(sorted)})${used}`,
    ...(meant === undefined ? {} : { suggestion: meant }),
  }
}

function ambiguous(fitting: readonly Attachment[], label: string): Remark {
  return {
    code: 'GTW_AMBIGUOUS',
    severity: 'warning',
    message: `which network to use is not said, and several fit (${namesOf(fitting)}); "${fitting[0]?.name}" is taken, the first by name`,
    hint: `name one with the label \`${label}\`, or with the option \`network\``,
  }
}

function nothingShared(sorted: readonly Attachment[], label: string): Remark {
  return {
    code: 'GTW_BAD_VALUE',
    severity: 'warning',
    message: `none of its networks (${namesOf(sorted)}) is one of the gateway, so it can hardly be reached`,
    hint: `connect the gateway's container to one of them; if there are several, name it with the label \`${label}\``,
  }
}

function namesOf(attachments: readonly Attachment[]): string {
  return attachments.map(({ name }) => name).join(', ') || 'it has none'
}
