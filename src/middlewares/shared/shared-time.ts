import type { Time } from '../definition.ts'

/**
 * Milliseconds with fractions that every thread counts alike. `time.now()` starts anew in each thread; both it and
 * `process.hrtime()` run on the one monotonic clock of the machine, so that their distance is measured once.
 */
export function sharedNow(time: Time): () => number {
  const [seconds, nanoseconds] = process.hrtime()
  const distance = seconds * 1000 + nanoseconds / 1e6 - time.now()
  return () => time.now() + distance
}
