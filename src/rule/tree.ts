import type { Place } from './rule-error.ts'

/** One string of a call. */
export interface RuleArgument extends Place {
  readonly text: string
}

/** A matcher with its arguments; the place is that of its name. */
export interface RuleCall extends Place {
  readonly kind: 'call'
  /** The canonical spelling, whatever the rule wrote. */
  readonly name: string
  readonly args: readonly RuleArgument[]
}

/** A parsed rule. `and` and `or` have two operands or more, in the order of the rule. */
export type RuleTree =
  | RuleCall
  | { readonly kind: 'not'; readonly operand: RuleTree }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly RuleTree[] }
