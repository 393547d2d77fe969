import { LineCounter } from 'yaml'
import {
  type DocumentNode,
  exactInteger,
  isPrototypeKey,
  keyTwice,
  type MappingNode,
  type ParsedText,
  type Problem,
  refusedKey,
  type Span,
  tooDeep,
} from './document-node.ts'
import { MAX_DEPTH } from './path.ts'

/** Reads a JSON document strictly (RFC 8259), with the places that `JSON.parse` does not tell. */
export function parseJson(text: string): ParsedText {
  const reader = new JsonReader(text)
  try {
    return { root: reader.document(), problems: reader.problems }
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return { root: undefined, problems: [...reader.problems, error.problem] }
  }
}

/** Ends the reading; never leaves this file. */
class JsonFault extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

interface Token {
  readonly text: string
  readonly start: number
}

const TOKEN = /[{}[\]:,]|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s{}[\]:,"]+|"/sy
const BLANKS = /[ \t\r\n]*/y

class JsonReader {
  readonly problems: Problem[] = []
  readonly #text: string
  readonly #lines = new LineCounter()
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#lines.addNewLine(0)
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) this.#lines.addNewLine(end + 1)
  }

  document(): DocumentNode {
    const root = this.#value(this.#next(), 0)
    const rest = this.#next()
    if (rest.text !== '') throw this.#fault(rest, 'the end of the document')
    return root
  }

  #next(): Token {
    BLANKS.lastIndex = this.#at
    BLANKS.test(this.#text)
    const start = BLANKS.lastIndex
    TOKEN.lastIndex = start
    const text = TOKEN.exec(this.#text)?.[0] ?? this.#text.charAt(start)
    this.#at = start + text.length
    return { text, start }
  }

  #value(token: Token, depth: number): DocumentNode {
    if (depth > MAX_DEPTH) throw new JsonFault(tooDeep(this.#span(token)))
    if (token.text === '{') return this.#object(token, depth)
    if (token.text === '[') return this.#array(token, depth)
    return { kind: 'scalar', span: this.#span(token), value: this.#scalar(token, 'a value') }
  }

  #object(start: Token, depth: number): DocumentNode {
    const mapping: MappingNode = { kind: 'mapping', span: this.#span(start), entries: new Map() }
    for (let token = this.#next(), first = true; !(first && token.text === '}'); token = this.#next(), first = false) {
      const key = token.text.startsWith('"') ? this.#scalar(token, 'a key in quotes') : undefined
      if (typeof key !== 'string') throw this.#fault(token, 'a key in quotes')
      this.#expect(':')
      this.#enter(mapping, key, { key: this.#span(token), node: this.#value(this.#next(), depth + 1) })
      if (this.#expect(',', '}') === '}') break
    }
    return mapping
  }

  #enter({ entries }: MappingNode, key: string, entry: { key: Span; node: DocumentNode }): void {
    if (isPrototypeKey(key)) this.problems.push(refusedKey(key, entry.key))
    else if (entries.has(key)) throw new JsonFault(keyTwice(key, entry.key))
    else entries.set(key, entry)
  }

  #array(start: Token, depth: number): DocumentNode {
    const items: DocumentNode[] = []
    for (let token = this.#next(); !(items.length === 0 && token.text === ']'); token = this.#next()) {
      items.push(this.#value(token, depth + 1))
      if (this.#expect(',', ']') === ']') break
    }
    return { kind: 'sequence', span: this.#span(start), items }
  }

  #expect(...texts: readonly string[]): string {
    const token = this.#next()
    if (!texts.includes(token.text)) throw this.#fault(token, texts.map((text) => `\`${text}\``).join(' or '))
    return token.text
  }

  // The platform's own parser judges a single token.
  #scalar(token: Token, expected: string): unknown {
    if (/^-?(0|[1-9]\d*)$/.test(token.text)) return exactInteger(BigInt(token.text))
    try {
      return JSON.parse(token.text)
    } catch {
      throw this.#fault(token, expected)
    }
  }

  #fault(token: Token, expected: string): JsonFault {
    const message = token.text === '' ? 'the document ends too early' : `unexpected ${JSON.stringify(token.text.slice(0, 20))}`
    return new JsonFault({ code: 'GTW_SYNTAX', message, span: this.#span(token), expected })
  }

  #span({ text, start }: Token): Span {
    const { line, col } = this.#lines.linePos(start)
    return { line, column: col, length: Math.max(1, text.length) }
  }
}
