import { parseArgs } from 'node:util'
import { choose, namesIn } from '../arguments.ts'
import type { Trial } from './trial.ts'

/** What one run measures and whether its result replaces the recorded one. */
export interface TrialPlan {
  readonly trials: readonly Trial[]
  readonly quick: boolean
  /** Only a whole run with full numbers is recorded. */
  readonly record: boolean
}

/** How a bench of these trials is used. */
export const usageOf = (program: string, trials: readonly Trial[]): string => `Usage: node ${program} [flags]

  --only NAMES   only these, with commas: ${trials.map(({ name }) => name).join(' ')}
  --quick        seconds and small numbers, to see that it works; records nothing
  --no-record    do not write bench/results; a run of some never does
`

/** Reads the flags, or returns undefined where they ask for help. Throws where they make no sense. */
export function trialPlanOf(args: readonly string[], trials: readonly Trial[]): TrialPlan | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      only: { type: 'string', default: '' },
      quick: { type: 'boolean', default: false },
      record: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const chosen = choose(trials, namesIn(values.only))
  return { trials: chosen, quick: values.quick, record: values.record && !values.quick && chosen.length === trials.length }
}
