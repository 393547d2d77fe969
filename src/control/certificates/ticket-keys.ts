import { randomBytes } from 'node:crypto'
import type { Timers } from '../timers.ts'
import type { WorkerLink } from '../worker-thread.ts'

/** Name, HMAC key and AES key, as OpenSSL takes them. */
const OCTETS = 48

const ROTATION_MS = 12 * 60 * 60 * 1000

/**
 * The keys that session tickets are sealed with (RFC 8446 §4.6.1), the same in all workers, so that a client resumes its
 * session wherever its next connection lands. They are replaced regularly: who learns one can read no older connection.
 */
export class TicketKeys {
  readonly #timers: Timers
  readonly #links = new Set<WorkerLink>()
  #keys = randomBytes(OCTETS)
  #cancel: () => void

  constructor(timers: Timers) {
    this.#timers = timers
    this.#cancel = this.#schedule()
  }

  /** A worker is there: it gets the keys, and their successors. */
  attach(link: WorkerLink): void {
    this.#links.add(link)
    link.send({ type: 'ticketKeys', keys: this.#keys })
  }

  detach(link: WorkerLink): void {
    this.#links.delete(link)
  }

  stop(): void {
    this.#cancel()
  }

  #schedule(): () => void {
    return this.#timers.after(ROTATION_MS, () => this.#rotate())
  }

  #rotate(): void {
    this.#keys = randomBytes(OCTETS)
    for (const link of this.#links) link.send({ type: 'ticketKeys', keys: this.#keys })
    this.#cancel = this.#schedule()
  }
}
