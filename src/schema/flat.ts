import type { Path, Source } from '../findings/finding.ts'
import { type Issue, makeIssue } from '../findings/issue.ts'
import { quote } from '../findings/show.ts'
import { type Branch, buildBranches, type FlatEntry, type RefusedName } from './flat-branches.ts'
import { splitList } from './scalars.ts'
import { type Facts, factsOf, type ListFacts, type MapFacts, type ObjectFacts, type Schema } from './schema.ts'
import { switchOf } from './tree.ts'

/** A raw tree made of dotted names, ready for `check`. */
export interface Flat {
  readonly tree: unknown
  readonly issues: Issue[]
  /** Where a value of the tree came from; for a value in between, the first entry below it. */
  locate(path: Path): Source | undefined
}

interface FlatOptions {
  /** Free keys become lower case, as those of environment variables must. */
  readonly foldCase?: boolean
}

/** Builds a raw tree from labels, KV keys, flags or environment variables that are already split at their separators. */
export function fromFlat(schema: Schema, entries: Iterable<FlatEntry>, options: FlatOptions = {}): Flat {
  const { root, refused } = buildBranches(entries, options.foldCase ?? false)
  const issues = refused.map(({ issue }) => issue)
  const grown = grow(factsOf(schema), root, [], issues)
  return { tree: grown.value, issues, locate: (path) => locateRefused(refused, path) ?? locate(grown, path) }
}

/** A part of the raw tree, with where it came from. */
interface Grown {
  readonly value: unknown
  readonly source: Source | undefined
  readonly children: ReadonlyMap<string, Grown>
}

function grow(facts: Facts, branch: Branch, path: Path, issues: Issue[]): Grown {
  switch (facts.kind) {
    case 'scalar':
    case 'unsupported':
      return growLeaf(facts, branch, path, issues)
    case 'object':
      return growObject(facts, branch, path, issues)
    case 'list':
      return growList(facts, branch, path, issues)
    case 'map':
      return growMap(facts, branch, path, issues)
    case 'anything':
      return growAnything(branch)
  }
}

// A scalar said twice: the last word counts, as for flags.
function growLeaf(facts: Facts, branch: Branch, path: Path, issues: Issue[]): Grown {
  if (facts.kind === 'scalar') {
    for (const child of branch.children.values()) {
      issues.push(
        makeIssue({ path: [...path, child.key], at: 'key' }, { code: 'GTW_UNKNOWN_KEY', problem: `unknown key ${quote(child.key)}` }),
      )
    }
  }
  return leaf(branch, branch.texts.at(-1)?.text ?? (facts.kind === 'unsupported' ? true : undefined))
}

function growObject(facts: ObjectFacts, branch: Branch, path: Path, issues: Issue[]): Grown {
  const text = branch.texts.at(-1)?.text
  if (text !== undefined && facts.standalone && switchOf(text) !== 'on') return leaf(branch, false)
  if (text !== undefined && !facts.standalone && refuseStandalone(branch, path, issues)) return leaf(branch, undefined)
  const children = [...branch.children.values()].map((child): [string, Grown] => {
    const field = facts.names.get(child.key.toLowerCase())
    const schema = field === undefined ? undefined : facts.fields.get(field)
    const place = [...path, field ?? child.key]
    // `check` will say that the key is unknown.
    return [field ?? child.key, schema === undefined ? growAnything(child) : grow(factsOf(schema), child, place, issues)]
  })
  return container(branch, children)
}

function growMap(facts: MapFacts, branch: Branch, path: Path, issues: Issue[]): Grown {
  if (branch.texts.length > 0 && refuseStandalone(branch, path, issues)) return leaf(branch, undefined)
  const item = factsOf(facts.item)
  return container(
    branch,
    [...branch.children.values()].map((child) => [child.key, grow(item, child, [...path, child.key], issues)]),
  )
}

function growList(facts: ListFacts, branch: Branch, path: Path, issues: Issue[]): Grown {
  const item = factsOf(facts.item)
  if (branch.texts.length > 0 && item.kind !== 'scalar') refuseStandalone(branch, path, issues)
  const said = item.kind === 'scalar' ? branch.texts.flatMap(({ text, source }) => splitList(text).map((one) => growText(one, source))) : []
  const elements = sortedChildren(branch).map((child, index) => grow(item, child, [...path, said.length + index], issues))
  return listOf(branch, [...said, ...elements])
}

// Nothing tells which texts are numbers, so all stay texts; a level of indexes alone is a list.
function growAnything(branch: Branch): Grown {
  const children = sortedChildren(branch)
  if (children.length === 0) return leaf(branch, branch.texts.at(-1)?.text)
  if (children.every((child) => /^\d+$/.test(child.key))) return listOf(branch, children.map(growAnything))
  return container(
    branch,
    [...branch.children.values()].map((child) => [child.key, growAnything(child)]),
  )
}

// The numbers themselves do not count, only their order; what is no number stands behind them, in the order of texts.
function sortedChildren(branch: Branch): Branch[] {
  const children = [...branch.children.values()]
  return children.length < 2 ? children : children.sort((a, b) => indexOf(a) - indexOf(b) || (a.key < b.key ? -1 : 1))
}

function indexOf({ key }: Branch): number {
  return /^\d{1,15}$/.test(key) ? Number(key) : Number.MAX_SAFE_INTEGER
}

// True where nothing is left: beside options below it, a superfluous `true` is harmless.
function refuseStandalone(branch: Branch, path: Path, issues: Issue[]): boolean {
  const text = branch.texts.at(-1)?.text ?? ''
  if (branch.children.size > 0 && switchOf(text) === 'on') return false
  issues.push(makeIssue({ path, at: 'value' }, { code: 'GTW_WRONG_TYPE', problem: `is ${quote(text)}`, expected: 'options below it' }))
  return branch.children.size === 0
}

const NO_CHILDREN: ReadonlyMap<string, Grown> = new Map()

function leaf(branch: Branch, value: unknown): Grown {
  return { value, source: sourceOf(branch), children: NO_CHILDREN }
}

function growText(text: string, source: Source): Grown {
  return { value: text, source, children: NO_CHILDREN }
}

function listOf(branch: Branch, items: readonly Grown[]): Grown {
  const children = new Map(items.map((item, index): [string, Grown] => [String(index), item]))
  return { value: items.map((item) => item.value), source: sourceOf(branch), children }
}

function container(branch: Branch, children: readonly (readonly [string, Grown])[]): Grown {
  const value: Record<string, unknown> = {}
  const byKey = new Map<string, Grown>()
  for (const [key, child] of children) {
    // No key reaches the prototype: those that would are refused before they become branches.
    value[key] = child.value
    byKey.set(key.toLowerCase(), child)
  }
  return { value, source: sourceOf(branch), children: byKey }
}

function sourceOf(branch: Branch): Source | undefined {
  return branch.texts.at(-1)?.source ?? branch.first
}

function locate(grown: Grown, path: Path): Source | undefined {
  const [step, ...rest] = path
  const child = step === undefined ? undefined : grown.children.get(String(step).toLowerCase())
  return child === undefined ? grown.source : (locate(child, rest) ?? grown.source)
}

function locateRefused(refused: readonly RefusedName[], path: Path): Source | undefined {
  return refused.find(({ issue }) => issue.path.length === path.length && issue.path.every((step, index) => step === path[index]))?.source
}
