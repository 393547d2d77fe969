import type { Cells } from '../state/cells.ts'
import { ticks } from '../state/ticks.ts'

/** How many words of shared memory the state of one server takes. */
export const SERVER_WORDS = 8

/** What the keys of all servers begin with. */
export const SERVER_KEYS = 'server '

/** Under which key the cells of a server are found: a service by its qualified name, a server by its URL as configured. */
export function serverKey(service: string, url: string): string {
  return `${SERVER_KEYS}${service} ${url}`
}

const ACTIVE_DOWN = 0
const PASSIVE_UNTIL = 1
const IN_FLIGHT = 2

/** No failures keep the server down; never written as a time. */
const NEVER = 0

/**
 * What every thread knows of one server of one service: whether the active check found it down, until when its failures
 * keep it down, and how many requests it works on. It lives in shared memory: one truth for all workers.
 */
export class ServerState {
  readonly #words: Int32Array
  readonly #at: number

  constructor({ words, at }: Cells) {
    this.#words = words
    this.#at = at
  }

  /** Whether requests may be sent to it. Reads the clock only while failures keep it down, unless `now` (of `ticks`) is given. */
  isUp(now?: number): boolean {
    if (Atomics.load(this.#words, this.#at + ACTIVE_DOWN) !== 0) return false
    const until = Atomics.load(this.#words, this.#at + PASSIVE_UNTIL)
    return until === NEVER || this.#isOver(until, now ?? ticks())
  }

  /** What the active check found last; true until it has found anything. */
  get activeUp(): boolean {
    return Atomics.load(this.#words, this.#at + ACTIVE_DOWN) === 0
  }

  /** Sets what the active check found; returns whether that is news. A server that it finds well is up whatever failed before. */
  setActive(up: boolean): boolean {
    if (up) Atomics.store(this.#words, this.#at + PASSIVE_UNTIL, NEVER)
    const down = up ? 0 : 1
    return Atomics.exchange(this.#words, this.#at + ACTIVE_DOWN, down) !== down
  }

  /** Keeps it down for so long on account of its failures. */
  failFor(durationMs: number): void {
    Atomics.store(this.#words, this.#at + PASSIVE_UNTIL, (ticks() + durationMs) | 0 || 1)
  }

  /** A request goes to it. */
  enter(): void {
    Atomics.add(this.#words, this.#at + IN_FLIGHT, 1)
  }

  /** A request that went to it is over. */
  leave(): void {
    // Below 0 only after a worker was lost and the count forgotten with it.
    if (Atomics.sub(this.#words, this.#at + IN_FLIGHT, 1) <= 0) Atomics.store(this.#words, this.#at + IN_FLIGHT, 0)
  }

  /** Forgets the requests of all threads, as one of them is lost with its own: those of the others count again as they end. */
  forgetRequests(): void {
    Atomics.store(this.#words, this.#at + IN_FLIGHT, 0)
  }

  /** How many requests it works on, from all threads. */
  get inFlight(): number {
    return Atomics.load(this.#words, this.#at + IN_FLIGHT)
  }

  /** A time that is over is forgotten, so that no later request reads the clock. */
  #isOver(until: number, now: number): boolean {
    if (((until - now) | 0) > 0) return false
    Atomics.compareExchange(this.#words, this.#at + PASSIVE_UNTIL, until, NEVER)
    return true
  }
}
