import type { Time } from '../middlewares/definition.ts'

/** The real time. */
export const realTime: Time = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
