import { RuleError } from './rule-error.ts'
import { readDoubleQuoted } from './string-literal.ts'

export type TokenKind = 'name' | 'string' | '(' | ')' | ',' | '&&' | '||' | '!' | 'line break' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** The value of a string, the characters of everything else. */
  readonly text: string
  readonly column: number
  readonly length: number
}

/** Splits a rule into tokens; the last one is always `end`. */
export function tokenize(rule: string): Token[] {
  return new Lexer(rule).tokens()
}

class Lexer {
  readonly #rule: string
  readonly #tokens: Token[] = []
  #at = 0

  constructor(rule: string) {
    this.#rule = rule
  }

  tokens(): Token[] {
    while (this.#at < this.#rule.length) this.#step()
    this.#push('end', '', 0)
    return this.#tokens
  }

  #step(): void {
    const rule = this.#rule
    const character = rule[this.#at] as string
    if (character === '\n') this.#lineBreak(1)
    else if (character === ' ' || character === '\t' || character === '\r') this.#at++
    else if (rule.startsWith('//', this.#at)) this.#lineComment()
    else if (rule.startsWith('/*', this.#at)) this.#blockComment()
    else if (character === '`') this.#rawString()
    else if (character === '"') this.#doubleQuoted()
    else if (isNameStart(character)) this.#name()
    else this.#operator(character)
  }

  #push(kind: TokenKind, text: string, length: number): void {
    this.#tokens.push({ kind, text, column: this.#at + 1, length })
    this.#at += length
  }

  /** As in Go, a line that could end an expression does: the operator belongs at the end of the line, not at the start of the next. */
  #lineBreak(length: number): void {
    const last = this.#tokens.at(-1)?.kind
    if (last === 'name' || last === 'string' || last === ')') this.#push('line break', '\n', length)
    else this.#at += length
  }

  #lineComment(): void {
    const end = this.#rule.indexOf('\n', this.#at)
    this.#at = end === -1 ? this.#rule.length : end
  }

  #blockComment(): void {
    const end = this.#rule.indexOf('*/', this.#at + 2)
    if (end === -1) this.#fail('the comment is never closed', this.#rule.length - this.#at, '*/')
    const length = end + 2 - this.#at
    if (this.#rule.slice(this.#at, end).includes('\n')) this.#lineBreak(length)
    else this.#at += length
  }

  #rawString(): void {
    const end = this.#rule.indexOf('`', this.#at + 1)
    if (end === -1) this.#fail('the string is never closed', this.#rule.length - this.#at, '`')
    // Go drops carriage returns from raw strings, so that a file means the same on every system.
    this.#push('string', this.#rule.slice(this.#at + 1, end).replaceAll('\r', ''), end + 1 - this.#at)
  }

  #doubleQuoted(): void {
    const { value, length } = readDoubleQuoted(this.#rule, this.#at)
    this.#push('string', value, length)
  }

  #name(): void {
    let end = this.#at + 1
    while (end < this.#rule.length && isNamePart(this.#rule[end] as string)) end++
    this.#push('name', this.#rule.slice(this.#at, end), end - this.#at)
  }

  #operator(character: string): void {
    if (character === '(' || character === ')' || character === ',' || character === '!') this.#push(character, character, 1)
    else if (character === '&') this.#doubled('&&')
    else if (character === '|') this.#doubled('||')
    else this.#unexpected()
  }

  #doubled(operator: '&&' | '||'): void {
    if (!this.#rule.startsWith(operator, this.#at)) this.#fail(`unexpected "${operator.charAt(0)}"`, 1, operator)
    this.#push(operator, operator, 2)
  }

  #unexpected(): never {
    const character = String.fromCodePoint(this.#rule.codePointAt(this.#at) as number)
    if (character === "'") this.#fail('single quotes do not make a string', 1, 'a string in back quotes or double quotes')
    this.#fail(`unexpected "${character}"`, character.length)
  }

  #fail(message: string, length: number, expected?: string): never {
    throw new RuleError(message, { column: this.#at + 1, length }, { expected })
  }
}

function isNameStart(character: string): boolean {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character === '_'
}

function isNamePart(character: string): boolean {
  return isNameStart(character) || (character >= '0' && character <= '9')
}
