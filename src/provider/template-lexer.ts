import { TemplateError } from './template-error.ts'

type TemplateTokenKind = 'text' | 'open' | 'close' | 'field' | 'word' | 'string' | 'number' | '|' | '(' | ')'

/** A piece of a template: literal text, a delimiter of an action, or a token inside one. */
export interface TemplateToken {
  readonly kind: TemplateTokenKind
  /** The value of a string, the name of a field, the characters of everything else. */
  readonly text: string
  readonly column: number
}

// The hyphen that trims has a blank between itself and what is inside.
const OPEN = /\{\{(-(?=\s))?\s*/g
const CLOSE = /((?<=\s)-)?\}\}/y
const COMMENT = /\/\*.*?\*\/(?=\s*-?\}\})/sy
const BLANK = /\s+/y

/** Each begins with what no other one begins with. */
const TOKENS: readonly (readonly [TemplateTokenKind, RegExp])[] = [
  ['field', /\.[\p{L}_][\p{L}\p{N}_]*/uy],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['number', /-?\d+/y],
  ['string', /`[^`]*`/y],
  ['string', /"(?:[^"\\\n]|\\.)*"/y],
  ['|', /\|/y],
  ['(', /\(/y],
  [')', /\)/y],
]

/** Splits a template of Go into tokens; `{{- ` and ` -}}` trim the text beside them. */
export function tokenizeTemplate(template: string): TemplateToken[] {
  const tokens: TemplateToken[] = []
  let at = 0
  let isTrimmed = false
  for (const open of template.matchAll(OPEN)) {
    // Braces inside of a string open nothing.
    if (open.index < at) continue
    const text = template.slice(at, open.index)
    pushText(tokens, open[1] === undefined ? text : text.trimEnd(), { isTrimmed, column: at + 1 })
    const action = readAction(template, open.index, open.index + open[0].length)
    tokens.push(...action.tokens)
    ;({ end: at, isTrimmed } = action)
  }
  pushText(tokens, template.slice(at), { isTrimmed, column: at + 1 })
  return tokens
}

function pushText(tokens: TemplateToken[], text: string, { isTrimmed, column }: { isTrimmed: boolean; column: number }): void {
  const kept = isTrimmed ? text.trimStart() : text
  if (kept !== '') tokens.push({ kind: 'text', text: kept, column })
}

interface Action {
  readonly tokens: readonly TemplateToken[]
  readonly end: number
  readonly isTrimmed: boolean
}

function readAction(template: string, start: number, inside: number): Action {
  const tokens: TemplateToken[] = [{ kind: 'open', text: '{{', column: start + 1 }]
  let at = inside + lengthAt(COMMENT, template, inside)
  const isComment = at > inside
  for (;;) {
    at += lengthAt(BLANK, template, at)
    const close = matchAt(CLOSE, template, at)
    if (close !== undefined) {
      tokens.push({ kind: 'close', text: '}}', column: close.index + 1 })
      return { tokens: isComment ? [] : tokens, end: close.index + close[0].length, isTrimmed: close[1] !== undefined }
    }
    if (at >= template.length) throw new TemplateError('the action is never closed with "}}"', start + 1)
    const token = readToken(template, at)
    tokens.push(token.token)
    at += token.length
  }
}

function readToken(template: string, at: number): { readonly token: TemplateToken; readonly length: number } {
  for (const [kind, pattern] of TOKENS) {
    const [text] = matchAt(pattern, template, at) ?? []
    if (text !== undefined) return { token: { kind, text: textOf(kind, text, at), column: at + 1 }, length: text.length }
  }
  const character = String.fromCodePoint(template.codePointAt(at) ?? 0)
  if (character === '$') throw new TemplateError('variables are not supported', at + 1)
  if (character === '"' || character === '`') throw new TemplateError('the string is never closed', at + 1)
  throw new TemplateError(`unexpected "${character}"`, at + 1)
}

function textOf(kind: TemplateTokenKind, text: string, at: number): string {
  if (kind === 'field') return text.slice(1)
  if (kind !== 'string') return text
  return text.startsWith('`') ? text.slice(1, -1) : unquote(text, at)
}

function unquote(text: string, at: number): string {
  try {
    return String(JSON.parse(text.replaceAll('\t', '\\t')))
  } catch {
    throw new TemplateError('the string has an escape that is not supported', at + 1)
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  return matchAt(pattern, text, at)?.[0].length ?? 0
}
