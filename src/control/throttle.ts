import { INTERNAL } from './internal.ts'
import type { Timers } from './timers.ts'

export interface ThrottleOptions<Message> {
  /** The least time between two messages of one provider (`providers.providersThrottleDuration`); 0 lets all pass. */
  readonly gapMs: number
  readonly timers: Timers
  readonly deliver: (provider: string, message: Message) => void
}

/** One provider's gap: it is open for as long as the gate exists, with at most one message behind it. */
interface Gate<Message> {
  waiting: { readonly message: Message } | undefined
  readonly cancel: () => void
}

/**
 * Keeps a provider from flooding the control plane: its first message passes at once, of those that follow within the gap
 * only the newest is kept and passes when the gap is over. The internal provider is never held back.
 */
export class Throttle<Message> {
  readonly #options: ThrottleOptions<Message>
  readonly #gates = new Map<string, Gate<Message>>()

  constructor(options: ThrottleOptions<Message>) {
    this.#options = options
  }

  push(provider: string, message: Message): void {
    const gate = this.#gates.get(provider)
    if (gate !== undefined) {
      gate.waiting = { message }
      return
    }
    this.#pass(provider, message)
  }

  /** Drops what waits. */
  stop(): void {
    for (const gate of this.#gates.values()) gate.cancel()
    this.#gates.clear()
  }

  #pass(provider: string, message: Message): void {
    const { gapMs, timers, deliver } = this.#options
    if (gapMs > 0 && provider !== INTERNAL) {
      this.#gates.set(provider, { waiting: undefined, cancel: timers.after(gapMs, () => this.#release(provider)) })
    }
    deliver(provider, message)
  }

  #release(provider: string): void {
    const waiting = this.#gates.get(provider)?.waiting
    this.#gates.delete(provider)
    if (waiting !== undefined) this.#pass(provider, waiting.message)
  }
}
