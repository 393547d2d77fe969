import { extname } from 'node:path'
import type { DocumentNode, ParsedText, Span } from './document-node.ts'
import type { Finding, Path, Source } from './finding.ts'
import { templateInText, templatesIn } from './template-syntax.ts'

/** A file's content as a tree, with the place of every part. */
export interface ParsedDocument {
  /** Undefined when the document could not be parsed. */
  readonly value: unknown
  readonly findings: Finding[]
  /** Where a path stands; keys are compared without regard to case, and where it ends too early its nearest ancestor answers. */
  locate(path: Path, at?: 'key' | 'value'): Source | undefined
}

/** Reads one language. */
export type Parser = (text: string) => ParsedText

const MAX_SIZE = 16 * 1024 * 1024
const START: Span = { line: 1, column: 1, length: 1 }

/** Reads a document with the parser of its language; without one, the document is refused. Never throws. */
export function toDocument(text: string, file: string, parser: Parser | undefined): ParsedDocument {
  const { root, problems } = parse(text, file, parser)
  const source = (span: Span): Source => ({ kind: 'file', file, ...span })
  const findings = problems.map(({ span, ...said }): Finding => ({ severity: 'error', source: source(span), ...said }))
  return {
    value: root === undefined ? undefined : plainValue(root),
    findings,
    locate: (path, at = 'value') => source((root && spanAt(root, path, at)) ?? START),
  }
}

function parse(text: string, file: string, parser: Parser | undefined): ParsedText {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text
  if (parser === undefined) return refused(`files named *${extname(file)} are not read`, 'one of .yaml, .yml, .toml, .json')
  if (Buffer.byteLength(text) > MAX_SIZE) return refused('the file is too large', `at most ${MAX_SIZE} octets`)
  const parsed = body.trim() === '' ? { root: undefined, problems: [] } : parseSafely(parser, body)
  if (parsed.problems.length === 0 && isEmpty(parsed.root)) return { root: EMPTY, problems: [] }
  return withTemplates(parsed, body)
}

const EMPTY: DocumentNode = { kind: 'mapping', span: undefined, entries: new Map() }

function isEmpty(root: DocumentNode | undefined): boolean {
  return root === undefined || (root.kind === 'scalar' && root.value === null)
}

function refused(message: string, expected: string): ParsedText {
  return { root: undefined, problems: [{ code: 'GTW_UNREADABLE', message, span: START, expected }] }
}

// The parsers of the packages recurse: what is nested without end exhausts the stack.
function parseSafely(parser: Parser, text: string): ParsedText {
  try {
    return parser(text)
  } catch (error) {
    const message = error instanceof RangeError ? 'the document is nested too deeply' : `the document cannot be parsed: ${String(error)}`
    return { root: undefined, problems: [{ code: 'GTW_SYNTAX', message, span: START }] }
  }
}

function withTemplates({ root, problems }: ParsedText, text: string): ParsedText {
  if (root !== undefined) return { root, problems: [...problems, ...templatesIn(root)] }
  const template = templateInText(text)
  if (template === undefined) return { root, problems }
  // A template breaks the syntax too; what follows from it is not worth saying.
  return { root, problems: [...problems.filter(({ span }) => span.line < template.span.line), template] }
}

function plainValue(node: DocumentNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'sequence') return node.items.map(plainValue)
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainValue(entry.node)]))
}

function spanAt(root: DocumentNode, path: Path, at: 'key' | 'value'): Span | undefined {
  let key: Span | undefined
  let node = root
  for (const step of path) {
    const below = stepInto(node, step)
    if (below === undefined) return node.kind === 'scalar' ? (node.span ?? key) : (key ?? node.span)
    key = below.key
    node = below.node
  }
  return at === 'key' ? (key ?? node.span) : (node.span ?? key)
}

function stepInto(node: DocumentNode, step: string | number): { readonly key: Span | undefined; readonly node: DocumentNode } | undefined {
  if (node.kind === 'mapping') return node.entries.get(String(step)) ?? entryIgnoringCase(node.entries, String(step))
  const item = node.kind === 'sequence' ? node.items[Number(step)] : undefined
  return item && { key: item.span, node: item }
}

function entryIgnoringCase<T>(entries: ReadonlyMap<string, T>, key: string): T | undefined {
  const folded = key.toLowerCase()
  for (const [name, entry] of entries) if (name.toLowerCase() === folded) return entry
  return undefined
}
