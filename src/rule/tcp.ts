import type { Bounds } from './bounds.ts'
import { compileTree } from './compile.ts'
import type { Matcher } from './matcher.ts'
import { parseRule } from './parser.ts'
import type { Predicate } from './route-input.ts'
import { RuleError } from './rule-error.ts'
import type { RuleSyntax } from './syntaxes.ts'
import type { TcpInput } from './tcp-input.ts'
import { TCP_MATCHERS, TCP_MATCHERS_V2 } from './tcp-matchers.ts'
import type { RuleTree } from './tree.ts'
import { Vocabulary } from './vocabulary.ts'

/** A rule of a TCP router, ready to be asked. */
export interface TcpRule {
  readonly predicate: Predicate<TcpInput>
  /** The only server names for which the rule can hold, in lower case. */
  readonly names: Bounds
  /** It is HostSNI(`*`) and nothing else. */
  readonly isCatchAll: boolean
}

const VOCABULARIES = { v3: new Vocabulary<Matcher<TcpInput>>(TCP_MATCHERS), v2: new Vocabulary<Matcher<TcpInput>>(TCP_MATCHERS_V2) }

/** Parses and builds a rule, or throws a RuleError. Without TLS there is no server name that a rule could ask for. */
export function compileTcpRule(rule: string, syntax: RuleSyntax, hasTls: boolean): TcpRule {
  const vocabulary = VOCABULARIES[syntax]
  const tree = parseRule(rule, vocabulary)
  const { predicate, holds } = compileTree(tree, vocabulary)
  if (!hasTls) refuseNames(tree, rule)
  return { predicate, names: holds.hosts, isCatchAll: isCatchAll(tree) }
}

/** Whether a rule is HostSNI(`*`) and nothing else; false for one that cannot be read. */
export function isCatchAllRule(rule: string, syntax: RuleSyntax): boolean {
  try {
    return isCatchAll(parseRule(rule, VOCABULARIES[syntax]))
  } catch (error) {
    if (error instanceof RuleError) return false
    throw error
  }
}

function isCatchAll(tree: RuleTree): boolean {
  return tree.kind === 'call' && tree.name === 'HostSNI' && tree.args.length === 1 && tree.args[0]?.text === '*'
}

function refuseNames(tree: RuleTree, rule: string): void {
  if (tree.kind === 'and' || tree.kind === 'or') for (const operand of tree.operands) refuseNames(operand, rule)
  if (tree.kind === 'not') refuseNames(tree.operand, rule)
  if (tree.kind !== 'call' || tree.name !== 'HostSNI') return
  const named = tree.args.find(({ text }) => text !== '*')
  if (named === undefined) return
  const message = `invalid rule: "${rule}", has HostSNI matcher, but no TLS on router`
  throw new RuleError(message, named, { expected: '`tls` on the router, or HostSNI(`*`)' })
}
