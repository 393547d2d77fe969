import type { Source } from '../findings/finding.ts'
import { type Issue, makeIssue } from '../findings/issue.ts'
import { MAX_DEPTH } from '../findings/path.ts'
import { quote } from '../findings/show.ts'
import { isRefusedKey } from './tree.ts'

/** One dotted name with its text: the name is split at its dots, an index stays with its name or stands alone. */
export interface FlatEntry {
  readonly path: readonly string[]
  readonly value: string
  readonly source: Source
}

/** What all names with one beginning say. */
export interface Branch {
  /** As it was first spelled. */
  readonly key: string
  /** Every text given to exactly this name. */
  readonly texts: { readonly text: string; readonly source: Source }[]
  /** By lower-case key: names that differ only in case are one. */
  readonly children: Map<string, Branch>
  /** Where the first name that led here came from. */
  readonly first: Source | undefined
}

/** A name that cannot be one: it becomes an issue and no branch. */
export interface RefusedName {
  readonly issue: Issue
  readonly source: Source
}

/** Sorts entries into branches. */
export function buildBranches(entries: Iterable<FlatEntry>, foldCase: boolean): { root: Branch; refused: RefusedName[] } {
  const root: Branch = { key: '', texts: [], children: new Map(), first: undefined }
  const refused: RefusedName[] = []
  for (const { path, value, source } of entries) {
    const steps = path.flatMap(splitIndexes)
    const issue = refuseName(steps)
    if (issue === undefined)
      branchAt(root, foldCase ? steps.map((step) => step.toLowerCase()) : steps, source).texts.push({ text: value, source })
    else refused.push({ issue, source })
  }
  return { root, refused }
}

function branchAt(root: Branch, steps: readonly string[], source: Source): Branch {
  let branch = root
  for (const step of steps) branch = childOf(branch, step, source)
  return branch
}

// `domains[0]` is `domains` and `0`.
function splitIndexes(segment: string): string[] {
  const [, name, indexes] = /^([^[\]]+)((?:\[\d+\])+)$/.exec(segment) ?? []
  return name === undefined ? [segment] : [name, ...(indexes ?? '').slice(1, -1).split('][')]
}

function refuseName(steps: readonly string[]): Issue | undefined {
  const bad = steps.findIndex((step) => step === '' || step.startsWith('[') || isRefusedKey(step))
  if (bad !== -1) {
    const problem = `refused key ${quote(steps[bad] ?? '')}`
    return makeIssue({ path: steps.slice(0, bad + 1), at: 'key' }, { code: 'GTW_UNKNOWN_KEY', problem })
  }
  if (steps.length <= MAX_DEPTH) return undefined
  const said = { code: 'GTW_BAD_VALUE', problem: 'is nested too deeply', expected: `at most ${MAX_DEPTH} levels` } as const
  return makeIssue({ path: steps.slice(0, MAX_DEPTH), at: 'value' }, said)
}

function childOf(parent: Branch, key: string, source: Source): Branch {
  const folded = key.toLowerCase()
  const known = parent.children.get(folded)
  if (known !== undefined) return known
  const child: Branch = { key, texts: [], children: new Map(), first: source }
  parent.children.set(folded, child)
  return child
}
