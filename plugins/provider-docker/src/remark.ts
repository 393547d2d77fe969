import type { Finding, Labels } from 'gateway/provider'

/** A finding that does not know yet which item it is about. */
export type Remark = Omit<Finding, 'source' | 'path'>

/** Findings about items; what many of them have in common is told once, with the first of them as its place. */
export class Remarks {
  readonly #counts = new Map<string, { readonly finding: Finding; count: number }>()

  /** Adds what is to be said about an item, with the label that is, or could be, its cause. */
  add(item: string, label: string, remark: Remark): void {
    const key = `${remark.code} ${remark.message}`
    const known = this.#counts.get(key)
    if (known === undefined) this.#counts.set(key, { finding: { ...remark, source: { kind: 'label', item, label } }, count: 1 })
    else known.count++
  }

  all(): Finding[] {
    return [...this.#counts.values()].map(({ finding, count }) =>
      count === 1 ? finding : { ...finding, message: `${finding.message} (and ${count - 1} more like this)` },
    )
  }
}

/** A label that the provider reads itself. */
export interface OwnLabel {
  readonly key: string
  readonly value: string
}

/** Finds a label by its name without prefix, such as `docker.network`; `gateway.` wins over `traefik.`. */
export function ownLabel(labels: Labels, name: string): OwnLabel | undefined {
  const keys = Object.keys(labels)
  for (const prefix of ['gateway.', 'traefik.']) {
    const key = keys.find((one) => one.toLowerCase() === `${prefix}${name}`)
    if (key !== undefined) return { key, value: labels[key] ?? '' }
  }
  return undefined
}
