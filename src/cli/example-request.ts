import { parseRule } from '../rule/parser.ts'
import type { RuleCall, RuleTree } from '../rule/tree.ts'

/** A request that a rule holds for. */
export interface ExampleRequest {
  /** Undefined where the rule asks for none. */
  readonly host: string | undefined
  readonly path: string
}

/** Makes an example from a rule that asks for one host, one path, or both; undefined for every other rule. */
export function exampleRequest(rule: string): ExampleRequest | undefined {
  const calls = callsOf(treeOf(rule))
  if (calls === undefined || !calls.every(isLiteral)) return undefined
  const [hosts, paths] = [calls.filter(({ name }) => name === 'Host'), calls.filter(({ name }) => name !== 'Host')]
  if (hosts.length > 1 || paths.length > 1) return undefined
  return { host: hosts[0]?.args[0]?.text, path: paths[0]?.args[0]?.text ?? '/' }
}

function treeOf(rule: string): RuleTree | undefined {
  try {
    return parseRule(rule)
  } catch {
    return undefined
  }
}

/** The matchers of a rule that joins them with nothing but `&&`. */
function callsOf(tree: RuleTree | undefined): readonly RuleCall[] | undefined {
  if (tree?.kind === 'call') return [tree]
  if (tree?.kind !== 'and') return undefined
  const calls = tree.operands.map(callsOf)
  return calls.includes(undefined) ? undefined : calls.flatMap((some) => some ?? [])
}

// What a shell, a URL or the gateway would read in another way is no example.
const PATH = /^\/(?:\w[\w.~:@+-]*\/)*(?:\w[\w.~:@+-]*)?$/
const LITERAL: Readonly<Record<string, RegExp>> = { Host: /^\w[\w.-]*$/, Path: PATH, PathPrefix: PATH }

function isLiteral({ name, args }: RuleCall): boolean {
  return LITERAL[name]?.test(args[0]?.text ?? '') ?? false
}
