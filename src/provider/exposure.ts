import { parseBoolean } from '../schema/scalars.ts'
import type { Constraints } from './constraints.ts'

/** Labels of an item, by their whole names. */
export type Labels = Readonly<Record<string, string>>

/** What decides whether an item is served at all. */
export interface Exposure {
  readonly exposedByDefault: boolean
  readonly constraints?: Constraints
  /** What labels, or tags, of the gateway begin with; without one, `gateway.` and `traefik.` are both read. */
  readonly prefix?: string | undefined
}

/** Whether an item is to be served; undefined where its label `enable` says neither yes nor no. */
export function isExposed(item: { readonly labels: Labels; readonly tags?: readonly string[] }, exposure: Exposure): boolean | undefined {
  const { exposedByDefault, constraints, prefix } = exposure
  const said = readLabel(item.labels, 'enable', prefix)
  const isEnabled = said === undefined ? exposedByDefault : parseBoolean(said)
  return isEnabled && constraints !== undefined ? constraints.matches(item) : isEnabled
}

/** The value of a label that a provider reads itself, such as `docker.network`; undefined where there is none. */
export function readLabel(labels: Labels, name: string, prefix?: string): string | undefined {
  const key = labelCalled(labels, name, prefix)
  return key === undefined ? undefined : labels[key]
}

/** The whole name under which an item has a label; names are compared without regard to case. */
export function labelCalled(labels: Labels, name: string, prefix?: string): string | undefined {
  const keys = Object.keys(labels)
  for (const start of prefixesOf(prefix)) {
    const wanted = `${start}${name}`.toLowerCase()
    const key = keys.find((one) => one.length === wanted.length && one.toLowerCase() === wanted)
    if (key !== undefined) return key
  }
  return undefined
}

const PREFIXES = ['gateway.', 'traefik.']

/** What labels begin with, in lower case; the first one wins. */
export function prefixesOf(prefix: string | undefined): readonly string[] {
  return prefix === undefined || prefix === '' ? PREFIXES : [`${prefix.toLowerCase()}.`]
}

/** Tags as labels: what stands before the first `=` is the name; a tag without one is none. */
export function tagsToLabels(tags: readonly string[]): Labels {
  const labels: Record<string, string> = Object.create(null)
  for (const tag of tags) {
    const equals = tag.indexOf('=')
    if (equals > 0) labels[tag.slice(0, equals).trim()] = tag.slice(equals + 1).trim()
  }
  return labels
}
