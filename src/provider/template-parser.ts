import { nearest } from '../findings/suggest.ts'
import { TemplateError } from './template-error.ts'
import { TEMPLATE_FUNCTIONS, type TemplateValue } from './template-functions.ts'
import { type TemplateToken, tokenizeTemplate } from './template-lexer.ts'

/** What an action computes. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: TemplateValue }
  /** A field of the item: what `.Name` means. */
  | { readonly kind: 'field'; readonly name: string; readonly column: number }
  /** An element of a value: the key in `.Labels.key`, or `_0` of what `split` made. */
  | { readonly kind: 'element'; readonly of: Expression; readonly key: string; readonly column: number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly column: number }

/** A part of a template. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly expression: Expression; readonly column: number }
  | { readonly kind: 'if'; readonly condition: Expression; readonly then: readonly TemplateNode[]; readonly else: readonly TemplateNode[] }

const LONGEST = 4096
const DEEPEST = 32
const KEYWORDS = ['if', 'else', 'end']
const FOREIGN = ['range', 'with', 'define', 'template', 'block', 'break', 'continue']

/**
 * Parses the part of Go's text/template that a default rule may use, or throws a TemplateError.
 *
 *     nodes    := { text | "{{" pipeline "}}" | if }
 *     if       := "{{" "if" pipeline "}}" nodes [ "{{" "else" ( "}}" nodes | if ) ] "{{" "end" "}}"
 *     pipeline := command { "|" command }
 *     command  := function { operand } | operand
 *     operand  := ( literal | field | "(" pipeline ")" | function ) { field }
 */
export function parseTemplate(template: string, fields: readonly string[]): readonly TemplateNode[] {
  if (template.length > LONGEST) throw new TemplateError(`the template is longer than ${LONGEST} characters`, LONGEST)
  return new Parser(tokenizeTemplate(template), fields, template.length + 1).template()
}

type Token = TemplateToken | { readonly kind: 'end'; readonly text: ''; readonly column: number }

class Parser {
  readonly #tokens: readonly TemplateToken[]
  readonly #fields: readonly string[]
  readonly #endColumn: number
  #at = 0
  #depth = 0

  constructor(tokens: readonly TemplateToken[], fields: readonly string[], endColumn: number) {
    this.#tokens = tokens
    this.#fields = fields
    this.#endColumn = endColumn
  }

  template(): readonly TemplateNode[] {
    const nodes = this.#nodes()
    if (this.#token.kind === 'end') return nodes
    this.#fail(`"${this.#word()}" without "if"`)
  }

  get #token(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '', column: this.#endColumn }
  }

  #fail(message: string): never {
    throw new TemplateError(message, this.#token.column)
  }

  /** Up to the end, or to an action that belongs to an `if` around these nodes. */
  #nodes(): TemplateNode[] {
    const nodes: TemplateNode[] = []
    for (;;) {
      const { kind, text } = this.#token
      if (kind === 'end' || this.#word() === 'else' || this.#word() === 'end') return nodes
      this.#at++
      nodes.push(kind === 'text' ? { kind, text } : this.#action())
    }
  }

  /** The keyword that the action at hand begins with. */
  #word(): string | undefined {
    const next = this.#tokens[this.#at + 1]
    return this.#token.kind === 'open' && next?.kind === 'word' && KEYWORDS.includes(next.text) ? next.text : undefined
  }

  #action(): TemplateNode {
    const { kind, text, column } = this.#token
    if (kind === 'word' && text === 'if') return this.#if()
    if (kind === 'word' && FOREIGN.includes(text)) this.#fail(`"${text}" is not supported`)
    const expression = this.#pipeline()
    this.#close()
    return { kind: 'output', expression, column }
  }

  #close(): void {
    if (this.#token.kind !== 'close') this.#fail('"}}" was expected')
    this.#at++
  }

  #deeper<Result>(parse: () => Result): Result {
    if (++this.#depth > DEEPEST) this.#fail('the template is nested too deeply')
    const result = parse()
    this.#depth--
    return result
  }

  /** From behind the word `if` to behind the end that belongs to it. */
  #if(): TemplateNode {
    this.#at++
    const condition = this.#pipeline()
    this.#close()
    const then = this.#deeper(() => this.#nodes())
    const word = this.#word()
    if (word === undefined) this.#fail('"{{ end }}" is missing')
    this.#at += 2
    const otherwise = word === 'else' ? this.#deeper(() => this.#else()) : []
    if (word === 'end') this.#close()
    return { kind: 'if', condition, then, else: otherwise }
  }

  #else(): TemplateNode[] {
    const { kind, text } = this.#token
    // One end closes both.
    if (kind === 'word' && text === 'if') return [this.#if()]
    this.#close()
    const nodes = this.#nodes()
    if (this.#word() !== 'end') this.#fail('"{{ end }}" is missing')
    this.#at += 2
    this.#close()
    return nodes
  }

  #pipeline(): Expression {
    let result = this.#command()
    while (this.#acceptPipe()) {
      const { column } = this.#token
      const command = this.#command(true)
      if (command.kind !== 'call') throw new TemplateError('a function was expected behind "|"', column)
      result = counted({ ...command, args: [...command.args, result] })
    }
    return result
  }

  #acceptPipe(): boolean {
    if (this.#token.kind !== '|') return false
    this.#at++
    return true
  }

  /** A function with its arguments, the last of which may come through a pipe; or a single operand. */
  #command(isPiped = false): Expression {
    const { kind, text, column } = this.#token
    if (kind !== 'word' || isConstant(text)) return this.#operand()
    if (!TEMPLATE_FUNCTIONS.has(text)) {
      throw new TemplateError(`unknown function "${text}"`, column, nearest(text, TEMPLATE_FUNCTIONS.keys()))
    }
    this.#at++
    const args: Expression[] = []
    while (!['|', ')', 'close', 'end'].includes(this.#token.kind)) args.push(this.#operand())
    const call = { kind: 'call', name: text, args, column } as const
    return isPiped ? call : counted(call)
  }

  #operand(): Expression {
    let operand = this.#single()
    for (let token = this.#token; token.kind === 'field' && this.#isAttached(token); token = this.#token) {
      this.#at++
      operand = { kind: 'element', of: operand, key: token.text, column: token.column }
    }
    return operand
  }

  /** In `.Labels.key` the second field belongs to the first, in `.Name .Labels` it does not. */
  #isAttached({ column }: Token): boolean {
    const before = this.#tokens[this.#at - 1]
    return before !== undefined && before.column + before.text.length + (before.kind === 'field' ? 1 : 0) === column
  }

  #single(): Expression {
    const { kind, text, column } = this.#token
    this.#at++
    if (kind === 'string') return { kind: 'literal', value: text }
    if (kind === 'number') return { kind: 'literal', value: Number(text) }
    if (kind === 'word' && isConstant(text)) return { kind: 'literal', value: text === 'true' }
    if (kind === 'field') return this.#field(text, column)
    if (kind === '(') return this.#group()
    throw new TemplateError(kind === 'word' ? `"${text}" needs parentheses here` : 'a value was expected', column)
  }

  #group(): Expression {
    const expression = this.#deeper(() => this.#pipeline())
    if (this.#token.kind !== ')') this.#fail('")" was expected')
    this.#at++
    return expression
  }

  #field(name: string, column: number): Expression {
    if (this.#fields.includes(name)) return { kind: 'field', name, column }
    const suggestion = nearest(name, this.#fields)
    throw new TemplateError(`unknown field ".${name}"`, column, suggestion === undefined ? undefined : `.${suggestion}`)
  }
}

function isConstant(word: string): boolean {
  return word === 'true' || word === 'false'
}

function counted(call: Expression & { readonly kind: 'call' }): Expression {
  const { least, most } = TEMPLATE_FUNCTIONS.get(call.name) ?? { least: 0, most: 0 }
  const { length } = call.args
  if (length >= least && length <= most) return call
  const wanted = least === most ? `${least}` : `${least} or more`
  throw new TemplateError(`"${call.name}" has ${length} arguments instead of ${wanted}`, call.column)
}
