import type { ExpressionFunctions } from '../shared/expression.ts'

/** What the functions of an expression ask. */
export interface Statistics {
  /** The share of requests that ended with 502 or 504. */
  networkErrorRatio(): number
  /** The share that answers in one range of statuses have of those in another; 0 where there were none of these. */
  ratio(index: number): number
  /** Milliseconds that the given per cent of requests did not exceed. */
  latency(quantile: number): number
  /** How many requests there were. */
  requests(): number
}

/** Two ranges of statuses, each up to but not including its end. */
export interface StatusRatio {
  readonly from: number
  readonly to: number
  readonly divFrom: number
  readonly divTo: number
}

/** What an expression needs to be counted. */
export class Needs {
  readonly ratios: StatusRatio[] = []
  latency = false
}

/** The functions of an expression, for one compilation: what they need is noted. */
export function breakerFunctions(needs: Needs): ExpressionFunctions<Statistics> {
  return {
    NetworkErrorRatio: { type: 'float', parameters: [], bind: () => (statistics) => statistics.networkErrorRatio() },
    ResponseCodeRatio: {
      type: 'float',
      parameters: ['int', 'int', 'int', 'int'],
      bind: ([from = 0, to = 0, divFrom = 0, divTo = 0]) => {
        const index = needs.ratios.push({ from, to, divFrom, divTo }) - 1
        return (statistics) => statistics.ratio(index)
      },
    },
    LatencyAtQuantileMS: {
      type: 'int',
      parameters: ['float'],
      bind: ([quantile = 0]) => {
        needs.latency = true
        return (statistics) => statistics.latency(quantile)
      },
    },
    RequestThreshold: { type: 'int', parameters: [], bind: () => (statistics) => statistics.requests() },
  }
}
