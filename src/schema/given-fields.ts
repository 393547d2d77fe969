import type { Path } from '../findings/finding.ts'
import { type Issue, makeIssue } from '../findings/issue.ts'
import { quote } from '../findings/show.ts'
import { nearest } from '../findings/suggest.ts'
import { factsOf, type ObjectFacts, type Schema } from './schema.ts'
import { isAbsent, switchOf, type Tree } from './tree.ts'

/** A field that someone wrote: its key as written, and its value. */
export interface Given {
  readonly written: string
  readonly value: unknown
}

/** The fields of a tree by canonical name; null counts as not given, and what is not a field becomes an issue. */
export function givenFields(facts: ObjectFacts, tree: Tree, path: Path, issues: Issue[]): Map<string, Given> {
  const given = new Map<string, Given>()
  for (const [written, value] of Object.entries(tree)) {
    const field = facts.names.get(written.toLowerCase())
    const place = { path: [...path, written], at: 'key' } as const
    if (field === undefined) issues.push(unknownKey(place, written, facts))
    else if (given.has(field)) issues.push(makeIssue(place, { code: 'GTW_DUPLICATE_KEY', problem: `key ${quote(field)} stands twice` }))
    else if (!isAbsent(value)) given.set(field, { written, value })
  }
  if (facts.exactlyOne) checkExactlyOne(facts, { tree, given }, path, issues)
  return given
}

function unknownKey(place: Pick<Issue, 'path' | 'at'>, written: string, facts: ObjectFacts): Issue {
  const suggestion = nearest(written, facts.names.values())
  const said = { code: 'GTW_UNKNOWN_KEY', problem: `unknown key ${quote(written)}` } as const
  return makeIssue(place, suggestion === undefined ? said : { ...said, suggestion })
}

interface Sorted {
  readonly tree: Tree
  readonly given: ReadonlyMap<string, Given>
}

function checkExactlyOne(facts: ObjectFacts, { tree, given }: Sorted, path: Path, issues: Issue[]): void {
  const kinds = [...facts.fields.keys()].filter((field) => !facts.beside.has(field))
  const expected = `exactly one of ${kinds.join(', ')}`
  const on = [...given].filter(([field, { value }]) => !facts.beside.has(field) && !isOff(facts.fields.get(field), value))
  // An unknown key is the likelier reason, and it is already said.
  const said = Object.keys(tree).some((key) => !facts.names.has(key.toLowerCase()))
  if (on.length === 0 && !said) issues.push(makeIssue({ path, at: 'value' }, { code: 'GTW_MISSING', problem: 'is empty', expected }))
  for (const [field, { written }] of on.slice(1)) {
    const problem = `${quote(field)} beside ${quote(on[0]?.[0] ?? '')}`
    issues.push(makeIssue({ path: [...path, written], at: 'key' }, { code: 'GTW_BAD_VALUE', problem, expected }))
  }
}

function isOff(schema: Schema | undefined, value: unknown): boolean {
  const facts = schema && factsOf(schema)
  return facts?.kind === 'object' && facts.standalone && switchOf(value) === 'off'
}
