import { Clock, type Deadline } from '../../src/runtime/clock.ts'

const WITHIN_MS = 5_000

/** A clock whose time passes only when a test says so. Every connection of a data plane is watched from birth to death. */
export class ManualClock extends Clock {
  readonly #items = new Set<Deadline>()
  readonly #listeners = new Set<() => void>()

  /** Connections that are alive, to clients and to servers. */
  get watching(): number {
    return this.#items.size
  }

  /** To the millisecond: nothing is coarse here. */
  override in(limitMs: number): number {
    return limitMs === 0 ? 0 : this.now + limitMs
  }

  override watch(item: Deadline): void {
    this.#items.add(item)
    for (const listener of this.#listeners) listener()
  }

  override unwatch(item: Deadline): void {
    this.#items.delete(item)
    for (const listener of this.#listeners) listener()
  }

  /** Waits until the number of connections satisfies a condition. */
  async until(condition: (watching: number) => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const late = setTimeout(() => reject(new Error(`the gateway has ${this.watching} connections`)), WITHIN_MS)
    const listener = (): void => {
      if (condition(this.watching)) resolve()
    }
    this.#listeners.add(listener)
    listener()
    await promise.finally(() => clearTimeout(late))
    this.#listeners.delete(listener)
  }

  untilNothingIsWatched(): Promise<void> {
    return this.until((watching) => watching === 0)
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
