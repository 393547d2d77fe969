import type { TUnsafe } from 'typebox'
import type { FindingCode } from '../findings/finding.ts'

/** What a single value may be in a configuration file. */
export type Scalar = string | number | bigint | boolean

/** Why a scalar was not taken. */
interface Refusal {
  readonly code: FindingCode
  readonly expected: string
  readonly suggestion?: string
}

export type Parsed = { readonly value: unknown } | Refusal

interface Common {
  readonly description: string
  readonly required: boolean
  /** A section that is there with its defaults even when nobody wrote it. */
  readonly filled: boolean
  /** As a person would write it; undefined where there is none. */
  readonly default: unknown
  /** Why it should not be used any more: `has no effect`. */
  readonly deprecated?: string
  /** The value that works; any other one is known and does not work yet. */
  readonly only?: unknown
}

export interface ScalarFacts extends Common {
  readonly kind: 'scalar'
  /** The name of the type in the reference. */
  readonly type: string
  /** The type in a sentence: `an integer`. */
  readonly expected: string
  readonly secret: boolean
  readonly parse: (raw: Scalar) => Parsed
  /** Back to the spelling of a configuration file. */
  readonly print: (value: unknown) => unknown
}

export interface ObjectFacts extends Common {
  readonly kind: 'object'
  readonly fields: ReadonlyMap<string, Schema>
  /** Lower-case name to canonical name: keys are compared without regard to case. */
  readonly names: ReadonlyMap<string, string>
  readonly standalone: boolean
  readonly exactlyOne: boolean
  /** Fields that do not count as the one. */
  readonly beside: ReadonlySet<string>
}

export interface ListFacts extends Common {
  readonly kind: 'list'
  readonly item: Schema
  readonly minItems: number
}

export interface MapFacts extends Common {
  readonly kind: 'map'
  readonly item: Schema
}

interface OpenFacts extends Common {
  readonly kind: 'anything' | 'unsupported'
  /** What works in its place. */
  readonly instead?: string
}

/** What our walkers know of a schema beyond its JSON Schema. */
export type Facts = ScalarFacts | ObjectFacts | ListFacts | MapFacts | OpenFacts

/**
 * A typebox value (`Static<Schema<T>>` is T) that is a JSON Schema as it stands; the facts of our own walkers hang on it
 * as a hidden property, the way typebox hides its own.
 */
export interface Schema<T = unknown> extends TUnsafe<T> {
  readonly '~facts': Facts
}

/** The schema of a field that is never absent, because it has a default or must be given. */
export interface Present<T = unknown> extends Schema<T> {
  readonly '~present': true
}

/** The type of a checked value. */
export type Infer<S> = S extends Schema<infer T> ? T : never

export type Fields = Readonly<Record<string, Schema>>

type Flatten<T> = { [K in keyof T]: T[K] } & {}

/** The type of a checked object with these fields. */
export type ObjectOf<F extends Fields> = Flatten<
  { readonly [K in keyof F as F[K] extends Present ? K : never]: Infer<F[K]> } & {
    readonly [K in keyof F as F[K] extends Present ? never : K]?: Infer<F[K]> | undefined
  }
>

/** What a field's options make of its presence. */
export type Given<T, Options> = Options extends { readonly required: true } | { readonly default: unknown } ? Present<T> : Schema<T>

/**
 * Makes a schema from its JSON Schema and its facts. `typebox` is imported for its types alone: its 300 modules would
 * cost every start and every worker 90 ms, and an unsafe type is no more than a hidden mark.
 */
export function makeSchema<S extends Schema>(json: object, facts: Facts): S {
  const written = { ...json, ...(facts.default === undefined ? {} : { default: facts.default }) }
  const isPresent = facts.required || facts.filled || facts.default !== undefined
  // Properties that are defined like this are not enumerable.
  const hidden = { '~unsafe': { value: null }, '~facts': { value: facts }, '~present': { value: isPresent } }
  return Object.defineProperties(written, hidden) as unknown as S
}

export function factsOf(schema: Schema): Facts {
  return schema['~facts']
}
