import type { FindingCode } from './finding.ts'
import { MAX_DEPTH } from './path.ts'

/** A place in a text; line and column count from 1. */
export interface Span {
  readonly line: number
  readonly column: number
  readonly length: number
}

interface MappingEntry {
  readonly key: Span
  readonly node: DocumentNode
}

/** A value of a document with its place, whatever language the document is in. */
export type DocumentNode =
  | { readonly kind: 'scalar'; readonly span: Span | undefined; readonly value: unknown }
  | { readonly kind: 'mapping'; readonly span: Span | undefined; readonly entries: Map<string, MappingEntry> }
  | { readonly kind: 'sequence'; readonly span: Span | undefined; readonly items: DocumentNode[] }

export type MappingNode = Extract<DocumentNode, { kind: 'mapping' }>

/** What is wrong with a document before anyone knows what its keys mean. */
export interface Problem {
  readonly code: FindingCode
  readonly message: string
  readonly span: Span
  readonly expected?: string
  readonly hint?: string
}

/** The answer of a parser: no root means that the document cannot be used at all. */
export interface ParsedText {
  readonly root: DocumentNode | undefined
  readonly problems: readonly Problem[]
}

export function tooDeep(span: Span): Problem {
  return { code: 'GTW_SYNTAX', message: 'the document is nested too deeply', span, expected: `at most ${MAX_DEPTH} levels` }
}

export function keyTwice(key: string, span: Span): Problem {
  return { code: 'GTW_DUPLICATE_KEY', message: `key ${JSON.stringify(key)} stands twice`, span }
}

/** Whether a key would set the prototype of the object that it stands in. */
export function isPrototypeKey(key: string): boolean {
  return key === '__proto__'
}

export function refusedKey(key: string, span: Span): Problem {
  return { code: 'GTW_UNKNOWN_KEY', message: `refused key ${JSON.stringify(key)}`, span }
}

/** Integers that a double cannot hold exactly stay bigints. */
export function exactInteger(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}
