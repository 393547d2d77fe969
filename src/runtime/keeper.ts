import type { Kept } from '../state/kept.ts'

/**
 * Keeps what outlives a snapshot: pools, balancer positions and the like, by the content of their configuration.
 * A build takes what it needs; when its tree is live, `settle` closes what no longer has a user.
 */
export class Keeper {
  #kept = new Map<string, Kept>()
  #taken = new Map<string, Kept>()
  #recording: string[] | undefined

  /** The thing under this key: the one in use, else a new one. `key` must hold everything that `create` depends on. */
  take<T extends Kept>(key: string, create: () => T): T {
    const known = this.#taken.get(key) ?? this.#kept.get(key)
    const thing = (known as T | undefined) ?? create()
    this.#taken.set(key, thing)
    this.#recording?.push(key)
    return thing
  }

  /** Notes the keys of all that is taken during an action. */
  recorded<T>(action: () => T): { readonly result: T; readonly keys: readonly string[] } {
    const outer = this.#recording
    const keys: string[] = []
    this.#recording = keys
    try {
      return { result: action(), keys }
    } finally {
      this.#recording = outer
      outer?.push(...keys)
    }
  }

  /** Takes again what is in use under these keys. */
  retain(keys: readonly string[]): void {
    for (const key of keys) {
      const thing = this.#kept.get(key)
      if (thing !== undefined) this.#taken.set(key, thing)
      this.#recording?.push(key)
    }
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
