import { type Bounds, intersect, meetHosts, meetPaths, unite } from './bounds.ts'
import { compileCall } from './call.ts'
import { every, some } from './combine.ts'
import { canonicalDomain } from './host-matcher.ts'
import type { Condition, Matcher } from './matcher.ts'
import { parseRule } from './parser.ts'
import type { Predicate } from './route-input.ts'
import { type RuleSyntax, vocabularyOf } from './syntaxes.ts'
import type { RuleTree } from './tree.ts'
import type { Vocabulary } from './vocabulary.ts'

/** A rule, ready to be asked. */
export interface CompiledRule {
  readonly predicate: Predicate
  readonly tree: RuleTree
  /** The only hosts for which the rule can hold, as domains in lower case without trailing dot. */
  readonly hosts: Bounds
  /** The only routing paths for which the rule can hold. */
  readonly paths: Bounds
}

/** Parses and builds a rule, or throws a RuleError. */
export function compileRule(rule: string, syntax: RuleSyntax = 'v3'): CompiledRule {
  const tree = parseRule(rule, syntax)
  const { predicate, holds } = compileTree(tree, vocabularyOf(syntax))
  return { predicate, tree, ...holds }
}

/** The names of all Host matchers, whatever is negated: those that TLS options and certificates are for. */
export function literalHosts(tree: RuleTree): readonly string[] {
  const hosts = new Set<string>()
  const visit = (node: RuleTree): void => {
    if (node.kind === 'not') visit(node.operand)
    else if (node.kind !== 'call') for (const operand of node.operands) visit(operand)
    else if (node.name === 'Host') for (const { text } of node.args) hosts.add(canonicalDomain(text))
  }
  visit(tree)
  return [...hosts]
}

interface Place {
  readonly hosts: Bounds
  readonly paths: Bounds
}

/** A part of a rule, with where it can hold and where its negation can. */
interface Compiled<Input> {
  readonly predicate: Predicate<Input>
  readonly holds: Place
  readonly fails: Place
}

const ANYWHERE: Place = { hosts: undefined, paths: undefined }
const NOWHERE: Place = { hosts: [], paths: [] }

/** Compiles a parsed rule of any language. */
export function compileTree<Input>(tree: RuleTree, vocabulary: Vocabulary<Matcher<Input>>): Compiled<Input> {
  if (tree.kind === 'call') return fromCondition(compileCall(tree, vocabulary))
  if (tree.kind === 'not') return negation(compileTree(tree.operand, vocabulary))
  const parts = tree.operands.map((operand) => compileTree(operand, vocabulary))
  const predicates = parts.map(({ predicate }) => predicate)
  const holds = parts.map((part) => part.holds)
  const fails = parts.map((part) => part.fails)
  // De Morgan: an `and` fails where any of its parts does.
  if (tree.kind === 'and') return { predicate: every(predicates), holds: holds.reduce(both), fails: either(fails) }
  return { predicate: some(predicates), holds: either(holds), fails: fails.reduce(both) }
}

function fromCondition<Input>({ predicate, hosts, paths, isAlways }: Condition<Input>): Compiled<Input> {
  return { predicate, holds: { hosts, paths }, fails: isAlways === true ? NOWHERE : ANYWHERE }
}

function negation<Input>({ predicate, holds, fails }: Compiled<Input>): Compiled<Input> {
  return { predicate: (input) => !predicate(input), holds: fails, fails: holds }
}

function both(one: Place, other: Place): Place {
  return { hosts: intersect(one.hosts, other.hosts, meetHosts), paths: intersect(one.paths, other.paths, meetPaths) }
}

function either(places: readonly Place[]): Place {
  return { hosts: unite(places.map(({ hosts }) => hosts)), paths: unite(places.map(({ paths }) => paths)) }
}
