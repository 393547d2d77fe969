// The transactions of one change come one by one; a source that never rests is read all the same.
const QUIET_MS = 150
const LONGEST_MS = 1_000

/** Rings once for many changes: when they have been quiet for a moment. */
export class Bell implements Disposable {
  #timer: NodeJS.Timeout | undefined
  #firstAt: number | undefined
  #rung = Promise.withResolvers<void>()

  /** Rings after a quiet moment. */
  soon(): void {
    const now = performance.now()
    this.#firstAt ??= now
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.now(), Math.min(QUIET_MS, Math.max(0, this.#firstAt + LONGEST_MS - now)))
  }

  /** Rings at once. */
  now(): void {
    this.#rung.resolve()
  }

  /** Waits until it rings, or throws where the signal aborts; who hears it has heard of all that was before. */
  async heard(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.now()
    signal.addEventListener('abort', wake, { once: true })
    if (signal.aborted) wake()
    await this.#rung.promise
    signal.removeEventListener('abort', wake)
    this[Symbol.dispose]()
    this.#rung = Promise.withResolvers<void>()
    signal.throwIfAborted()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#firstAt = undefined
  }
}
