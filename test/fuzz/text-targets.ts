import { normalizePath, routingPath, sanitizePath } from '../../src/http/target.ts'
import { compileRule } from '../../src/rule/compile.ts'
import { parseRule } from '../../src/rule/parser.ts'
import { RuleError } from '../../src/rule/rule-error.ts'
import type { RuleTree } from '../../src/rule/tree.ts'
import type { Random } from './random.ts'
import { magnitude, same, type Target } from './target.ts'

const MATCHERS = [
  'Host(`a.example`)',
  'Host(`*.a`)',
  'Path(`/a`)',
  'PathPrefix("/a\\x41\\u00e9")',
  'Method(`GET`)',
  'Header(`A`, `b`)',
  'Query(`a`)',
  'Query(`a`, `b`,)',
  'ClientIP(`10.0.0.0/8`)',
  'ClientIP(`::1`)',
  'HostRegexp(`^a`)',
]

const RULE_WORDS = [
  ...MATCHERS,
  '&&',
  '||',
  '!',
  '(',
  ')',
  ',',
  '`',
  '"',
  '\\',
  '\\xff',
  '\\u00e9',
  '/*',
  '*/',
  '//',
  '\n',
  '\r',
  ' ',
  '((((',
  '!!!!',
  '\xa0',
  '\u0120',
  '😀',
  '\ud800',
]

const PATHS = [
  '/',
  '/a/b',
  '//a',
  '/a/../b',
  '/a/./b/',
  '/%2e%2E/a',
  '/%2F',
  '/%zz',
  '/%',
  '/%c3%a9',
  '/%ff',
  '/a%00b',
  'a',
  '/..',
  '/.',
  '/%25',
  '*',
]

const PATH_WORDS = [
  '/',
  '//',
  '.',
  '..',
  '/../',
  '/./',
  '/..',
  '%2e',
  '%2E',
  '%2f',
  '%5c',
  '%',
  '%2',
  '%zz',
  '%c3%a9',
  '%c3',
  '%ff',
  '%00',
  '%25',
  '%252e',
  ';',
  '\\',
  '\xe9',
  ' ',
]

export const ruleTarget: Target = {
  name: 'rules',
  weight: 3,
  seeds: MATCHERS,
  make: rule,
  words: RULE_WORDS,
  examine: (input) => {
    const parsed = outcome(input, () => parseRule(input))
    const compiled = outcome(input, () => compileRule(input))
    if (parsed instanceof RuleError && !(compiled instanceof RuleError)) throw new Error('a rule that is not parsed is compiled')
    return [parsed, compiled].map((made) => (made instanceof RuleError ? kindOf(made) : 'tree' in made ? '' : shapeOf(made, 0))).join(' ')
  },
}

export const pathTarget: Target = {
  name: 'paths',
  weight: 2,
  seeds: PATHS,
  make: (random) => `/${random.repeat(4, () => random.pick(PATH_WORDS) + random.pick(['a', 'b', '/', '']))}`,
  words: PATH_WORDS,
  examine: (path) => {
    const normal = normalizePath(path)
    if (normal !== undefined) same('a normal path stays', normalizePath(normal), normal)
    const clean = sanitizePath(normal ?? path)
    same('a clean path stays', sanitizePath(clean), clean)
    if (climbs(clean)) throw new Error(`the path climbs: ${JSON.stringify(clean)}`)
    const seen = routingPath(path)
    if (normal !== undefined) same('rules see the same path before and behind normalization', routingPath(normal), seen)
    if (path.startsWith('/') && !seen.startsWith('/')) throw new Error('the path that rules see has lost its root')
    return `${normal === undefined} ${normal === path} ${clean === normal} ${seen === path} ${magnitude(clean.split('/').length)} ${/%/.test(seen)}`
  },
}

/** What is left must neither name its parent nor, with `//`, look like a host. */
function climbs(path: string): boolean {
  return path.split('/').some((segment) => segment === '.' || segment === '..') || path.includes('//')
}

function rule(random: Random): string {
  const operand = () => (random.once(4) ? '!' : '') + (random.once(5) ? `(${rule(random)})` : random.pick(MATCHERS))
  return operand() + random.repeat(2, () => random.pick([' && ', ' || ', '&&', '\n||', ' ||\n']) + operand())
}

/** The result, or the error that says where in the rule it lies; any other error is a finding. */
function outcome<T>(input: string, make: () => T): T | RuleError {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof RuleError)) throw error
    const { column, length } = error
    if (column < 1 || length < 0 || column - 1 + length > input.length) throw new Error(`a place outside of the rule: ${column}, ${length}`)
    return error
  }
}

function kindOf({ code, message, expected }: RuleError): string {
  return `${code} ${message.replace(/[`"[].*/s, '')} ${expected}`
}

function shapeOf(tree: RuleTree, depth: number): string {
  if (depth > 2) return '…'
  if (tree.kind === 'call') return `${tree.name}${magnitude(tree.args.length)}`
  if (tree.kind === 'not') return `!${shapeOf(tree.operand, depth + 1)}`
  return `${tree.kind}(${tree.operands.slice(0, 2).map((operand) => shapeOf(operand, depth + 1))})`
}
