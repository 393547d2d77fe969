import { cpuRatio, rateRatio } from '../data-plane/figures.ts'
import type { Measured, Round } from '../results.ts'

/** A limit that the gateway is held to, against another proxy under the same load. */
export interface Goal {
  readonly against: string
  /** The goal in words. */
  readonly text: string
  judge(measured: readonly Measured<Round>[]): Verdict
}

interface Verdict {
  /** What was measured, in words. */
  readonly text: string
  /** Absent where the other proxy could not be measured. */
  readonly ratio?: number
  readonly met: boolean
}

/** At least so many times as much of the unit in a second on the CPU as another proxy does. */
export function perCoreAtLeast(limit: number, against: string): Goal {
  return {
    against,
    text: `≥ ${limit} × ${against} per core`,
    judge: judgedBy(against, (measured) => {
      const ratio = cpuRatio(measured, against, 'gateway')
      return { ratio, text: `${ratio.toFixed(2)} × ${against} per core`, met: ratio >= limit }
    }),
  }
}

/** At least so many times as much of the unit in a second as another proxy does, each on one core. */
export function rateAtLeast(limit: number, against: string): Goal {
  return {
    against,
    text: `≥ ${limit} × ${against} per second`,
    judge: judgedBy(against, (measured) => {
      const ratio = rateRatio(measured, 'gateway', against)
      return { ratio, text: `${ratio.toFixed(2)} × ${against} per second`, met: ratio >= limit }
    }),
  }
}

/** At most so many times the CPU that another proxy takes for each of the unit. */
export function cpuAtMost(limit: number, against: string): Goal {
  return {
    against,
    text: `≤ ${limit} × the CPU of ${against}`,
    judge: judgedBy(against, (measured) => {
      const ratio = cpuRatio(measured, 'gateway', against)
      return { ratio, text: `${ratio.toFixed(2)} × the CPU of ${against}`, met: ratio <= limit }
    }),
  }
}

// A goal that nothing speaks for is not met, and the reason is told: the ratio to the others still counts.
function judgedBy(against: string, judge: Goal['judge']): Goal['judge'] {
  return (measured) => {
    try {
      return judge(measured)
    } catch (error) {
      const [reason] = (error instanceof Error ? error.message : String(error)).split('\n', 1)
      return { text: `no ratio to ${against} (${reason})`, met: false }
    }
  }
}
