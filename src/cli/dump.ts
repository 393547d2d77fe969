import { Document, isMap, isScalar, isSeq, type Node } from 'yaml'
import type { Path } from '../findings/finding.ts'
import { dotted } from '../findings/path.ts'
import { isTree } from '../schema/tree.ts'
import type { Part } from './part.ts'
import type { Provenance } from './provenance.ts'

/** Writes a part as YAML, each leaf with its source where that is asked for; without the last newline. */
export function toYaml({ path, value }: Part, provenance?: Provenance): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  if (provenance !== undefined) annotate(document.contents, path, provenance)
  return document.toString({ lineWidth: 0 }).trimEnd()
}

function annotate(node: Node | null, path: Path, provenance: Provenance): void {
  if (isMap<Node, Node>(node) && node.items.length > 0) {
    for (const { key, value } of node.items) annotate(value, [...path, isScalar(key) ? String(key.value) : ''], provenance)
  } else if (isSeq<Node>(node) && node.items.length > 0) {
    for (const [index, item] of node.items.entries()) annotate(item, [...path, index], provenance)
  } else if (node !== null) {
    node.comment = ` ← ${provenance(path)}`
  }
}

/** The source of every leaf by its dotted path. */
export function sourcesOf({ path, value }: Part, provenance: Provenance): Record<string, string> {
  return Object.fromEntries([...leavesOf(value, path)].map((leaf) => [dotted(leaf), provenance(leaf)]))
}

function* leavesOf(value: unknown, path: Path): Generator<Path> {
  const children: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : isTree(value) ? Object.entries(value) : []
  if (children.length === 0) yield path
  for (const [step, child] of children) yield* leavesOf(child, [...path, step])
}
