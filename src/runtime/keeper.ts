import type { Kept } from '../services/kept.ts'

/**
 * Keeps what outlives a snapshot: pools, balancer positions and the like, by the content of their configuration.
 * A build takes what it needs; when its tree is live, `settle` closes what no longer has a user.
 */
export class Keeper {
  #kept = new Map<string, Kept>()
  #taken = new Map<string, Kept>()

  /** The thing under this key: the one in use, else a new one. `key` must hold everything that `create` depends on. */
  take<T extends Kept>(key: string, create: () => T): T {
    const known = this.#taken.get(key) ?? this.#kept.get(key)
    const thing = (known as T | undefined) ?? create()
    this.#taken.set(key, thing)
    return thing
  }

  /** The tree that took its parts is live: what only the last one used is closed. */
  settle(): void {
    for (const [key, thing] of this.#kept) if (!this.#taken.has(key)) thing.close()
    this.#kept = this.#taken
    this.#taken = new Map()
  }

  /** The tree is not going to be live: what was made for it alone is closed. */
  abandon(): void {
    for (const [key, thing] of this.#taken) if (!this.#kept.has(key)) thing.close()
    this.#taken = new Map()
  }
}
