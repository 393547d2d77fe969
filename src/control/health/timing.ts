import type { HealthCheckOptions } from '../../services/health-check.ts'

/** The options that say when. */
type TimingOptions = Pick<HealthCheckOptions, 'interval' | 'unhealthyInterval' | 'timeout'>

/** How often a server is checked and how long a check may take. */
export interface Timing {
  readonly upMs: number
  readonly downMs: number
  readonly timeoutMs: number
}

const INTERVAL_MS = 30_000
const TIMEOUT_MS = 5_000

/** Nobody means to check more often than this. */
const SHORTEST_MS = 10

/** The times that hold: a default stands in for what is not above 0. */
export function timingOf({ interval, unhealthyInterval = interval, timeout }: TimingOptions): Timing {
  return {
    upMs: Math.max(SHORTEST_MS, positive(interval, INTERVAL_MS)),
    downMs: Math.max(SHORTEST_MS, positive(unhealthyInterval, INTERVAL_MS)),
    timeoutMs: positive(timeout, TIMEOUT_MS),
  }
}

/** Names of the options in whose place a default stands. */
export function replacedIn({ interval, unhealthyInterval = 1, timeout }: TimingOptions): string[] {
  return Object.entries({ interval, unhealthyInterval, timeout }).flatMap(([name, ms]) => (ms > 0 ? [] : [name]))
}

function positive(ms: number, otherwise: number): number {
  return ms > 0 ? ms : otherwise
}
