/**
 * Weighted round robin, earliest deadline first: every turn goes to the smallest deadline, which then moves on by the
 * step of its server. Steps are whole multiples (least common multiple of the weights / weight), so that the shares over
 * a period are exact and no rounding drifts in.
 */
export class WeightedRoundRobin {
  readonly #steps: number[]
  readonly #deadlines: number[]

  /** Weights of at least 1, one for each server. */
  constructor(weights: readonly number[]) {
    const period = weights.reduce(leastCommonMultiple, 1)
    this.#steps = weights.map((weight) => period / weight)
    this.#deadlines = this.#steps.slice()
  }

  /** Index of the server whose turn it is, -1 where there is none. Looks at each server once: lists are short. */
  next(): number {
    const deadlines = this.#deadlines
    let chosen = -1
    let least = Number.POSITIVE_INFINITY
    for (let index = 0; index < deadlines.length; index++) {
      const deadline = deadlines[index] as number
      if (deadline < least) {
        least = deadline
        chosen = index
      }
    }
    if (chosen === -1) return -1
    deadlines[chosen] = least + (this.#steps[chosen] as number)
    if (least > LARGE) this.#rebase(least)
    return chosen
  }

  /** Deadlines only mean something against each other; they stay far below the exact integers' end. */
  #rebase(by: number): void {
    for (let index = 0; index < this.#deadlines.length; index++) this.#deadlines[index] = (this.#deadlines[index] as number) - by
  }
}

const LARGE = 2 ** 48

/** Beyond 2^32 exactness is given up for the step of a common period. */
function leastCommonMultiple(left: number, right: number): number {
  const multiple = (left / greatestCommonDivisor(left, right)) * right
  return Math.min(multiple, 2 ** 32)
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right)
}
