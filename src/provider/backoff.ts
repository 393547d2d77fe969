import { setTimeout as timeout } from 'node:timers/promises'
import { maskText } from '../findings/mask.ts'
import type { ProviderLog } from './definition.ts'

const FIRST_DELAY_MS = 500
const FACTOR = 1.5
const LONGEST_DELAY_MS = 60_000
/** An attempt as long as this was a success: what fails next begins with the shortest delay. */
const SUCCESS_MS = 30_000

interface BackoffOptions {
  /** From 0 to 1, spreads the attempts of many gateways. */
  readonly random?: () => number
  /** The longest delay in milliseconds; a minute. */
  readonly longestMs?: number
  /** Milliseconds that never jump. */
  readonly now?: () => number
  /** Resolves after `ms`, or as soon as the signal aborts. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** How long to wait before something that failed is tried again: longer from failure to failure, half a minute of success resets it. */
export class Backoff {
  readonly now: () => number
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly #random: () => number
  readonly #longestMs: number
  #failures = 0

  constructor({ random = Math.random, longestMs = LONGEST_DELAY_MS, now = () => performance.now(), wait = pause }: BackoffOptions = {}) {
    this.#random = random
    this.#longestMs = longestMs
    this.now = now
    this.wait = wait
  }

  /** The delay in milliseconds after an attempt that failed when it had run for so long. */
  delayAfter(ranMs: number): number {
    if (ranMs >= SUCCESS_MS) this.#failures = 0
    const delay = FIRST_DELAY_MS * FACTOR ** this.#failures * (0.5 + this.#random())
    this.#failures++
    return Math.round(Math.min(this.#longestMs, delay))
  }
}

/** Repeats an attempt until it succeeds or the signal aborts; each failure is logged, and followed by a pause. */
export async function retrying(
  signal: AbortSignal,
  backoff: Backoff,
  attempt: (signal: AbortSignal) => Promise<void>,
  log: ProviderLog,
): Promise<void> {
  while (!signal.aborted) {
    const startedAt = backoff.now()
    try {
      await attempt(signal)
      return
    } catch (error) {
      if (signal.aborted) return
      const delayMs = backoff.delayAfter(backoff.now() - startedAt)
      log.error(`provider error, retrying in ${delayMs / 1000} s`, {
        error: maskText(String((error as Error | undefined)?.message ?? error)),
      })
      await backoff.wait(delayMs, signal)
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await timeout(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
