/** Sessions of one address that may leave answers unread at the same time. */
const MOST_STALLED = 32

/**
 * How many sessions of each address do not take what was written for them. Memory is held by those only: many clients may
 * well share an address, but not many that stop reading [CVE-2026-49975].
 */
export class Http2Crowd {
  readonly #stalled = new Map<string, number>()

  /** Returns whether there are too many with this one. */
  enter(address: string): boolean {
    const count = (this.#stalled.get(address) ?? 0) + 1
    this.#stalled.set(address, count)
    return count > MOST_STALLED
  }

  leave(address: string): void {
    const count = this.#stalled.get(address) ?? 0
    if (count > 1) this.#stalled.set(address, count - 1)
    else this.#stalled.delete(address)
  }
}
