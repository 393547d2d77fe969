import type { GatewayError } from '../errors.ts'
import { CODES } from '../errors.ts'
import type { Clock, Deadline } from '../runtime/clock.ts'
import type { Fault } from '../thread/messages.ts'

/** The same fault is told again after so long, with how often it came meanwhile. */
const QUIET_MS = 10_000

/** Different faults that are kept apart at a time; the names of servers are few, but nothing may grow without a bound. */
const MOST_KINDS = 200

interface Kind {
  readonly fault: Omit<Fault, 'count'>
  /** How often it came since it was told last. */
  count: number
}

/**
 * Tells why requests fail where the client is not to blame: each reason at once when it is new, then every ten seconds with
 * a count. A server that is gone under load must not drown everything else that is said.
 */
export class FaultLog implements Deadline {
  deadlineAt = 0
  readonly #clock: Clock
  readonly #tell: (fault: Fault) => void
  readonly #kinds = new Map<string, Kind>()

  constructor(clock: Clock, tell: (fault: Fault) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  note(error: GatewayError): void {
    const { fault } = CODES[error.code]
    if (fault === 'client') return
    const key = `${error.code} ${error.message}`
    const known = this.#kinds.get(key)
    if (known !== undefined) {
      known.count++
      return
    }
    if (this.#kinds.size >= MOST_KINDS) return
    const kind = { fault: { code: error.code, detail: error.message, ...stackOf(error) }, count: 0 }
    this.#kinds.set(key, kind)
    this.#tell({ ...kind.fault, count: 1 })
    if (this.deadlineAt !== 0) return
    this.#clock.watch(this)
    this.deadlineAt = this.#clock.in(QUIET_MS)
  }

  onDeadline(): void {
    for (const [key, kind] of this.#kinds) {
      if (kind.count === 0) this.#kinds.delete(key)
      else this.#tell({ ...kind.fault, count: kind.count })
      kind.count = 0
    }
    if (this.#kinds.size === 0) this.#clock.unwatch(this)
    else this.deadlineAt = this.#clock.in(QUIET_MS)
  }
}

/** Where a fault of our own comes from; those of servers come from outside. */
function stackOf({ code, cause }: GatewayError): { stack?: string } {
  const isOwn = code === 'GTW_INTERNAL' || code === 'GTW_MIDDLEWARE_FAILED'
  return isOwn && cause instanceof Error && cause.stack !== undefined ? { stack: cause.stack } : {}
}
