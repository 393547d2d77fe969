import type { ElementPath } from '../element.ts'
import type { Verified } from '../verify.ts'

/** How an element is: it works, it works although something is wrong with it, it is left out. */
export interface Condition {
  readonly status: 'enabled' | 'warning' | 'disabled'
  /** What is wrong with it, each once. */
  readonly errors: readonly string[]
}

const FINE: Condition = { status: 'enabled', errors: [] }

/** The condition of every element with which something is wrong; all others are fine. */
export class Conditions {
  readonly #byPath = new Map<ElementPath, Condition>()

  constructor({ problems, disabled }: Pick<Verified, 'problems' | 'disabled'>) {
    for (const { finding, about, disables } of problems) {
      const path = disables ?? about
      if (path === undefined || finding.severity === 'info') continue
      const { errors } = this.of(path)
      const status = disabled.has(path) ? 'disabled' : 'warning'
      this.#byPath.set(path, { status, errors: errors.includes(finding.message) ? errors : [...errors, finding.message] })
    }
  }

  of(path: ElementPath): Condition {
    return this.#byPath.get(path) ?? FINE
  }
}
