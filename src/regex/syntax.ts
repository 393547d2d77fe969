import type { CharSet } from './char-set.ts'

/** A pattern, read. */
export type Syntax =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  /** The groups count from 1, by their opening parenthesis. */
  | { readonly kind: 'capture'; readonly body: Syntax }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly Syntax[] }
  | Repeat

/** `max` may be Infinity. */
export interface Repeat {
  readonly kind: 'repeat'
  readonly body: Syntax
  readonly min: number
  readonly max: number
  readonly isLazy: boolean
}

/** The places between characters that a pattern may ask for, as JavaScript writes them. */
export type Assertion = '^' | '$' | '\\b'

/** A pattern with its groups. */
export interface Pattern {
  readonly syntax: Syntax
  /** Numbers of the groups that have a name. */
  readonly names: ReadonlyMap<string, number>
}
