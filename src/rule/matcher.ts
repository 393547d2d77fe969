import { compileGoRegex, type GoRegex } from '../regex/go-regex.ts'
import { RegexError } from '../regex/regex-error.ts'
import type { Bounds } from './bounds.ts'
import type { Predicate, RouteInput } from './route-input.ts'
import { RuleError } from './rule-error.ts'
import type { RuleArgument, RuleCall } from './tree.ts'

/** What a call asks, and what an index of routes may know of it. */
export interface Condition<Input = RouteInput> {
  readonly predicate: Predicate<Input>
  /** The hosts it can hold for: domains in lower case without trailing dot. */
  readonly hosts?: Bounds
  /** The routing paths it can hold for. */
  readonly paths?: Bounds
  /** It holds whatever the request. */
  readonly isAlways?: boolean
}

/** One argument at least; how many there may be, the definition says. */
export type Arguments = readonly [RuleArgument, ...RuleArgument[]]

/** A matcher of one of the languages. */
export interface Matcher<Input = RouteInput> {
  /** How many arguments it takes; undefined for any number. */
  readonly arity: readonly number[] | undefined
  readonly compile: (args: Arguments, call: RuleCall) => Condition<Input>
}

/** Compiles a pattern that a rule gives as an argument. */
export function compilePattern(pattern: string, argument: RuleArgument, what: string): GoRegex {
  try {
    return compileGoRegex(pattern)
  } catch (error) {
    if (!(error instanceof RegexError)) throw error
    throw new RuleError(`compiling ${what}: ${error.message}`, argument, { expected: 'a regular expression as Go reads it' })
  }
}
