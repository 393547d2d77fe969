/** How fast the content of requests has to come. */
export interface PaceRules {
  /** Octets per second; 0 for any. */
  readonly minRate: number
  /** Milliseconds without an octet; 0 for any. */
  readonly idleMs: number
}

/** What may be said of content that is on its way. */
export interface PacedBody {
  /** Octets that came. */
  readonly received: number
  /** Whether the gateway itself has not taken content since the last question. */
  takeHeldUp(): boolean
}

/** Content that has begun is looked at so often. */
const LOOK_MS = 5_000

/** So long a rate says nothing. */
const GRACE_MS = 10_000

/**
 * Watches one request whose content does not come at once: a client that sends it drop by drop holds a connection to a
 * server for as long as it likes. Time in which the gateway or the server did not take content does not count.
 */
export class BodyPace {
  readonly #rules: PaceRules
  /** Milliseconds in which the client could have sent something. */
  #waitedMs = 0
  #idleMs = 0
  #received = 0
  #checkedAt: number

  constructor(rules: PaceRules, now: number) {
    this.#rules = rules
    this.#checkedAt = now
  }

  /** Whether the client has been too slow by now. */
  isTooSlow(body: PacedBody, now: number): boolean {
    const { minRate, idleMs } = this.#rules
    const sinceMs = now - this.#checkedAt
    const { received } = body
    this.#checkedAt = now
    const isIdle = received === this.#received
    this.#received = received
    if (body.takeHeldUp()) return false
    this.#waitedMs += sinceMs
    this.#idleMs = isIdle ? this.#idleMs + sinceMs : 0
    if (idleMs > 0 && this.#idleMs >= idleMs) return true
    return this.#waitedMs > GRACE_MS && received * 1_000 < minRate * this.#waitedMs
  }
}

/** When the content of a request of HTTP/1 has to be there, and when to look at it. */
export class ContentDeadline {
  readonly #pace: BodyPace
  readonly #isPaced: boolean
  /** 0 for no limit. */
  readonly #dueAt: number

  constructor(rules: PaceRules, now: number, dueAt: number) {
    this.#pace = new BodyPace(rules, now)
    this.#isPaced = rules.minRate > 0 || rules.idleMs > 0
    this.#dueAt = dueAt
  }

  /** When to look; 0 for never. */
  nextAfter(now: number): number {
    if (!this.#isPaced) return this.#dueAt
    return this.#dueAt === 0 ? now + LOOK_MS : Math.min(now + LOOK_MS, this.#dueAt)
  }

  /** Whether it is too late, or comes too slowly; without a body its pace does not count. */
  isOver(body: PacedBody | undefined, now: number): boolean {
    return (this.#dueAt !== 0 && now >= this.#dueAt) || (body !== undefined && this.#pace.isTooSlow(body, now))
  }
}
