import type { Finding } from '../findings/finding.ts'

/** Findings of many items: what a thousand replicas have in common is told once, with the first of them as its place. */
export class RepeatedFindings {
  readonly #counts = new Map<string, { readonly finding: Finding; count: number }>()

  add(finding: Finding): void {
    const key = `${finding.code} ${finding.message}`
    const known = this.#counts.get(key)
    if (known === undefined) this.#counts.set(key, { finding, count: 1 })
    else known.count++
  }

  all(): Finding[] {
    return [...this.#counts.values()].map(({ finding, count }) =>
      count === 1 ? finding : { ...finding, message: `${finding.message} (and ${count - 1} more like this)` },
    )
  }
}
