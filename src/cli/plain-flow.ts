/** How a language writes values in one line; both patterns are sticky. */
export interface FlowSyntax {
  /** A key, as the one group, and what stands between it and its value. */
  readonly key: RegExp
  readonly scalar: RegExp
  /** What a scalar stands for; undefined where only a parser can tell. */
  readonly read: (text: string) => string | number | boolean | undefined
}

/** A number in the one spelling that means the same in every language. */
export const PLAIN_INTEGER: RegExp = /^(?:0|[1-9]\d{0,14})$/

/** Reads the scalar, list or mapping that a text begins with; undefined where it is not written plainly. */
export function readFlow(text: string, syntax: FlowSyntax): { readonly value: unknown; readonly end: number } | undefined {
  const reader = new FlowReader(text, syntax)
  const value = reader.value(0)
  return value === undefined ? undefined : { value, end: reader.at }
}

const DEEPEST = 8
const BLANKS = / */y

class FlowReader {
  at = 0
  readonly #text: string
  readonly #syntax: FlowSyntax

  constructor(text: string, syntax: FlowSyntax) {
    this.#text = text
    this.#syntax = syntax
  }

  value(depth: number): unknown {
    if (depth > DEEPEST) return undefined
    if (this.#skip('{')) return this.#mapping(depth)
    return this.#skip('[') ? this.#list(depth) : this.#syntax.read(this.#take(this.#syntax.scalar)?.[0] ?? '')
  }

  #mapping(depth: number): unknown {
    const entries = new Map<string, unknown>()
    const isWhole = this.#items('}', () => {
      const key = this.#take(this.#syntax.key)?.[1]
      const value = key === undefined ? undefined : this.value(depth + 1)
      if (key === undefined || value === undefined || entries.has(key)) return false
      entries.set(key, value)
      return true
    })
    return isWhole ? Object.fromEntries(entries) : undefined
  }

  #list(depth: number): unknown {
    const items: unknown[] = []
    const isWhole = this.#items(']', () => {
      const value = this.value(depth + 1)
      items.push(value)
      return value !== undefined
    })
    return isWhole ? items : undefined
  }

  /** Reads items with commas between them up to the closing mark; false where that does not follow. */
  #items(end: string, item: () => boolean): boolean {
    if (this.#skip(end)) return true
    while (item()) {
      if (this.#skip(end)) return true
      if (!this.#skip(',')) return false
    }
    return false
  }

  #skip(mark: string): boolean {
    this.#take(BLANKS)
    if (this.#text[this.at] !== mark) return false
    this.at += 1
    this.#take(BLANKS)
    return true
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at
    const taken = pattern.exec(this.#text)
    if (taken !== null) this.at = pattern.lastIndex
    return taken
  }
}
