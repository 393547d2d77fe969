// Writers set key after key: a moment of quiet tells that they are through; a store that never rests is read all the same.
const QUIET_MS = 100
const LONGEST_MS = 1000

/** Changes that come close together, as one. */
export class Burst implements Disposable {
  #timer: NodeJS.Timeout | undefined
  #firstAt: number | undefined
  #over = Promise.withResolvers<void>()

  /** Takes notice of a change. */
  add(): void {
    const now = performance.now()
    this.#firstAt ??= now
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#over.resolve(), Math.min(QUIET_MS, Math.max(0, this.#firstAt + LONGEST_MS - now)))
  }

  /** Resolves when changes came and have come to rest. */
  async next(): Promise<void> {
    await this.#over.promise
    this.#over = Promise.withResolvers()
    this.#firstAt = undefined
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }
}
