import { nearest } from '../findings/suggest.ts'
import { type Token, type TokenKind, tokenize } from './lexer.ts'
import { RuleError } from './rule-error.ts'
import { type RuleSyntax, vocabularyOf } from './syntaxes.ts'
import type { RuleArgument, RuleTree } from './tree.ts'
import type { Names } from './vocabulary.ts'

const DEEPEST = 64
const LONGEST = 16 * 1024

/** What an error calls the tokens that do not show as they are written. */
const FOUND: Partial<Record<TokenKind, string>> = { end: 'end of the rule', 'line break': 'line break', string: 'string' }

const OPERAND = 'a matcher, "!" or "("'

/**
 * Parses a rule, or throws a RuleError.
 *
 *     or    := and { "||" and }
 *     and   := unary { "&&" unary }
 *     unary := "!" unary | "(" or ")" | name "(" [ string { "," string } [ "," ] ] ")"
 */
export function parseRule(rule: string, language: RuleSyntax | Names = 'v3'): RuleTree {
  if (Buffer.byteLength(rule, 'utf8') > LONGEST) {
    throw new RuleError('the rule is too long', { column: 1, length: rule.length }, { expected: `at most ${LONGEST} octets` })
  }
  return new Parser(tokenize(rule), typeof language === 'string' ? vocabularyOf(language) : language).rule()
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #names: Names
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[], names: Names) {
    this.#tokens = tokens
    this.#names = names
  }

  rule(): RuleTree {
    const first = this.#token
    if (first.kind === 'end') throw new RuleError('the rule is empty', first, { expected: 'a matcher such as Host(`example.com`)' })
    const tree = this.#or()
    const isBroken = this.#accept('line break')
    const { kind } = this.#token
    if (kind === 'end') return tree
    const isMisplaced = isBroken && (kind === '&&' || kind === '||')
    return this.#fail(isMisplaced ? `"${kind}" before the line break, or the end of the rule` : '"&&", "||" or the end of the rule')
  }

  get #token(): Token {
    return this.#tokens[this.#at] as Token
  }

  #accept(kind: TokenKind): boolean {
    if (this.#token.kind !== kind) return false
    this.#at++
    return true
  }

  #or(): RuleTree {
    const operands = [this.#and()]
    while (this.#accept('||')) operands.push(this.#and())
    return operands.length === 1 ? (operands[0] as RuleTree) : { kind: 'or', operands }
  }

  #and(): RuleTree {
    const operands = [this.#unary()]
    while (this.#accept('&&')) operands.push(this.#unary())
    return operands.length === 1 ? (operands[0] as RuleTree) : { kind: 'and', operands }
  }

  #unary(): RuleTree {
    const token = this.#token
    if (token.kind === 'name') return this.#call()
    if (token.kind !== '!' && token.kind !== '(') this.#fail(OPERAND)
    if (this.#depth === DEEPEST) throw new RuleError('the rule is nested too deeply', token, { expected: `at most ${DEEPEST} levels` })
    this.#depth++
    this.#at++
    const tree: RuleTree = token.kind === '!' ? { kind: 'not', operand: this.#unary() } : this.#group()
    this.#depth--
    return tree
  }

  #group(): RuleTree {
    const tree = this.#or()
    if (!this.#accept(')')) this.#fail('"&&", "||" or ")"')
    return tree
  }

  #call(): RuleTree {
    const { text, column, length } = this.#token
    const name = this.#names.nameOf(text)
    if (name === undefined) {
      throw new RuleError(`unsupported function: ${text}`, { column, length }, { suggestion: nearest(text, this.#names.names) })
    }
    this.#at++
    if (!this.#accept('(')) this.#fail('"("')
    return { kind: 'call', name, args: this.#args(), column, length }
  }

  #args(): RuleArgument[] {
    const args: RuleArgument[] = []
    while (!this.#accept(')')) {
      const { kind, text, column, length } = this.#token
      if (kind !== 'string') this.#fail(args.length === 0 ? 'a string in back quotes or double quotes' : 'a string or ")"')
      args.push({ text, column, length })
      this.#at++
      if (!this.#accept(',') && this.#token.kind !== ')') this.#fail('"," or ")"')
    }
    return args
  }

  #fail(expected: string): never {
    const { kind, text } = this.#token
    const found = FOUND[kind] ?? `"${text}"`
    throw new RuleError(`unexpected ${found}`, this.#token, { expected })
  }
}
