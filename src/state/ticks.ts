/** The longest distance between two times that 32 bits can tell: 24 days. */
export const LONGEST_TICKS = 2 ** 31 - 1

/**
 * Milliseconds of the one monotonic clock that all threads share, cut to 32 bits: times in shared memory are compared by
 * the sign of `(a - b) | 0`. `performance.now()` starts anew in every thread.
 */
export function ticks(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return (seconds * 1000 + Math.floor(nanoseconds / 1e6)) | 0
}
