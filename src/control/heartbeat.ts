import { url as inspectorUrl } from 'node:inspector'
import type { Timers } from './timers.ts'

const LOOK_MS = 1_000

/** Looks without a beat after which somebody should know, and find out where the thread is. */
const SILENT_AFTER = 5
/** Looks without a beat after which it will not come back. */
const STUCK_AFTER = 10

export interface HeartbeatOptions {
  /** The word that the thread counts up (`thread/heartbeat.ts`). */
  readonly beat: Int32Array
  readonly timers: Timers
  /** It has not beaten for a while; called once for each silence. */
  readonly onSilent: () => void
  /** It has been silent for so long that it has to go; nothing more is called after that. */
  readonly onStuck: () => void
}

/**
 * Watches whether the event loop of a thread still turns. Silence is counted in looks, never by the clock: where the whole
 * process was stopped, or the control plane itself was busy, that was one look. A thread that has not begun to beat starts.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #last = 0
  #missed = 0
  #cancel: () => void

  constructor(options: HeartbeatOptions) {
    this.#options = options
    this.#cancel = this.#again()
  }

  stop(): void {
    this.#cancel()
  }

  #again(): () => void {
    return this.#options.timers.after(LOOK_MS, () => this.#look())
  }

  #look(): void {
    const { beat, onSilent, onStuck } = this.#options
    const count = Atomics.load(beat, 0)
    // Whoever debugs the process may stop a thread for as long as it takes.
    const isSilent = count === this.#last && count !== 0 && inspectorUrl() === undefined
    this.#missed = isSilent ? this.#missed + 1 : 0
    this.#last = count
    if (this.#missed === STUCK_AFTER) {
      onStuck()
      return
    }
    if (this.#missed === SILENT_AFTER) onSilent()
    this.#cancel = this.#again()
  }
}

/** How long a thread was silent when it is given up. */
export const STUCK_SECONDS = (STUCK_AFTER * LOOK_MS) / 1_000
