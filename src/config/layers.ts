import type { Finding, Path, Source } from '../findings/finding.ts'
import type { Locate } from '../findings/from-issues.ts'
import { isTree } from '../schema/tree.ts'

/** What one source says: a raw tree in its own spelling, and where each value of it stands. */
export interface Layer {
  readonly tree: unknown
  readonly locate: Locate
  /** What was found while it was read. */
  readonly findings: readonly Finding[]
}

/** Lays each layer over the ones before it: objects are joined, everything else is replaced. */
export function mergeLayers(layers: readonly Layer[]): unknown {
  return layers.reduce<unknown>((below, { tree }) => lay(below, tree), undefined)
}

// Keys that differ only in case are one, and the lowest layer spells them: variables know no case.
function lay(below: unknown, above: unknown): unknown {
  if (above === undefined || above === null) return below
  if (!isTree(below) || !isTree(above)) return above
  const merged = new Map(Object.entries(below))
  const spelling = new Map(Object.keys(below).map((key) => [key.toLowerCase(), key]))
  for (const [key, value] of Object.entries(above)) {
    const known = spelling.get(key.toLowerCase()) ?? key
    merged.set(known, lay(merged.get(known), value))
  }
  return Object.fromEntries(merged)
}

/** The place in the highest layer that says something about a path; undefined where none does. */
export function originOf(layers: readonly Layer[], path: Path, at: 'key' | 'value'): Source | undefined {
  for (const { tree, locate } of layers.toReversed()) {
    const { spelled, value } = follow(tree, path)
    if (spelled.length === path.length) return locate(spelled, at)
    // A scalar or a list on the way hides what lower layers say below it.
    if (value !== undefined && value !== null && !isTree(value)) return undefined
  }
  return undefined
}

/** The same, or the nearest place around it: what is missing is reported where it should have stood. */
export function originAround(layers: readonly Layer[], path: Path, at: 'key' | 'value'): Source | undefined {
  const source = originOf(layers, path, at)
  return source !== undefined || path.length === 0 ? source : originAround(layers, path.slice(0, -1), 'key')
}

// Goes down a tree as far as it reaches, in the tree's own spelling.
function follow(tree: unknown, path: Path): { readonly spelled: Path; readonly value: unknown } {
  const spelled: (string | number)[] = []
  let value = tree
  for (const step of path) {
    const key = keyOf(value, step)
    if (key === undefined) break
    spelled.push(key)
    value = (value as Record<string | number, unknown>)[key]
  }
  return { spelled, value }
}

function keyOf(value: unknown, step: string | number): string | number | undefined {
  if (Array.isArray(value)) return typeof step === 'number' && step < value.length ? step : undefined
  if (!isTree(value)) return undefined
  const name = String(step)
  return Object.hasOwn(value, name) ? name : Object.keys(value).find((key) => key.toLowerCase() === name.toLowerCase())
}
