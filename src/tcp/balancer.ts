import { canShare, OwnTurns, SharedTurns, type Turns } from '../services/strategy/turns.ts'
import type { TcpContext } from './definition.ts'

/** One of those that a balancer chooses from. */
interface Choice {
  readonly weight: number
  isUp(): boolean
}

/** A connection takes no more turns than this. */
const MOST_TURNS = 8192

/** Gives connections out in proportion to weights; those that are down give their turns to whoever comes next. */
export class Balancer<C extends Choice> {
  readonly #choices: readonly C[]
  readonly #turns: Turns

  /** `key` is what the turns are known by: all threads take them together where they can. */
  constructor(choices: readonly C[], key: string, { cells, keep }: Pick<TcpContext, 'cells' | 'keep'>) {
    this.#choices = choices.filter(({ weight }) => weight > 0)
    const weights = this.#choices.map(({ weight }) => weight)
    this.#turns = canShare(weights)
      ? new SharedTurns(weights, cells(`turns ${key}`, 1))
      : keep(`turns ${key} ${weights}`, () => new OwnTurns(weights))
  }

  /** Undefined where none is up. */
  pick(): C | undefined {
    if (!this.isUp()) return undefined
    // Other threads take turns meanwhile: two periods are enough for nearly all, a look at the list for the rest.
    for (let turns = Math.min(2 * this.#turns.period, MOST_TURNS); turns > 0; turns--) {
      const choice = this.#choices[this.#turns.next()]
      if (choice?.isUp() === true) return choice
    }
    return this.#choices.find((choice) => choice.isUp())
  }

  /** Whether there is one to choose. */
  isUp(): boolean {
    for (const choice of this.#choices) if (choice.isUp()) return true
    return false
  }
}
