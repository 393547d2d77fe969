import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml'
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
import { templateProblem } from './template-syntax.ts'

const MAX_ALIASES = 100
const MAX_SYNTAX_PROBLEMS = 5

/** Reads a YAML document by the core schema: no tags of one's own, few aliases, merge keys, every key once. */
export function parseYaml(text: string): ParsedText {
  return new YamlReader(text).read()
}

/** Turns the nodes of the yaml package into ours; `#problems` and `#fatal` tell how it went. */
class YamlReader {
  readonly #text: string
  readonly #lines = new LineCounter()
  readonly #problems: Problem[] = []
  readonly #anchors = new Map<string, { readonly node: DocumentNode; readonly aliases: number }>()
  // How many aliases the document has once all of them are written out.
  #aliases = 0
  #fatal = false

  constructor(text: string) {
    this.#text = text
  }

  read(): ParsedText {
    const document = parseDocument(this.#text, {
      lineCounter: this.#lines,
      schema: 'core',
      prettyErrors: false,
      intAsBigInt: true,
      // Our own comparison sees that 1 and "1" are one key.
      uniqueKeys: false,
      resolveKnownTags: false,
    })
    for (const { code, message, pos } of [...document.errors, ...document.warnings]) this.#syntax(code, message, pos)
    if (this.#fatal) return { root: undefined, problems: onePerLine(this.#problems).slice(0, MAX_SYNTAX_PROBLEMS) }
    const root = this.#node(document.contents, 0)
    return { root: this.#fatal ? undefined : root, problems: this.#problems }
  }

  #syntax(code: string, message: string, pos: readonly [number, number]): void {
    const span = this.#span(pos[0], pos[1])
    if (code === 'MULTIPLE_DOCS') {
      this.#fail({ code: 'GTW_SYNTAX', message: 'a second document starts here', span, expected: 'one document in one file' })
    } else if (code === 'TAG_RESOLVE_FAILED') {
      this.#fail({ code: 'GTW_SYNTAX', message: `the tag ${this.#text.slice(...pos)} is not supported`, span })
    } else this.#fail({ code: 'GTW_SYNTAX', message: `${message.charAt(0).toLowerCase()}${message.slice(1)}`, span })
  }

  #fail(problem: Problem): void {
    this.#problems.push(problem)
    this.#fatal = true
  }

  #node(node: Node | null | undefined, depth: number): DocumentNode {
    const span = this.#spanOf(node)
    if (depth > MAX_DEPTH && span !== undefined) {
      if (!this.#fatal) this.#fail(tooDeep(span))
      return { kind: 'scalar', span, value: null }
    }
    const before = this.#aliases
    const read = this.#content(node, span, depth)
    const anchor = isAlias(node) ? undefined : node?.anchor
    // Set only when all of the node is read: a node cannot hold itself.
    if (anchor !== undefined) this.#anchors.set(anchor, { node: read, aliases: this.#aliases - before })
    return read
  }

  #content(node: Node | null | undefined, span: Span | undefined, depth: number): DocumentNode {
    if (isAlias(node)) return this.#alias(node.source, span)
    if (isMap(node)) return this.#mapping(node, span, depth)
    if (isSeq(node)) return { kind: 'sequence', span, items: node.items.map((item) => this.#node(item as Node, depth + 1)) }
    return { kind: 'scalar', span, value: isScalar(node) ? plainScalar(node) : null }
  }

  #alias(name: string, span = START): DocumentNode {
    const anchor = this.#anchors.get(name)
    this.#aliases += 1 + (anchor?.aliases ?? 0)
    if (anchor === undefined)
      this.#fail({ code: 'GTW_SYNTAX', message: `no anchor ${JSON.stringify(name)} stands before this alias`, span })
    // Aliases of aliases grow without bound (`a: [*b, *b]`, `b: [*c, *c]`, …).
    else if (this.#aliases > MAX_ALIASES && !this.#fatal) {
      this.#fail({ code: 'GTW_SYNTAX', message: `the document has more than ${MAX_ALIASES} aliases`, span })
    }
    return anchor === undefined || this.#fatal ? { kind: 'scalar', span, value: null } : anchor.node
  }

  #mapping(map: YAMLMap, span: Span | undefined, depth: number): DocumentNode {
    const mapping: MappingNode = { kind: 'mapping', span, entries: new Map() }
    const merged: DocumentNode[] = []
    for (const pair of map.items as Pair<Node | null, Node | null>[]) {
      const key = this.#key(pair.key)
      if (key === undefined) continue
      const node = this.#node(pair.value, depth + 1)
      if (isMergeKey(pair.key)) merged.push(node)
      else this.#enter(mapping, key, node)
    }
    for (const node of merged) this.#merge(mapping, node)
    return mapping
  }

  #key(key: Node | null): { readonly text: string; readonly span: Span } | undefined {
    const span = this.#spanOf(key) ?? START
    if (isScalar(key) && key.value !== null)
      return { text: typeof key.value === 'string' ? key.value : (key.source ?? String(key.value)), span }
    const start = key?.range?.[0] ?? 0
    // `a: {{ b }}` is a mapping whose key is a mapping.
    const template = this.#text.startsWith('{{', start - 1)
    if (template) this.#problems.push(templateProblem({ ...span, column: span.column - 1 }))
    else this.#fail({ code: 'GTW_SYNTAX', message: 'a key is not a text', span })
    return undefined
  }

  #enter({ entries }: MappingNode, { text, span }: { text: string; span: Span }, node: DocumentNode): void {
    if (isPrototypeKey(text)) this.#problems.push(refusedKey(text, span))
    else if (entries.has(text)) this.#fail(keyTwice(text, span))
    else entries.set(text, { key: span, node })
  }

  // What stands in the mapping itself wins, then the earlier of several merged ones.
  #merge(mapping: MappingNode, from: DocumentNode): void {
    if (from.kind === 'sequence') for (const item of from.items) this.#merge(mapping, item)
    else if (from.kind !== 'mapping') {
      this.#fail({ code: 'GTW_SYNTAX', message: 'the value of << is not a mapping', span: from.span ?? START })
    } else for (const [key, entry] of from.entries) if (!mapping.entries.has(key)) mapping.entries.set(key, entry)
  }

  #spanOf(node: Node | null | undefined): Span | undefined {
    const range = node?.range
    return range && range[1] > range[0] ? this.#span(range[0], range[1]) : undefined
  }

  #span(start: number, end: number): Span {
    const { line, col } = this.#lines.linePos(start)
    const lineEnd = this.#text.indexOf('\n', start)
    return { line, column: col, length: Math.max(1, Math.min(end, lineEnd === -1 ? end : lineEnd) - start) }
  }
}

const START: Span = { line: 1, column: 1, length: 1 }

function isMergeKey(key: Node | null): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN'
}

function plainScalar({ value }: Scalar): unknown {
  return typeof value === 'bigint' ? exactInteger(value) : value
}

// One slip upsets the parser several times.
function onePerLine(problems: readonly Problem[]): Problem[] {
  return problems.filter(({ span }, index) => problems.findIndex((other) => other.span.line === span.line) === index)
}
