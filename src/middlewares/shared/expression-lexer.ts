export type Token =
  | { readonly kind: 'name'; readonly text: string; readonly at: number }
  | { readonly kind: 'literal'; readonly type: LiteralType; readonly value: number | string; readonly text: string; readonly at: number }
  | { readonly kind: 'sign' | 'end'; readonly text: string; readonly at: number }

/** What a literal is, and what a function returns; there are no literals of `bool`. */
export type LiteralType = 'int' | 'float' | 'string'

/** Why an expression is none; the message names the column. */
export class ExpressionError extends Error {
  constructor(message: string, at: number) {
    super(`${message} (column ${at + 1})`)
  }
}

const TOKEN =
  /\s*(?:(?<name>[A-Za-z_]\w*)|(?<number>-?\d+(?:\.\d+)?)|(?<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?<sign>&&|\|\||[=!<>]=|[<>(),]))/y

/** Reads the words of an expression, one after the other. */
export class ExpressionLexer {
  /** The word that is next. */
  current: Token
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
    this.current = this.#read()
  }

  /** Returns the current word and goes on to the next. */
  take(): Token {
    const { current } = this
    this.current = this.#read()
    return current
  }

  #read(): Token {
    TOKEN.lastIndex = this.#at
    const found = TOKEN.exec(this.#source)
    if (found === null) return this.#end()
    this.#at = TOKEN.lastIndex
    const { name, number, text, sign = '' } = found.groups ?? {}
    const word = name ?? number ?? text ?? sign
    const at = this.#at - word.length
    if (name !== undefined) return { kind: 'name', text: name, at }
    if (number !== undefined) {
      return { kind: 'literal', type: number.includes('.') ? 'float' : 'int', value: Number(number), text: number, at }
    }
    if (text !== undefined) return { kind: 'literal', type: 'string', value: unquote(text), text, at }
    return { kind: 'sign', text: sign, at }
  }

  #end(): Token {
    const rest = this.#source.slice(this.#at).trimStart()
    const at = this.#source.length - rest.length
    if (rest !== '') throw new ExpressionError(`unexpected ${JSON.stringify(rest[0])}`, at)
    return { kind: 'end', text: '', at }
  }
}

function unquote(text: string): string {
  const inner = text.slice(1, -1)
  return text.startsWith('`') ? inner : inner.replace(/\\(.)/g, '$1')
}
