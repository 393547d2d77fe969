import { styleText } from 'node:util'
import { codeFrame, linesOf } from './code-frame.ts'
import { escapeControls } from './escape-controls.ts'
import type { Finding, Severity, Source } from './finding.ts'

interface RenderOptions {
  readonly color: boolean
  /** The text of a file, for the frame around the place; undefined where it cannot be had. */
  readonly readSource?: (file: string) => string | undefined
}

type Paint = (format: Parameters<typeof styleText>[0], text: string) => string

/** Writes findings for people: one entry each, sorted by file and line, with the lines around the place. */
export function renderFindings(findings: readonly Finding[], { color, readSource }: RenderOptions): string {
  const paint: Paint = color ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text
  const read = remember(readSource ?? (() => undefined))
  return [...findings]
    .sort(byPlace)
    .map((finding) => `${renderFinding(finding, paint, read)}\n`)
    .join('')
}

type ReadLines = (file: string) => readonly string[]

// Many findings of one file read it once.
function remember(read: (file: string) => string | undefined): ReadLines {
  const known = new Map<string, readonly string[]>()
  return (file) => {
    const lines = known.get(file) ?? linesOf(read(file))
    known.set(file, lines)
    return lines
  }
}

function renderFinding(finding: Finding, paint: Paint, read: ReadLines): string {
  const { source, severity, code, message, suggestion, expected, hint } = finding
  const place = source === undefined ? [] : [paint('bold', escapeControls(describeSource(source)))]
  const meant = suggestion === undefined ? '' : `; did you mean ${JSON.stringify(suggestion)}?`
  const head = [...place, `${paint(COLORS[severity], severity)} ${code}`, escapeControls(message + meant)].join('  ')
  const frame = source?.kind === 'file' ? codeFrame(read(source.file), source) : []
  const notes = [...(expected === undefined ? [] : [`expected: ${expected}`]), ...(hint === undefined ? [] : [`hint: ${hint}`])]
  return [head, ...frame.map((line) => paint('dim', line)), ...notes.map((note) => `  ${escapeControls(note)}`)].join('\n')
}

const COLORS = { error: 'red', warning: 'yellow', info: 'cyan' } as const satisfies Record<Severity, string>

/** Names a source in one line: `conf.d/app.yml:5:7`, `api-1 label traefik.enable`. */
export function describeSource(source: Source): string {
  switch (source.kind) {
    case 'file':
      return `${source.file}:${source.line}:${source.column}`
    case 'label':
      return `${source.item} label ${source.label}`
    case 'key':
      return `${source.store} key ${source.key}`
    case 'flag':
      return source.flag
    case 'env':
      return source.variable
    case 'provider':
      return `provider ${source.provider}`
    case 'default':
      return 'default'
  }
}

function byPlace(a: Finding, b: Finding): number {
  const [one, other] = [placeOf(a), placeOf(b)]
  return compare(one.file, other.file) || one.line - other.line || one.column - other.column
}

// What is in no file comes last, in the order of its sources.
function placeOf({ source }: Finding): { readonly file: string; readonly line: number; readonly column: number } {
  if (source?.kind === 'file') return source
  return { file: `\uFFFF${source === undefined ? '' : describeSource(source)}`, line: 0, column: 0 }
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
