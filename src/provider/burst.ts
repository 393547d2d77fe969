interface BurstOptions {
  /** So many milliseconds without a change end it; 100. */
  readonly quietMs?: number
  /** A source that never rests is read all the same; after a second. */
  readonly longestMs?: number
}

interface BurstWait {
  /** Gives up after so many milliseconds without any change. */
  readonly idleMs?: number | undefined
  /** Whoever waits hears of the end. */
  readonly signal?: AbortSignal
}

const QUIET_MS = 100
const LONGEST_MS = 1_000

// Node fires timers beyond this at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Changes that come close together, as one: writers need a moment between their first word and their last. */
export class Burst implements Disposable {
  readonly #quietMs: number
  readonly #longestMs: number
  #timer: NodeJS.Timeout | undefined
  #firstAt: number | undefined
  #isOver = false
  #wake: (() => void) | undefined

  constructor({ quietMs = QUIET_MS, longestMs = LONGEST_MS }: BurstOptions = {}) {
    this.#quietMs = quietMs
    this.#longestMs = longestMs
  }

  /** Takes notice of a change. */
  add(): void {
    const now = performance.now()
    this.#firstAt ??= now
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.end(), Math.min(this.#quietMs, Math.max(0, this.#firstAt + this.#longestMs - now)))
  }

  /** Counts what came as all of it. */
  end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  /** Waits until changes came and have come to rest; false where none came for so long. Throws where the signal aborts. */
  async next({ idleMs, signal }: BurstWait = {}): Promise<boolean> {
    if (!this.#isOver) await this.#rest(idleMs, signal)
    signal?.throwIfAborted()
    const isOver = this.#isOver
    if (isOver) this[Symbol.dispose]()
    return isOver
  }

  /** Forgets what came. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#firstAt = undefined
    this.#isOver = false
  }

  async #rest(idleMs: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = (): void => resolve()
    // What has begun to come is waited for, and not put off by one more look.
    const mayIdle = idleMs !== undefined && this.#firstAt === undefined
    const idle = mayIdle ? setTimeout(wake, Math.min(idleMs, LONGEST_TIMER_MS)) : undefined
    this.#wake = wake
    signal?.addEventListener('abort', wake, { once: true })
    await promise
    signal?.removeEventListener('abort', wake)
    this.#wake = undefined
    clearTimeout(idle)
  }
}
