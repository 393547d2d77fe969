import { ExpressionError, ExpressionLexer, type LiteralType, type Token } from './expression-lexer.ts'

/** A function that expressions may call: what it returns, and what it takes. */
interface ExpressionFunction<Facts> {
  readonly type: LiteralType | 'bool'
  readonly parameters: readonly LiteralType[]
  /** Runs once, when the expression is compiled. */
  bind(values: readonly number[]): (facts: Facts) => number | string | boolean
}

export type ExpressionFunctions<Facts> = Readonly<Record<string, ExpressionFunction<Facts>>>

export type Predicate<Facts> = (facts: Facts) => boolean

type Value = number | string

const COMPARE: Readonly<Record<string, (left: Value, right: Value) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
}

/**
 * Compiles an expression such as `NetworkErrorRatio() > 0.5 || (RequestThreshold() > 10 && …)`: calls that are compared with
 * literals of their own type, joined by `&&`, which binds closer, and `||`. Throws an ExpressionError that names the place.
 */
export function compileExpression<Facts>(source: string, functions: ExpressionFunctions<Facts>): Predicate<Facts> {
  return new Compiler(source, functions).compile()
}

/** What is wrong with an expression; undefined where it can be compiled. */
export function problemOf<Facts>(source: string, functions: ExpressionFunctions<Facts>): string | undefined {
  try {
    compileExpression(source, functions)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Deeper nesting is an accident, or meant to end the thread. */
const DEEPEST = 50

class Compiler<Facts> {
  readonly #lexer: ExpressionLexer
  readonly #functions: ExpressionFunctions<Facts>
  #depth = 0

  constructor(source: string, functions: ExpressionFunctions<Facts>) {
    this.#lexer = new ExpressionLexer(source)
    this.#functions = functions
  }

  compile(): Predicate<Facts> {
    const predicate = this.#any()
    const { current } = this.#lexer
    if (current.kind !== 'end') throw unexpected(current)
    return predicate
  }

  #any(): Predicate<Facts> {
    const parts = [this.#all()]
    while (this.#skip('||')) parts.push(this.#all())
    return joined(parts, (facts) => parts.some((part) => part(facts)))
  }

  #all(): Predicate<Facts> {
    const parts = [this.#one()]
    while (this.#skip('&&')) parts.push(this.#one())
    return joined(parts, (facts) => parts.every((part) => part(facts)))
  }

  #one(): Predicate<Facts> {
    if (!this.#skip('(')) return this.#comparison()
    if (++this.#depth > DEEPEST) throw new ExpressionError('parentheses are nested too deeply', this.#lexer.current.at)
    const inner = this.#any()
    this.#expect(')')
    this.#depth--
    return inner
  }

  #comparison(): Predicate<Facts> {
    const name = this.#lexer.take()
    if (name.kind !== 'name') throw unexpected(name)
    const { type, call } = this.#call(name)
    const compare = COMPARE[this.#lexer.current.text]
    if (this.#lexer.current.kind !== 'sign' || compare === undefined) {
      if (type !== 'bool') throw new ExpressionError(`${name.text}() must be compared with ${article(type)}`, this.#lexer.current.at)
      return call as Predicate<Facts>
    }
    this.#lexer.take()
    const value = this.#literal(type)
    return (facts) => compare(call(facts) as Value, value)
  }

  #call(name: Token): { type: LiteralType | 'bool'; call: (facts: Facts) => number | string | boolean } {
    const { text, at } = name
    const found = Object.hasOwn(this.#functions, text) ? this.#functions[text] : undefined
    if (found === undefined) throw new ExpressionError(`unknown function ${text}`, at)
    this.#expect('(')
    const values: number[] = []
    for (const [index, type] of found.parameters.entries()) {
      if (index > 0) this.#expect(',')
      values.push(Number(this.#literal(type)))
    }
    this.#expect(')')
    return { type: found.type, call: found.bind(values) }
  }

  #literal(type: LiteralType | 'bool'): Value {
    const token = this.#lexer.take()
    if (token.kind !== 'literal' || token.type !== type) throw new ExpressionError(`expected ${article(type)}`, token.at)
    return token.value
  }

  #skip(sign: string): boolean {
    const { current } = this.#lexer
    if (current.kind !== 'sign' || current.text !== sign) return false
    this.#lexer.take()
    return true
  }

  #expect(sign: string): void {
    if (!this.#skip(sign)) throw unexpected(this.#lexer.current)
  }
}

function joined<Facts>(parts: readonly Predicate<Facts>[], all: Predicate<Facts>): Predicate<Facts> {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : all
}

function unexpected({ text, at }: Token): ExpressionError {
  return new ExpressionError(text === '' ? 'unexpected end' : `unexpected ${JSON.stringify(text)}`, at)
}

const ARTICLES: Readonly<Record<LiteralType | 'bool', string>> = {
  int: 'a whole number',
  float: 'a number with a decimal point',
  string: 'a text in quotes',
  bool: 'nothing',
}

function article(type: LiteralType | 'bool'): string {
  return ARTICLES[type]
}
