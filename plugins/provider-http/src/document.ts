import { type Finding, type ParsedDocument, type Path, readDocument, type Source } from 'gateway/provider'
import type { Answer } from './source.ts'

/** What an answer says. */
export interface Reading {
  /** Undefined when the document is broken. */
  readonly tree: object | undefined
  readonly findings: readonly Finding[]
  readonly locate: (path: Path, at?: 'key' | 'value') => Source | undefined
}

/** Reads an answer in the language of its media type, or of the name of its URL; any other is YAML. */
export function readAnswer({ content, type }: Answer, url: string): Reading {
  const text = decode(content)
  const document = text === undefined ? NOT_TEXT : readDocument(text, `answer${extensionOf(type, url)}`)
  const value = document.value ?? undefined
  const wrong = document.value !== undefined && !isTree(document.value) ? [NOT_MAPPING] : []
  const findings = [...document.findings, ...wrong].map((finding) => ({ ...finding, ...at(url, finding.source) }))
  const isGood = isTree(value) && !findings.some(({ severity }) => severity === 'error')
  return {
    tree: isGood ? value : undefined,
    findings,
    locate: (path, part) => at(url, document.locate(path, part)).source,
  }
}

const START = { kind: 'file', file: '', line: 1, column: 1 } as const
const NOT_MAPPING: Finding = {
  code: 'GTW_WRONG_TYPE',
  severity: 'error',
  message: 'the document does not hold a mapping',
  source: START,
  expected: 'a mapping with sections such as http',
}
const NOT_TEXT: ParsedDocument = {
  value: undefined,
  findings: [{ code: 'GTW_UNREADABLE', severity: 'error', message: 'the document is not UTF-8 text', source: START }],
  locate: () => undefined,
}

function extensionOf(type: string, url: string): '.json' | '.toml' | '.yaml' {
  if (/[/+]json$/.test(type) || url.endsWith('.json')) return '.json'
  return /[/+]toml$/.test(type) || url.endsWith('.toml') ? '.toml' : '.yaml'
}

/** The same place, in the document behind the URL. */
function at(url: string, source: Source | undefined): { readonly source?: Source } {
  return source?.kind === 'file' ? { source: { ...source, file: url } } : {}
}

function decode(content: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return undefined
  }
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
