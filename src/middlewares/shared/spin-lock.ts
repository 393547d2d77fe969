const FREE = 0
const TAKEN = 1

/** Whoever holds a lock needs it for less than a microsecond: after so many looks its thread is not running. */
const SPINS = 1000

/** A thread that ended while it held a lock will not give it back. */
const MOST_WAITS = 100

/** Takes the lock in one word of shared memory. What is done until it is given back must be short, and must not throw. */
export function lock(words: Int32Array, at: number): void {
  for (let waits = 0; waits < MOST_WAITS; waits++) {
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.compareExchange(words, at, FREE, TAKEN) === FREE) return
    }
    // Nobody wakes the sleeper; only threads share memory that is locked at all.
    Atomics.wait(words, at, TAKEN, 1)
  }
}

/** Gives the lock back. */
export function unlock(words: Int32Array, at: number): void {
  Atomics.store(words, at, FREE)
}
