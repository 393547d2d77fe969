import { anyUp, type Member, type Strategy } from '../member.ts'
import type { Turns } from './turns.ts'

/** A request takes no more turns than this. */
const MOST_TURNS = 8192

/** `wrr`: every member gets turns in proportion to its weight; those that are down give theirs to whoever comes next. */
export class RoundRobin<M extends Member> implements Strategy<M> {
  readonly #members: readonly M[]
  readonly #turns: Turns

  constructor(members: readonly M[], turns: Turns) {
    this.#members = members
    this.#turns = turns
  }

  pick(): M | undefined {
    const member = this.#members[this.#turns.next()]
    return member?.isUp() === true ? member : this.#pickUp()
  }

  /** Takes further turns, so that those that are up keep their shares among themselves. */
  #pickUp(): M | undefined {
    if (!anyUp(this.#members)) return undefined
    // Other threads take turns meanwhile: two periods are enough for nearly all, a look at the list for the rest.
    for (let turns = Math.min(2 * this.#turns.period, MOST_TURNS); turns > 0; turns--) {
      const member = this.#members[this.#turns.next()]
      if (member?.isUp() === true) return member
    }
    return this.#members.find((member) => member.isUp())
  }
}
