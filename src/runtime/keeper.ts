import type { Kept } from '../state/kept.ts'

/** A kept thing, and the build that was the last to take it. */
interface Place {
  readonly thing: Kept
  takenIn: number
  /** No tree that has been live had it. */
  isNew: boolean
}

/**
 * Keeps what outlives a snapshot: pools, balancer positions and the like, by the content of their configuration.
 * A build takes what it needs; when its tree is live, `settle` closes what no longer has a user. What is taken again stays
 * where it is: a reload of thousands of services makes no new table of their state.
 */
export class Keeper {
  readonly #places = new Map<string, Place>()
  #build = 0
  #recording: string[] | undefined

  /** The thing under this key: the one in use, else a new one. `key` must hold everything that `create` depends on. */
  take<T extends Kept>(key: string, create: () => T): T {
    const place = this.#places.get(key) ?? this.#add(key, create())
    place.takenIn = this.#build
    this.#recording?.push(key)
    return place.thing as T
  }

  #add(key: string, thing: Kept): Place {
    const place = { thing, takenIn: this.#build, isNew: true }
    this.#places.set(key, place)
    return place
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
      const place = this.#places.get(key)
      if (place !== undefined) place.takenIn = this.#build
      this.#recording?.push(key)
    }
  }

  /** The tree that took its parts is live: what only the last one used is closed. */
  settle(): void {
    for (const [key, place] of this.#places) {
      if (place.takenIn === this.#build) place.isNew = false
      else this.#close(key, place)
    }
    this.#build += 1
  }

  /** The tree is not going to be live: what was made for it alone is closed. */
  abandon(): void {
    for (const [key, place] of this.#places) if (place.isNew) this.#close(key, place)
    this.#build += 1
  }

  #close(key: string, { thing }: Place): void {
    this.#places.delete(key)
    thing.close()
  }
}
