import { readHostPattern } from './host-matcher.ts'
import { compileCall } from './matchers.ts'
import { parseRule } from './parser.ts'
import type { Predicate } from './route-input.ts'
import type { RuleCall, RuleTree } from './tree.ts'

/** A rule, ready to be asked. */
export interface CompiledRule {
  readonly predicate: Predicate
  readonly tree: RuleTree
  /** The only domains (lower case, no trailing dot) for which the rule can hold; undefined where it may hold for any host. */
  readonly hosts: readonly string[] | undefined
}

/** Parses and builds a rule, or throws a RuleError. */
export function compileRule(rule: string): CompiledRule {
  const tree = parseRule(rule)
  const hosts = necessaryHosts(tree, false)
  return { predicate: compileTree(tree), tree, hosts: hosts && [...hosts] }
}

function compileTree(tree: RuleTree): Predicate {
  switch (tree.kind) {
    case 'call':
      return compileCall(tree)
    case 'not':
      return not(compileTree(tree.operand))
    case 'and':
      return every(tree.operands.map(compileTree))
    case 'or':
      return some(tree.operands.map(compileTree))
  }
}

function not(predicate: Predicate): Predicate {
  return (input) => !predicate(input)
}

// Most rules join two matchers: that case gets by without a loop.
function every(predicates: readonly Predicate[]): Predicate {
  const [first, second] = predicates as readonly [Predicate, Predicate]
  if (predicates.length === 2) return (input) => first(input) && second(input)
  return (input) => {
    for (let index = 0; index < predicates.length; index++) if (!(predicates[index] as Predicate)(input)) return false
    return true
  }
}

function some(predicates: readonly Predicate[]): Predicate {
  const [first, second] = predicates as readonly [Predicate, Predicate]
  if (predicates.length === 2) return (input) => first(input) || second(input)
  return (input) => {
    for (let index = 0; index < predicates.length; index++) if ((predicates[index] as Predicate)(input)) return true
    return false
  }
}

/** Domains outside of which the tree, or its negation, is false; undefined where no such set is known. */
function necessaryHosts(tree: RuleTree, isNegated: boolean): ReadonlySet<string> | undefined {
  if (tree.kind === 'call') return hostsOfCall(tree, isNegated)
  if (tree.kind === 'not') return necessaryHosts(tree.operand, !isNegated)
  const hosts = tree.operands.map((operand) => necessaryHosts(operand, isNegated))
  // De Morgan: the negation of an `and` is an `or`.
  const isConjunction = (tree.kind === 'and') !== isNegated
  return isConjunction ? hosts.reduce(intersection) : union(hosts)
}

function hostsOfCall({ name, args }: RuleCall, isNegated: boolean): ReadonlySet<string> | undefined {
  const [argument] = args
  if (name !== 'Host' || argument === undefined) return undefined
  const pattern = readHostPattern(argument.text)
  if (pattern.kind === (isNegated ? 'any' : 'never')) return new Set()
  return pattern.kind === 'literal' && !isNegated ? new Set([pattern.domain]) : undefined
}

function intersection(one: ReadonlySet<string> | undefined, other: ReadonlySet<string> | undefined): ReadonlySet<string> | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return new Set([...one].filter((host) => other.has(host)))
}

function union(hosts: readonly (ReadonlySet<string> | undefined)[]): ReadonlySet<string> | undefined {
  const all = new Set<string>()
  for (const some of hosts) {
    if (some === undefined) return undefined
    for (const host of some) all.add(host)
  }
  return all
}
