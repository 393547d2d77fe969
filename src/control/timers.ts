/** Monotonic time and one-shot timers of the control plane; a test brings its own. */
export interface Timers {
  /** Milliseconds that never jump, unlike wall time. */
  readonly now: () => number
  /** Calls back once after `ms`, unless the returned function is called first. */
  readonly after: (ms: number, callback: () => void) => () => void
}

// A longer delay overflows setTimeout, which then fires at once.
const LONGEST_MS = 2 ** 31 - 1

/** The timers of the process. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, LONGEST_MS))
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms`, or as soon as the signal aborts. */
export function pause(timers: Timers, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = timers.after(ms, done)
  signal?.addEventListener('abort', done, { once: true })
  return promise

  function done(): void {
    cancel()
    signal?.removeEventListener('abort', done)
    resolve()
  }
}
