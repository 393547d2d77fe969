import type { Path } from '../findings/finding.ts'
import { type Issue, makeIssue } from '../findings/issue.ts'
import { MASK } from '../findings/mask.ts'
import { MAX_DEPTH } from '../findings/path.ts'
import { quote, show } from '../findings/show.ts'
import { givenFields } from './given-fields.ts'
import { splitList } from './scalars.ts'
import { type Facts, factsOf, type ListFacts, type MapFacts, type ObjectFacts, type ScalarFacts, type Schema } from './schema.ts'
import { isAbsent, isRefusedKey, isScalar, isTree, switchOf, type Tree } from './tree.ts'

/** A checked value and everything that was wrong with it. */
export interface Checked<T> {
  /** What was wrong is left out, as if it had not been written: a default stands in where there is one. */
  readonly value: T
  readonly issues: Issue[]
}

/** Checks a tree, fills in defaults and gives every key its canonical name. Collects all issues; never throws. */
export function check<T>(schema: Schema<T>, value: unknown): Checked<T> {
  const issues: Issue[] = []
  const facts = factsOf(schema)
  const root: Facts = facts.kind === 'object' ? { ...facts, filled: true } : facts
  const checked = isAbsent(value) ? undefined : checkValue(root, value, [], issues)
  return { value: (checked ?? valueOfAbsent(root, [], isAbsent(value) ? issues : [])) as T, issues }
}

// Undefined means that there is nothing: switched off, or dropped with an issue.
function checkValue(facts: Facts, value: unknown, path: Path, issues: Issue[]): unknown {
  if (path.length > MAX_DEPTH) {
    return refuse(issues, path, { code: 'GTW_BAD_VALUE', problem: 'is nested too deeply', expected: `at most ${MAX_DEPTH} levels` })
  }
  switch (facts.kind) {
    case 'scalar':
      return checkScalar(facts, value, path, issues)
    case 'object':
      return checkObject(facts, value, path, issues)
    case 'list':
      return checkList(facts, value, path, issues)
    case 'map':
      return checkMap(facts, value, path, issues)
    case 'anything':
      return copyTree(facts, value, path, issues)
    case 'unsupported':
      issues.push(unsupportedIssue(path, facts))
      return undefined
  }
}

// What stands where nothing was given: a default, the defaults of a filled section, or nothing.
function valueOfAbsent(facts: Facts, path: Path, issues: Issue[]): unknown {
  if (facts.filled) return checkValue(facts, {}, path, issues)
  return facts.default === undefined ? undefined : checkValue(facts, facts.default, path, [])
}

function checkScalar(facts: ScalarFacts, value: unknown, path: Path, issues: Issue[]): unknown {
  const parsed = isScalar(value) ? facts.parse(value) : ({ code: 'GTW_WRONG_TYPE', expected: facts.expected } as const)
  return 'value' in parsed ? parsed.value : refuse(issues, path, { ...parsed, problem: `is ${shown(facts, value)}` })
}

function checkObject(facts: ObjectFacts, value: unknown, path: Path, issues: Issue[]): unknown {
  const said = facts.standalone ? switchOf(value) : undefined
  if (said === 'off') return undefined
  const tree = said === 'on' ? {} : value
  if (isTree(tree)) return checkFields(facts, tree, path, issues)
  const expected = facts.standalone ? 'an object or true' : 'an object'
  return refuse(issues, path, { code: 'GTW_WRONG_TYPE', problem: `is ${show(value)}`, expected })
}

// In the order of the schema, so that equal objects print alike.
function checkFields(facts: ObjectFacts, tree: Tree, path: Path, issues: Issue[]): unknown {
  const given = givenFields(facts, tree, path, issues)
  const result: Record<string, unknown> = {}
  for (const [field, schema] of facts.fields) {
    const one = given.get(field)
    const place = [...path, one?.written ?? field]
    const child = factsOf(schema)
    if (one === undefined) assign(result, field, fillIn(child, place, issues))
    // Without its one kind, the object is not what was meant: more than a warning.
    else if (facts.exactlyOne && child.kind === 'unsupported') issues.push({ ...unsupportedIssue(place, child), severity: 'error' })
    else assign(result, field, checkGiven(child, one.value, place, issues))
  }
  return result
}

function checkGiven(facts: Facts, value: unknown, path: Path, issues: Issue[]): unknown {
  if (facts.deprecated !== undefined) issues.push(deprecatedIssue(path, facts.deprecated))
  const checked = checkValue(facts, value, path, issues)
  if (facts.only !== undefined && checked !== undefined && checked !== facts.only) issues.push(unsupportedIssue(path, {}))
  return checked ?? valueOfAbsent(facts, path, [])
}

function fillIn(facts: Facts, path: Path, issues: Issue[]): unknown {
  if (facts.required) {
    issues.push(makeIssue({ path, at: 'value' }, { code: 'GTW_MISSING', problem: 'is missing', expected: expectedOf(facts) }))
  }
  return valueOfAbsent(facts, path, issues)
}

function expectedOf(facts: Facts): string {
  if (facts.kind === 'scalar') return facts.expected
  return facts.kind === 'list' ? 'a list' : 'an object'
}

function checkList(facts: ListFacts, value: unknown, path: Path, issues: Issue[]): unknown {
  const item = factsOf(facts.item)
  const items = Array.isArray(value) ? value : item.kind === 'scalar' ? scalarItems(value) : undefined
  if (items === undefined) {
    return refuse(issues, path, { code: 'GTW_WRONG_TYPE', problem: `is ${shown(item, value)}`, expected: 'a list' })
  }
  if (items.length < facts.minItems) {
    const problem = items.length === 0 ? 'is empty' : `has ${items.length} items`
    return refuse(issues, path, { code: 'GTW_BAD_VALUE', problem, expected: `at least ${facts.minItems}` })
  }
  return items
    .map((one, index) => (isAbsent(one) ? undefined : checkValue(item, one, [...path, index], issues)))
    .filter((one) => one !== undefined)
}

function scalarItems(value: unknown): unknown[] | undefined {
  if (typeof value === 'string') return splitList(value)
  return isScalar(value) ? [value] : undefined
}

function checkMap(facts: MapFacts, value: unknown, path: Path, issues: Issue[]): unknown {
  if (!isTree(value)) {
    return refuse(issues, path, { code: 'GTW_WRONG_TYPE', problem: `is ${shown(factsOf(facts.item), value)}`, expected: 'an object' })
  }
  const result: Record<string, unknown> = {}
  for (const [key, one] of safeEntries(value, path, issues)) {
    if (!isAbsent(one)) assign(result, key, checkValue(factsOf(facts.item), one, [...path, key], issues))
  }
  return result
}

function copyTree(facts: Facts, value: unknown, path: Path, issues: Issue[]): unknown {
  const copy = (one: unknown, step: string | number) => (isAbsent(one) ? one : checkValue(facts, one, [...path, step], issues))
  if (isScalar(value)) return value
  if (Array.isArray(value)) return value.map(copy)
  if (!isTree(value)) return refuse(issues, path, { code: 'GTW_WRONG_TYPE', problem: `is ${show(value)}`, expected: 'plain data' })
  return Object.fromEntries(safeEntries(value, path, issues).map(([key, one]) => [key, copy(one, key)]))
}

function safeEntries(tree: object, path: Path, issues: Issue[]): [string, unknown][] {
  return Object.entries(tree).filter(([key]) => {
    if (!isRefusedKey(key)) return true
    issues.push(makeIssue({ path: [...path, key], at: 'key' }, { code: 'GTW_UNKNOWN_KEY', problem: `refused key ${quote(key)}` }))
    return false
  })
}

function assign(result: Record<string, unknown>, key: string, value: unknown): void {
  if (value !== undefined) result[key] = value
}

function unsupportedIssue(path: Path, { instead }: { readonly instead?: string }): Issue {
  const suggestion = instead === undefined ? {} : { suggestion: instead }
  return makeIssue(
    { path, at: 'key' },
    { code: 'GTW_UNSUPPORTED', problem: `unsupported option ${quote(String(path.at(-1)))}`, ...suggestion },
  )
}

function deprecatedIssue(path: Path, why: string): Issue {
  return makeIssue({ path, at: 'key' }, { code: 'GTW_DEPRECATED', problem: `old option ${quote(String(path.at(-1)))} (it ${why})` })
}

function shown(facts: Facts, value: unknown): string {
  return facts.kind === 'scalar' && facts.secret && isScalar(value) ? quote(MASK) : show(value)
}

function refuse(issues: Issue[], path: Path, said: Parameters<typeof makeIssue>[1]): undefined {
  issues.push(makeIssue({ path, at: 'value' }, said))
  return undefined
}
