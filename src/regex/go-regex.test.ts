// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how Go writes a replacement.
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { expect, test } from 'vitest'
import { compileGoRegex, type GoRegex, quotePattern } from './go-regex.ts'
import { isLinear } from './linear.ts'
import { NativeEngine } from './native-engine.ts'
import { readPattern } from './read-pattern.ts'
import { RegexError } from './regex-error.ts'
import { toJavaScript } from './to-javascript.ts'

const meanings: { pattern: string; yes?: string[]; no?: string[] }[] = [
  { pattern: 'a\\.test', yes: ['xa.test.evil'], no: ['axtest'] },
  { pattern: '^.$', yes: ['a', '😀', 'é', '\r', '\u2028'], no: ['', '\n', 'ab'] },
  { pattern: '(?s)^.$', yes: ['\n'] },
  { pattern: '^a$', yes: ['a'], no: ['a\n', '\na'] },
  { pattern: '^[^a]$', yes: ['\n', 'b', '😀'], no: ['a'] },
  { pattern: '^\\s$', yes: [' ', '\t', '\n', '\f', '\r'], no: ['\v', '\u00a0', '\ufeff'] },
  { pattern: '^\\d+$', yes: ['0123'], no: ['٣'] },
  { pattern: '^\\w$', yes: ['a', '_', '0'], no: ['é', '-', 'ſ'] },
  { pattern: '(?i)^k$', yes: ['k', 'K', '\u212a'], no: ['j'] },
  { pattern: '(?i)^[^s]$', yes: ['k'], no: ['s', 'S', 'ſ'] },
  { pattern: '(?i)^\\w$', yes: ['ſ', '\u212a'] },
  { pattern: '^(?:(?i)a|b)c$', yes: ['Ac', 'Bc'], no: ['aC'] },
  { pattern: '^(?i:a)b$', yes: ['Ab'], no: ['aB'] },
  { pattern: '^(?i)a(?-i)b$', yes: ['Ab'], no: ['aB'] },
  { pattern: '\\bid\\b', yes: ['/id/', 'é id'], no: ['/aid'] },
  { pattern: '\\Aa\\z', yes: ['a'], no: ['ba'] },
  { pattern: '^[]a]$', yes: [']', 'a'] },
  { pattern: '^[a-]$', yes: ['-', 'a'] },
  { pattern: '^{a{,2}}$', yes: ['{a{,2}}'] },
  { pattern: '^a{2}$', yes: ['aa'], no: ['a', 'aaa'] },
  { pattern: '^\\Qa.b\\E$', yes: ['a.b'], no: ['axb'] },
  { pattern: '^[[:alpha:]]+$', yes: ['aZ'], no: ['é'] },
  { pattern: '^\\pL\\x{1F600}$', yes: ['é😀'] },
  { pattern: '(?m)^b$', yes: ['a\nb\nc'] },
  { pattern: '(?P<a>x)(?<b>y)', yes: ['xy'] },
  { pattern: '^\\x41\\x{e9}\\t$', yes: ['Aé\t'] },
]

for (const { pattern, yes = [], no = [] } of meanings) {
  test(`${pattern} means what it means in Go`, () => {
    const regex = compileGoRegex(pattern)
    for (const text of yes) expect(regex.test(text), JSON.stringify(text)).toBe(true)
    for (const text of no) expect(regex.test(text), JSON.stringify(text)).toBe(false)
  })
}

const errors = [
  { pattern: '(a', message: 'error parsing regexp: missing closing ): `(a`' },
  { pattern: '[a', message: 'error parsing regexp: missing closing ]: `[a`' },
  { pattern: 'a)', message: 'error parsing regexp: unexpected ): `a)`' },
  { pattern: '*a', message: 'error parsing regexp: missing argument to repetition operator: `*`' },
  { pattern: 'a**', message: 'error parsing regexp: invalid nested repetition operator: `**`' },
  { pattern: 'a{1001}', message: 'error parsing regexp: invalid repeat count: `{1001}`' },
  { pattern: 'a{2,1}', message: 'error parsing regexp: invalid repeat count: `{2,1}`' },
  { pattern: '[b-a]', message: 'error parsing regexp: invalid character class range: `b-a`' },
  { pattern: '\\', message: 'error parsing regexp: trailing backslash at end of expression' },
  { pattern: '(a)\\1', message: 'error parsing regexp: invalid escape sequence: `\\1`' },
  { pattern: 'a(?=b)', message: 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`' },
  { pattern: '(?P<a>b)(?P<a>c)', message: 'error parsing regexp: duplicate capture group name: `a`' },
  { pattern: 'a'.repeat(4097), message: 'error parsing regexp: expression too large' },
  { pattern: '(?:[a-z]{100}[^]x]){100}', message: 'error parsing regexp: expression too large' },
]

for (const { pattern, message } of errors) {
  test(`${pattern.slice(0, 40)} is refused: ${message}`, () => {
    expect(() => compileGoRegex(pattern)).toThrow(new RegexError(message))
  })
}

const engines: Record<GoRegex['engine'], string[]> = {
  native: [
    '^.+$',
    '^[a-z0-9-]+\\.example\\.com$',
    '^.+\\.example\\.com$',
    '^(?:[a-z0-9-]+\\.)?example\\.com$',
    '^(?:[a-z]+\\.){1,3}test$',
    '(api|www)\\.example\\.com$',
    '^/api/v[0-9]+/users/[^/]+$',
    '\\.(?:css|js|png)$',
    '/v[0-9]+',
    '^/(.*)',
    '(?i)^/Api',
    '^https?://[^/]+/(.*)$',
    '^a{0,61}$',
  ],
  automaton: [
    '^(a+)+$',
    '^(a|a)*$',
    '^(a|b|ab)*c',
    '(a+)+$',
    'a+b',
    '\\s+$',
    '^.*a.*b$',
    '^a*a*$',
    '^(?:a?){30}a{30}$',
    '^(?:a|a){12}b$',
    'a{0,1000}b',
    '[a-z]{0,200}[a-y]{0,200}!',
    '(?:x|x)(?:x|x)(?:x|x)(?:x|x)(?:x|x)(?:x|x)(?:x|x)y',
    '(?:^a|a+b)',
    '^\\pL$',
    '(?m)^a$',
  ],
}

for (const [engine, patterns] of Object.entries(engines)) {
  for (const pattern of patterns) test(`${pattern} runs on the ${engine} engine`, () => expect(compileGoRegex(pattern).engine).toBe(engine))
}

test('a pattern that would take a backtracking search forever is answered', () => {
  expect(compileGoRegex('^(a+)+$').test(`${'a'.repeat(8192)}b`)).toBe(false)
})

const atoms = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'k',
    'S',
    '/',
    '-',
    '\\.',
    '.',
    'é',
    '😀',
    '\\d',
    '\\W',
    '\\s',
    '[ab]',
    '[^a]',
    '[^/]',
    '[a-k-]',
    '[\\w.]',
    '\\x41',
  ),
  fc.constantFrom('^', '$', '\\b', '\\B', '(?i)', '(?s)', '{', '}', ']', '\\pL', '[[:digit:]]'),
)
const counts = fc.constantFrom('', '', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{0,2}', '{1,3}?', '{2,}')
const opens = fc.constantFrom('(', '(?:', '(?i:', '(?P<n>', '(?<m>')

const patterns: fc.Arbitrary<string> = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'pattern' },
    fc.tuple(atoms, counts).map(([atom, count]) => atom + count),
    fc.tuple(tie('pattern'), tie('pattern')).map((both) => both.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map((both) => both.join('|')),
    fc.tuple(opens, tie('pattern'), counts).map(([open, body, count]) => `${open}${body})${count}`),
  ),
})).pattern
const anchored = fc.tuple(fc.constantFrom('', '^'), patterns, fc.constantFrom('', '$')).map((parts) => parts.join(''))

const characters = fc.constantFrom('a', 'b', 'k', 'K', 's', 'A', '/', '-', '.', '0', '_', ' ', '\n', 'é', '😀', 'ſ', '\u212a', '{')
const texts = fc.array(characters, { maxLength: 12 }).map((all) => all.join(''))

/** What an engine finds, as plain data. */
function oracle(pattern: string, text: string): unknown {
  const matcher = RE2JS.compile(pattern).matcher(text)
  if (!matcher.find(0)) return undefined
  const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group) ?? undefined)
  return { start: matcher.start(), end: matcher.end(), groups }
}

test('what is read as a pattern is one, and the native engine finds the same matches and groups as an automaton', () => {
  let natives = 0
  fc.assert(
    fc.property(anchored, fc.array(texts, { minLength: 1, maxLength: 8 }), (pattern, all) => {
      const read = readPattern(pattern)
      if (read === undefined) return
      expect(read.names).toEqual(new Map(Object.entries(RE2JS.compile(pattern).namedGroups())))
      if (!isLinear(read.syntax)) return
      natives++
      const engine = new NativeEngine(toJavaScript(read.syntax))
      for (const text of all) {
        const found = engine.find(text, 0)
        expect(found && { start: found.start, end: found.end, groups: [...found.groups] }, `${pattern} on ${text}`).toEqual(
          oracle(pattern, text),
        )
        expect(engine.test(text)).toBe(found !== undefined)
      }
    }),
    { numRuns: 3000 },
  )
  expect(natives).toBeGreaterThan(500)
})

test('whatever the text, a pattern compiles or throws a RegexError', () => {
  const soup = fc.array(
    fc.oneof(atoms, counts, opens, fc.constantFrom(')', '|', '[', '^', ',', '(?', '\\'), fc.string({ unit: 'binary', maxLength: 2 })),
  )
  fc.assert(
    fc.property(soup, texts, (pieces, text) => {
      try {
        expect(typeof compileGoRegex(pieces.join('')).test(text)).toBe('boolean')
      } catch (error) {
        if (!(error instanceof RegexError)) throw error
      }
    }),
    { numRuns: 2000 },
  )
})

const replacements: { pattern: string; template: string; text: string; is: string }[] = [
  { pattern: '^/u/(.*)', template: '/v/$1', text: '/u/7', is: '/v/7' },
  { pattern: '(a)(b)', template: '$2$1', text: 'abab', is: 'baba' },
  { pattern: '(a)', template: '$1x', text: 'a', is: '' },
  { pattern: '(a)', template: '${1}x', text: 'a', is: 'ax' },
  { pattern: '(?P<first>a)(?<last>b)', template: '${last}-$first', text: 'ab', is: 'b-a' },
  { pattern: '(?P<first>a)', template: '$first_x$firs', text: 'a', is: '' },
  { pattern: 'a', template: '$$1 $0', text: 'a', is: '$1 a' },
  { pattern: 'a', template: '$ ${ ${} $- ${a', text: 'a', is: '$ ${ ${} $- ${a' },
  { pattern: '(a)', template: '$01$9${12345678901}', text: 'a', is: '' },
  { pattern: '(a)|b', template: '<$1>', text: 'ab', is: '<a><>' },
  { pattern: 'b*', template: 'X', text: 'abc', is: 'XaXcX' },
  { pattern: '', template: 'X', text: 'é😀', is: 'XéX😀X' },
  { pattern: '^', template: '/', text: 'aa', is: '/aa' },
  { pattern: 'x', template: 'y', text: 'aa', is: 'aa' },
  { pattern: '(a+)+b', template: '$0$1', text: 'aab', is: 'aabaa' },
  { pattern: '(?:(a+)|c)+b', template: '[$1]', text: 'aacb', is: '[aa]' },
  { pattern: '\\pL*', template: 'X', text: '1a1', is: 'X1X1X' },
]

for (const { pattern, template, text, is } of replacements) {
  test(`${pattern} replaced by ${template} makes "${is}" of "${text}"`, () => {
    expect(compileGoRegex(pattern).replaceAll(text, template)).toBe(is)
  })
}

test('a regular expression takes one replacement after the other', () => {
  const regex = compileGoRegex('a')
  expect(['b', 'c', 'b', ''].map((template) => regex.replaceAll('a', template))).toEqual(['b', 'c', 'b', ''])
})

const starts = [
  { pattern: '/[0-9]+', text: '/12/x', is: '/12' },
  { pattern: '/[0-9]+', text: '/x/12', is: '' },
  { pattern: '/?', text: '/a', is: '/' },
  { pattern: '(/a)+', text: '/a/a/b', is: '/a/a' },
  { pattern: 'b|ab', text: 'ab', is: 'ab' },
]

for (const { pattern, text, is } of starts) {
  test(`the match of ${pattern} at the start of ${text} is "${is}"`, () => expect(compileGoRegex(pattern).matchAtStart(text)).toBe(is))
}

test('a quoted text matches itself and nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 20 }), (text, other) => {
      const regex = compileGoRegex(`^${quotePattern(text)}$`)
      expect(regex.test(text)).toBe(true)
      expect(regex.test(other)).toBe(text === other)
    }),
  )
})
