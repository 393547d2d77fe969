import type { BucketRules } from './bucket-table.ts'

/** A rate as it is configured; durations in milliseconds. */
export interface Rate {
  readonly average: number
  readonly period: number
  readonly burst: number
}

const DEFAULT_PERIOD_MS = 1000

/** Where tokens come slower than one in a second, a request waits so long for its own. */
const SLOW_DELAY_MS = 500

/** How the buckets of a rate fill; undefined where everything may pass. */
export function rulesOf({ average, period, burst }: Rate): BucketRules | undefined {
  if (average === 0) return undefined
  const msPerToken = (period || DEFAULT_PERIOD_MS) / average
  const perSecond = 1000 / msPerToken
  return { msPerToken, burst: Math.max(burst, 1), maxDelayMs: perSecond < 1 ? SLOW_DELAY_MS : 1000 / (2 * Math.floor(perSecond)) }
}
