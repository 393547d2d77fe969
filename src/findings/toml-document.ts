import { type AST, ParseError, parseTOML } from 'toml-eslint-parser'
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

/** Reads a TOML document. The parser stops at the first mistake; a key that stands twice is one. */
export function parseToml(text: string): ParsedText {
  try {
    return new TomlReader().read(parseTOML(text).body[0])
  } catch (error) {
    if (error instanceof ParseError) return { root: undefined, problems: [problemOf(error, text)] }
    throw error
  }
}

function problemOf({ message, lineNumber, column, index }: ParseError, text: string): Problem {
  // The parser notices that a value is missing only on the next line.
  const before = /^Unspecified values/.test(message) ? text.slice(0, index).trimEnd().split('\n') : undefined
  const span = { line: before?.length ?? lineNumber, column: (before?.at(-1)?.length ?? column) + 1, length: 1 }
  const key = /^[\w-]+|^"[^"\n]*"|^'[^'\n]*'/.exec(text.slice(index, index + 100))?.[0].replace(/^["']|["']$/g, '')
  if (/multiple times/.test(message) && key !== undefined) return keyTwice(key, { ...span, length: key.length })
  return { code: 'GTW_SYNTAX', message: `${message.charAt(0).toLowerCase()}${message.slice(1)}`, span }
}

type Key = AST.TOMLBare | AST.TOMLQuoted

/** Turns the nodes of the parser into ours: its headers and dotted keys become nested mappings. */
class TomlReader {
  readonly #problems: Problem[] = []
  #fatal = false

  read(table: AST.TOMLTopLevelTable): ParsedText {
    const root: MappingNode = { kind: 'mapping', span: undefined, entries: new Map() }
    for (const part of table.body) {
      if (part.type === 'TOMLKeyValue') this.#assign(root, part, 1)
      else {
        const target = this.#open(root, part)
        for (const pair of part.body) this.#assign(target, pair, part.resolvedKey.length + 1)
      }
    }
    return { root: this.#fatal ? undefined : root, problems: this.#problems }
  }

  // `resolvedKey` holds the index too where a step goes into an array of tables.
  #open(root: MappingNode, { resolvedKey, key }: AST.TOMLTable): MappingNode {
    const keys = [...key.keys]
    const header = spanOf(key)
    let node: DocumentNode = root
    for (const [index, step] of resolvedKey.entries()) {
      const empty = typeof resolvedKey[index + 1] === 'number' ? sequence(header) : mapping(header)
      if (node.kind === 'sequence') node = node.items[Number(step)] ?? push(node.items, mapping(header))
      else if (node.kind === 'mapping') node = this.#enter(node, keys.shift(), empty)
    }
    return node.kind === 'mapping' ? node : mapping(header)
  }

  #assign(target: MappingNode, { key, value }: AST.TOMLKeyValue, depth: number): void {
    const last = key.keys.at(-1)
    let parent = target
    for (const step of key.keys.slice(0, -1)) {
      const below = this.#enter(parent, step, mapping(spanOf(step)))
      if (below.kind === 'mapping') parent = below
    }
    this.#enter(parent, last, this.#value(value, depth + key.keys.length))
  }

  #enter({ entries }: MappingNode, key: Key | undefined, node: DocumentNode): DocumentNode {
    if (key === undefined) return node
    const name = key.type === 'TOMLBare' ? key.name : key.value
    if (isPrototypeKey(name)) {
      this.#problems.push(refusedKey(name, spanOf(key)))
      return node
    }
    const entry = entries.get(name) ?? { key: spanOf(key), node }
    entries.set(name, entry)
    return entry.node
  }

  #value(node: AST.TOMLContentNode, depth: number): DocumentNode {
    const span = spanOf(node)
    if (depth > MAX_DEPTH) {
      if (!this.#fatal) this.#problems.push(tooDeep(span))
      this.#fatal = true
    } else if (node.type === 'TOMLArray') {
      return { kind: 'sequence', span, items: node.elements.map((element) => this.#value(element, depth + 1)) }
    } else if (node.type === 'TOMLInlineTable') {
      const table = mapping(span)
      for (const pair of node.body) this.#assign(table, pair, depth)
      return table
    }
    return { kind: 'scalar', span, value: node.type === 'TOMLValue' ? scalarOf(node) : null }
  }
}

function scalarOf(node: AST.TOMLValue): unknown {
  if (node.kind === 'integer') return exactInteger(node.bigint)
  // The tree is plain data: a date stays as it is written.
  return 'datetime' in node ? node.datetime : node.value
}

function spanOf({ loc }: AST.TOMLNode): Span {
  const { start, end } = loc
  return { line: start.line, column: start.column + 1, length: start.line === end.line ? Math.max(1, end.column - start.column) : 1 }
}

function mapping(span: Span): MappingNode {
  return { kind: 'mapping', span, entries: new Map() }
}

function sequence(span: Span): DocumentNode {
  return { kind: 'sequence', span, items: [] }
}

function push(items: DocumentNode[], node: DocumentNode): DocumentNode {
  items.push(node)
  return node
}
