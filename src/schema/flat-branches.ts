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

interface Text {
  readonly text: string
  readonly source: Source
}

/** What all names with one beginning say. */
export interface Branch {
  /** As it was first spelled. */
  readonly key: string
  /** Every text given to exactly this name. */
  readonly texts: readonly Text[]
  /** By lower-case key: names that differ only in case are one. */
  readonly children: ReadonlyMap<string, Branch>
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
  const root = new GrowingBranch('', undefined)
  const refused: RefusedName[] = []
  for (const { path, value, source } of entries) {
    const steps = path.flatMap(splitIndexes)
    const issue = refuseName(steps)
    if (issue === undefined) branchAt(root, foldCase ? steps.map((step) => step.toLowerCase()) : steps, source).say({ text: value, source })
    else refused.push({ issue, source })
  }
  return { root, refused }
}

function branchAt(root: GrowingBranch, steps: readonly string[], source: Source): GrowingBranch {
  let branch = root
  for (const step of steps) branch = branch.child(step, source)
  return branch
}

const NO_TEXTS: readonly Text[] = []
const NO_CHILDREN: ReadonlyMap<string, Branch> = new Map()

// Most branches have either texts or children, and there may be a hundred thousand of them: neither is made before it is needed.
class GrowingBranch implements Branch {
  readonly key: string
  readonly first: Source | undefined
  #texts: Text[] | undefined
  #children: Map<string, GrowingBranch> | undefined

  constructor(key: string, first: Source | undefined) {
    this.key = key
    this.first = first
  }

  get texts(): readonly Text[] {
    return this.#texts ?? NO_TEXTS
  }

  get children(): ReadonlyMap<string, Branch> {
    return this.#children ?? NO_CHILDREN
  }

  say(text: Text): void {
    if (this.#texts === undefined) this.#texts = [text]
    else this.#texts.push(text)
  }

  child(key: string, source: Source): GrowingBranch {
    const folded = key.toLowerCase()
    this.#children ??= new Map()
    const known = this.#children.get(folded)
    if (known !== undefined) return known
    const child = new GrowingBranch(key, source)
    this.#children.set(folded, child)
    return child
  }
}

// `domains[0]` is `domains` and `0`.
function splitIndexes(segment: string): string | string[] {
  if (!segment.endsWith(']')) return segment
  const [, name, indexes] = /^([^[\]]+)((?:\[\d{1,3}\])+)$/.exec(segment) ?? []
  return name === undefined ? [segment] : [name, ...(indexes ?? '').slice(1, -1).split('][')]
}

function refuseName(steps: readonly string[]): Issue | undefined {
  const bad = steps.findIndex((step) => step === '' || isBadIndex(step) || isRefusedKey(step.toLowerCase()))
  if (bad !== -1) {
    const problem = `refused key ${quote(steps[bad] ?? '')}`
    return makeIssue({ path: steps.slice(0, bad + 1), at: 'key' }, { code: 'GTW_UNKNOWN_KEY', problem })
  }
  if (steps.length <= MAX_DEPTH) return undefined
  const said = { code: 'GTW_BAD_VALUE', problem: 'is nested too deeply', expected: `at most ${MAX_DEPTH} levels` } as const
  return makeIssue({ path: steps.slice(0, MAX_DEPTH), at: 'value' }, said)
}

// An index that has no name before it, or more than three digits.
function isBadIndex(step: string): boolean {
  return step.startsWith('[') || (step.endsWith(']') && /\[\d+\]$/.test(step))
}
