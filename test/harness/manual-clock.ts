import { Clock, type Deadline } from '../../src/runtime/clock.ts'

/** A clock whose time passes only when a test says so. Every connection of a data plane is watched from birth to death. */
export class ManualClock extends Clock {
  readonly #items = new Set<Deadline>()

  /** Connections that are alive, to clients and to servers. */
  get watching(): number {
    return this.#items.size
  }

  override watch(item: Deadline): void {
    this.#items.add(item)
  }

  override unwatch(item: Deadline): void {
    this.#items.delete(item)
  }

  /** Lets time pass and ends what is overdue, as the real clock does. */
  advance(ms: number): void {
    this.now += ms
    for (const item of this.#items) {
      if (item.deadlineAt === 0 || item.deadlineAt > this.now) continue
      item.deadlineAt = 0
      item.onDeadline()
    }
  }
}
