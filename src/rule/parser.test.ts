import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRule } from './parser.ts'
import { RuleError } from './rule-error.ts'
import { vocabularyOf } from './syntaxes.ts'
import type { RuleTree } from './tree.ts'

/** The shape of a tree in short: `(a & !b)`, matchers by their first argument. */
function shape(tree: RuleTree): string {
  if (tree.kind === 'call') return tree.args[0]?.text ?? `${tree.name}()`
  if (tree.kind === 'not') return `!${shape(tree.operand)}`
  return `(${tree.operands.map(shape).join(tree.kind === 'and' ? ' & ' : ' | ')})`
}

const shapes = [
  { rule: 'Host(`a`)', is: 'a' },
  { rule: 'Host("a")', is: 'a' },
  { rule: 'Host(`a`) || Host(`b`) && Path(`/c`)', is: '(a | (b & /c))' },
  { rule: 'Host(`a`)&&Host(`b`)||Path(`/c`)', is: '((a & b) | /c)' },
  { rule: '(Host(`a`) || Host(`b`)) && Path(`/c`)', is: '((a | b) & /c)' },
  { rule: '!Host(`a`) && !!Path(`/b`)', is: '(!a & !!/b)' },
  { rule: '!(Host(`a`) || Path(`/b`))', is: '!(a | /b)' },
  { rule: 'Host(`a`) && Host(`b`) && Host(`c`)', is: '(a & b & c)' },
  { rule: 'Host(`a`,)', is: 'a' },
  { rule: 'Host(\n  `a`,\n) &&\n  Path(\n`/b`)\n', is: '(a & /b)' },
  { rule: '\n\n(\nHost(`a`) ||\n\n!\nHost(`b`))\n\n', is: '(a | !b)' },
  { rule: 'Host(`a`) /* one */ && // two\n Path(/* three */`/b`) // end', is: '(a & /b)' },
  { rule: 'Host(`a\r\nb`)', is: 'a\nb' },
  { rule: 'Host()', is: 'Host()' },
]

for (const { rule, is } of shapes) {
  test(`${JSON.stringify(rule)} reads as ${is}`, () => expect(shape(parseRule(rule))).toBe(is))
}

for (const spelling of ['PathPrefix', 'pathprefix', 'PATHPREFIX', 'Pathprefix']) {
  test(`${spelling} is a spelling of PathPrefix`, () => expect(parseRule(`${spelling}(\`/x\`)`)).toMatchObject({ name: 'PathPrefix' }))
}

const STRING = 'a string in back quotes or double quotes'

const errors: { rule: string; message: string; column: number; length?: number; expected?: string; suggestion?: string }[] = [
  { rule: '', message: 'the rule is empty', column: 1, length: 0, expected: 'a matcher such as Host(`example.com`)' },
  { rule: ' // nothing', message: 'the rule is empty', column: 12 },
  { rule: 'PATHprefix(`/x`)', message: 'unsupported function: PATHprefix', column: 1, length: 10, suggestion: 'PathPrefix' },
  { rule: 'Host(`a`) && hOST(`a`)', message: 'unsupported function: hOST', column: 14, length: 4, suggestion: 'Host' },
  { rule: 'constructor(`a`)', message: 'unsupported function: constructor', column: 1, length: 11 },
  { rule: "Host('a.test')", message: 'single quotes do not make a string', column: 6, length: 1, expected: STRING },
  { rule: 'Host(`a`', message: 'unexpected end of the rule', column: 9, length: 0, expected: '"," or ")"' },
  { rule: 'Host(`a', message: 'the string is never closed', column: 6, length: 2, expected: '`' },
  { rule: 'Host("a', message: 'the string is never closed', column: 6, length: 2, expected: '"' },
  { rule: 'Host(a)', message: 'unexpected "a"', column: 6, length: 1, expected: STRING },
  { rule: 'Host(1)', message: 'unexpected "1"', column: 6, length: 1 },
  { rule: 'Host(,)', message: 'unexpected ","', column: 6, length: 1, expected: STRING },
  { rule: 'Host(`a`,,)', message: 'unexpected ","', column: 10, expected: 'a string or ")"' },
  { rule: 'Host(`a` + `b`)', message: 'unexpected "+"', column: 10 },
  { rule: 'Host(`a` `b`)', message: 'unexpected string', column: 10, length: 3, expected: '"," or ")"' },
  { rule: 'Host', message: 'unexpected end of the rule', column: 5, expected: '"("' },
  { rule: 'Host(`a`) Path(`/b`)', message: 'unexpected "Path"', column: 11, length: 4, expected: '"&&", "||" or the end of the rule' },
  { rule: 'Host(`a`) & Path(`/b`)', message: 'unexpected "&"', column: 11, length: 1, expected: '&&' },
  { rule: 'Host(`a`) | Path(`/b`)', message: 'unexpected "|"', column: 11, length: 1, expected: '||' },
  { rule: 'Host(`a`) &&', message: 'unexpected end of the rule', column: 13, expected: 'a matcher, "!" or "("' },
  { rule: '&& Host(`a`)', message: 'unexpected "&&"', column: 1, length: 2, expected: 'a matcher, "!" or "("' },
  { rule: '(Host(`a`)', message: 'unexpected end of the rule', column: 11, expected: '"&&", "||" or ")"' },
  { rule: 'Host(`a`))', message: 'unexpected ")"', column: 10, expected: '"&&", "||" or the end of the rule' },
  {
    rule: 'Host(`a`)\n&& Path(`/b`)',
    message: 'unexpected "&&"',
    column: 11,
    expected: '"&&" before the line break, or the end of the rule',
  },
  { rule: 'Host(`a`\n)', message: 'unexpected line break', column: 9, expected: '"," or ")"' },
  { rule: 'Host\n(`a`)', message: 'unexpected line break', column: 5, expected: '"("' },
  { rule: '(Host(`a`)\n)', message: 'unexpected line break', column: 11 },
  { rule: '(Host(`a`) /*\n*/ && Path(`/b`))', message: 'unexpected line break', column: 12 },
  {
    rule: 'Host(`a`) // x\n|| Path(`/b`)',
    message: 'unexpected "||"',
    column: 16,
    expected: '"||" before the line break, or the end of the rule',
  },
  { rule: 'Host(`a`);', message: 'unexpected ";"', column: 10 },
  { rule: 'Host(`a`) /* x', message: 'the comment is never closed', column: 11, length: 4, expected: '*/' },
  { rule: 'Host(`a`) 😀', message: 'unexpected "😀"', column: 11, length: 2 },
  { rule: 'Path(`😀`) x', message: 'unexpected "x"', column: 12, length: 1 },
  {
    rule: `${'('.repeat(65)}Host(\`a\`)${')'.repeat(65)}`,
    message: 'the rule is nested too deeply',
    column: 65,
    expected: 'at most 64 levels',
  },
  { rule: `${'!'.repeat(70)}Host(\`a\`)`, message: 'the rule is nested too deeply', column: 65 },
  { rule: `Host(\`${'a'.repeat(16 * 1024)}\`)`, message: 'the rule is too long', column: 1, expected: 'at most 16384 octets' },
]

for (const { rule, ...what } of errors) {
  test(`${JSON.stringify(rule.slice(0, 80))} is refused at column ${what.column}: ${what.message}`, () => {
    expect(errorOf(rule)).toMatchObject({ ...what, code: 'GTW_BAD_RULE' })
  })
}

test('64 levels are not too deep', () => {
  expect(shape(parseRule(`${'('.repeat(64)}Host(\`a\`)${')'.repeat(64)}`))).toBe('a')
})

const args = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 })

const trees: fc.Arbitrary<RuleTree> = fc.letrec<{ tree: RuleTree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, depthIdentifier: 'rule' },
    fc.record({ name: fc.constantFrom(...vocabularyOf('v3').names), args }).map(({ name, args }) => ({
      kind: 'call' as const,
      name,
      args: args.map((text) => ({ text, column: 0, length: 0 })),
      column: 0,
      length: 0,
    })),
    fc.record({ kind: fc.constant('not' as const), operand: tie('tree') }),
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), operands: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }) }),
  ),
})).tree

/** Writes a tree as a rule that keeps its shape. */
function printRule(tree: RuleTree): string {
  if (tree.kind === 'call') return `${tree.name}(${tree.args.map(({ text }) => JSON.stringify(text)).join(', ')})`
  if (tree.kind === 'not') return `!${operand(tree.operand)}`
  return tree.operands.map(operand).join(tree.kind === 'and' ? ' && ' : ' || ')
}

function operand(tree: RuleTree): string {
  return tree.kind === 'and' || tree.kind === 'or' ? `(${printRule(tree)})` : printRule(tree)
}

function withoutPlaces(tree: RuleTree): RuleTree {
  if (tree.kind === 'not') return { ...tree, operand: withoutPlaces(tree.operand) }
  if (tree.kind !== 'call') return { ...tree, operands: tree.operands.map(withoutPlaces) }
  return { ...tree, column: 0, length: 0, args: tree.args.map(({ text }) => ({ text, column: 0, length: 0 })) }
}

test('a tree that is printed parses back to itself', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const rule = printRule(tree)
      fc.pre(Buffer.byteLength(rule) <= 16 * 1024)
      expect(withoutPlaces(parseRule(rule))).toEqual(tree)
    }),
  )
})

test('whatever the text, the parser answers with a tree or a RuleError within it', () => {
  const piece = fc.constantFrom(
    'Host',
    '(',
    ')',
    '`a`',
    '"b\\n"',
    ',',
    '&&',
    '||',
    '!',
    '\n',
    ' ',
    '/*',
    '*/',
    '//',
    "'",
    '\\',
    '"',
    '`',
    '\u0000',
  )
  const soup = fc
    .array(fc.oneof({ weight: 9, arbitrary: piece }, fc.string({ unit: 'binary', maxLength: 3 })))
    .map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), (rule) => {
      const error = errorOf(rule)
      if (error === undefined) return
      expect(error.column).toBeGreaterThanOrEqual(1)
      expect(error.length).toBeGreaterThanOrEqual(0)
      expect(error.column - 1 + error.length).toBeLessThanOrEqual(rule.length)
    }),
    { numRuns: 2000 },
  )
})

function errorOf(rule: string): RuleError | undefined {
  try {
    parseRule(rule)
    return undefined
  } catch (error) {
    if (error instanceof RuleError) return error
    throw error
  }
}
