import { quotePattern } from '../regex/go-regex.ts'
import { compilePattern } from './matcher.ts'
import { RuleError } from './rule-error.ts'
import type { RuleArgument } from './tree.ts'

/** A template such as `/users/{id}/{file:.+}`, as a regular expression that has no anchors. */
interface Template {
  readonly pattern: string
  /** The text before the first brace. */
  readonly literal: string
  readonly isLiteral: boolean
}

/** Reads a template of the v2 syntax: `{name:pattern}`, or `{name}` for the standard pattern; all else stands for itself. */
export function readTemplate(argument: RuleArgument, template: string, standard: string): Template {
  let pattern = ''
  let end = 0
  const braces = bracesOf(argument, template)
  for (const { open, close } of braces) {
    pattern += quotePattern(template.slice(end, open))
    pattern += `(?:${readBraces(argument, template.slice(open + 1, close), standard)})`
    end = close + 1
  }
  const literal = template.slice(0, braces[0]?.open)
  return { pattern: pattern + quotePattern(template.slice(end)), literal, isLiteral: braces.length === 0 }
}

function readBraces(argument: RuleArgument, inside: string, standard: string): string {
  const colon = inside.indexOf(':')
  const pattern = colon === -1 ? standard : inside.slice(colon + 1)
  if (colon === 0 || inside === '' || pattern === '') {
    throw new RuleError(`mux: missing name or pattern in "{${inside}}"`, argument, { expected: 'for instance {name} or {name:[a-z]+}' })
  }
  // On its own it must be a pattern already: nothing inside may close the group that it is put into.
  compilePattern(pattern, argument, 'template')
  return pattern
}

/** The outermost pairs of braces; a pattern may hold braces of its own. */
function bracesOf(argument: RuleArgument, template: string): { open: number; close: number }[] {
  const pairs: { open: number; close: number }[] = []
  let depth = 0
  let open = 0
  for (let at = 0; at < template.length; at++) {
    if (template[at] === '{' && ++depth === 1) open = at
    if (template[at] === '}' && --depth === 0) pairs.push({ open, close: at })
    if (depth < 0) break
  }
  if (depth !== 0) throw new RuleError(`mux: unbalanced braces in "${template}"`, argument)
  return pairs
}
