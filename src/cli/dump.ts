import { stringify } from 'yaml'
import type { Path } from '../findings/finding.ts'
import { dotted } from '../findings/path.ts'
import { isTree } from '../schema/tree.ts'
import type { Part } from './part.ts'
import type { Provenance } from './provenance.ts'

/** Writes a part as YAML, one leaf in a line, each with its source where that is asked for. */
export function toYaml({ path, value }: Part, provenance?: Provenance): string {
  const note = (at: Path): string => (provenance === undefined ? '' : ` # ← ${provenance(at)}`)
  return [...linesOf(value, path, note)].join('\n')
}

type Note = (at: Path) => string

function* linesOf(value: unknown, path: Path, note: Note): Generator<string> {
  if (childrenOf(value).length === 0) yield `${scalar(value)}${note(path)}`
  for (const [step, child] of childrenOf(value)) {
    const below = linesOf(child, [...path, step], note)
    const isLeaf = childrenOf(child).length === 0
    if (typeof step === 'number') yield* prefixed(below, '- ', '  ')
    else if (isLeaf) yield* prefixed(below, `${scalar(step)}: `, '')
    else {
      yield `${scalar(step)}:`
      yield* prefixed(below, '  ', '  ')
    }
  }
}

function* prefixed(lines: Iterable<string>, first: string, others: string): Generator<string> {
  let prefix = first
  for (const line of lines) {
    yield prefix + line
    prefix = others
  }
}

/** A value as YAML writes it; a text of several lines stays on one, so that its note stands beside it. */
export function scalar(value: unknown): string {
  return stringify(value, { lineWidth: 0, blockQuote: false }).trimEnd()
}

/** The source of every leaf by its dotted path. */
export function sourcesOf({ path, value }: Part, provenance: Provenance): Record<string, string> {
  return Object.fromEntries([...leavesOf({ path, value })].map((leaf) => [dotted(leaf.path), provenance(leaf.path)]))
}

/** Every value of a part that has none below it. */
export function* leavesOf({ path, value }: Part): Generator<Part> {
  const children = childrenOf(value)
  if (children.length === 0) yield { path, value }
  for (const [step, child] of children) yield* leavesOf({ path: [...path, step], value: child })
}

function childrenOf(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return [...value.entries()]
  return isTree(value) ? Object.entries(value).filter(([, child]) => child !== undefined) : []
}
