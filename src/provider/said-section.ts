import type { Path } from '../findings/finding.ts'
import { type Issue, makeIssue } from '../findings/issue.ts'
import { quote } from '../findings/show.ts'
import { nearest } from '../findings/suggest.ts'
import { factsOf, type Schema } from '../schema/schema.ts'
import { isTree, type Tree } from '../schema/tree.ts'

/** Elements of one kind by name; undefined for one that is there and cannot be used. */
export type SaidElements = Map<string, Tree | undefined>

/** What the labels of an item say about one protocol. */
export class SaidSection {
  /** Something was said here that is no element: what was meant, nobody knows. */
  readonly isDamaged: boolean
  readonly issues: readonly Issue[]
  readonly #kinds = new Map<string, SaidElements>()

  constructor(tree: unknown, { schema, path }: { readonly schema: Schema | undefined; readonly path: Path }, broken: readonly Path[]) {
    const issues: Issue[] = []
    const known = kindsOf(schema)
    for (const [kind, elements] of isTree(tree) ? Object.entries(tree) : []) {
      if (known.includes(kind)) this.#add(kind, elements)
      else issues.push(unknownKind(path, kind, known))
    }
    this.issues = issues
    const inside = broken.filter(([root]) => String(root).toLowerCase() === path[0])
    for (const [, kind, name] of inside)
      this.#break(
        known.find((one) => one.toLowerCase() === String(kind).toLowerCase()),
        name,
      )
    this.isDamaged = issues.length > 0 || inside.some(({ length }) => length < 3)
  }

  of(kind: string): SaidElements {
    return this.#kinds.get(kind) ?? new Map()
  }

  /** Whether any element of these kinds is there. */
  says(kinds: readonly string[]): boolean {
    return this.isDamaged || kinds.some((kind) => this.of(kind).size > 0)
  }

  /** All kinds that labels speak of. */
  kinds(): Iterable<[string, SaidElements]> {
    return this.#kinds
  }

  #add(kind: string, elements: unknown): void {
    const named = isTree(elements) ? Object.entries(elements) : []
    this.#kinds.set(kind, new Map(named.map(([name, definition]) => [name, isTree(definition) ? definition : undefined])))
  }

  #break(kind: string | undefined, name: string | number | undefined): void {
    if (kind === undefined || name === undefined) return
    const elements = this.of(kind)
    const spelled = [...elements.keys()].find((one) => one.toLowerCase() === String(name).toLowerCase())
    this.#kinds.set(kind, elements.set(spelled ?? String(name), undefined))
  }
}

function kindsOf(schema: Schema | undefined): readonly string[] {
  const facts = schema && factsOf(schema)
  return facts?.kind === 'object' ? [...facts.fields.keys()] : []
}

function unknownKind(path: Path, kind: string, known: readonly string[]): Issue {
  const suggestion = nearest(kind, known)
  const said = { code: 'GTW_UNKNOWN_KEY', problem: `unknown key ${quote(kind)}` } as const
  return makeIssue({ path: [...path, kind], at: 'key' }, suggestion === undefined ? said : { ...said, suggestion })
}
