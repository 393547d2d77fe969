import { expect, test } from 'vitest'
import type { Finding } from './finding.ts'
import { describeSource, renderFindings } from './render-text.ts'

const text = `http:
  routers:
    app:
      rule: Host(\`a\`)
      entrypoint: [web]
      password: hunter2
`
const unknown: Finding = {
  code: 'GTW_UNKNOWN_KEY',
  severity: 'error',
  message: 'unknown key "entrypoint" in http.routers.app',
  source: { kind: 'file', file: 'conf.d/app.yml', line: 5, column: 7, length: 10 },
  suggestion: 'entryPoints',
}

function render(findings: readonly Finding[], readSource: (file: string) => string | undefined = () => undefined): string {
  return renderFindings(findings, { color: false, readSource })
}

test('a finding is one line with its place, and a frame with a caret below the place', () => {
  expect(render([unknown], () => text)).toBe(`\
conf.d/app.yml:5:7  error GTW_UNKNOWN_KEY  unknown key "entrypoint" in http.routers.app; did you mean "entryPoints"?
  4 |       rule: Host(\`a\`)
  5 |       entrypoint: [web]
    |       ^^^^^^^^^^
  6 |       password: ***
`)
})

test('what was expected and what to do follow', () => {
  const finding: Finding = { ...unknown, code: 'GTW_WRONG_TYPE', message: 'a is "b"', expected: 'an integer', hint: 'write a number' }
  const { suggestion: _, ...without } = finding
  expect(render([without])).toBe('conf.d/app.yml:5:7  error GTW_WRONG_TYPE  a is "b"\n  expected: an integer\n  hint: write a number\n')
})

test('findings are sorted by file and line, those of no file last', () => {
  const at = (file: string, line: number, column = 1): Finding => ({ ...unknown, source: { kind: 'file', file, line, column } })
  const lines = render([
    { ...unknown, source: { kind: 'flag', flag: '--log.levl' } },
    at('b.yml', 1),
    at('a.yml', 10),
    at('a.yml', 9, 5),
    at('a.yml', 9, 2),
  ])
  expect(lines.split('\n').map((line) => line.split(' ')[0])).toEqual([
    'a.yml:9:2',
    'a.yml:9:5',
    'a.yml:10:1',
    'b.yml:1:1',
    '--log.levl',
    '',
  ])
})

test('a file that cannot be read has no frame', () => {
  const finding: Finding = {
    code: 'GTW_UNREADABLE',
    severity: 'error',
    message: 'no',
    source: { kind: 'file', file: 'a', line: 1, column: 1 },
  }
  expect(render([finding])).toBe('a:1:1  error GTW_UNREADABLE  no\n')
})

test('a file is read once for all its findings', () => {
  const read: string[] = []
  render([unknown, unknown], (file) => {
    read.push(file)
    return text
  })
  expect(read).toEqual(['conf.d/app.yml'])
})

test('control characters of the input never reach the terminal', () => {
  const evil = '\u001B[2J\r\n\u202Eevil\u0007'
  const finding: Finding = {
    ...unknown,
    message: evil,
    expected: evil,
    hint: evil,
    source: { kind: 'file', file: evil, line: 1, column: 3 },
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that must not be there.
  expect(render([finding], () => `a\u001B\t[2Jb\u202E`)).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F\u202E]/)
})

const frames: [string, string, { line: number; column: number; length?: number }, string[]][] = [
  ['a tab counts as one column', '\ta: b', { line: 1, column: 5 }, ['  1 |  a: b', '    |     ^']],
  ['the first line has none before it', 'a\nb', { line: 1, column: 1 }, ['  1 | a', '    | ^', '  2 | b']],
  ['a caret may stand behind the end', 'a:', { line: 1, column: 3 }, ['  1 | a:', '    |   ^']],
  ['a caret line does not leave its line', 'a: b', { line: 1, column: 4, length: 50 }, ['  1 | a: b', '    |    ^']],
  ['numbers are aligned', `${'\n'.repeat(8)}a\nb`, { line: 9, column: 1 }, ['   8 |', '   9 | a', '     | ^', '  10 | b']],
  ['a line that is not there has no frame', 'a', { line: 7, column: 1 }, []],
  [
    'a long line is cut around the place',
    `${'x'.repeat(500)}y${'x'.repeat(500)}`,
    { line: 1, column: 501 },
    [`  1 | ${'x'.repeat(59)}y${'x'.repeat(60)}`, `    | ${' '.repeat(59)}^`],
  ],
  ['credentials are masked', 'url: http://me:pw@host', { line: 1, column: 1 }, ['  1 | url: http://***@host', '    | ^']],
]
for (const [why, source, at, expected] of frames) {
  test(`in a frame, ${why}`, () => {
    const finding: Finding = { ...unknown, source: { kind: 'file', file: 'a', ...at } }
    expect(
      render([finding], () => source)
        .split('\n')
        .slice(1, -1),
    ).toEqual(expected)
  })
}

test('colours are there only when they are asked for', () => {
  const start = '\u001B['
  expect(renderFindings([unknown], { color: true, readSource: () => text })).toContain(start)
  expect(render([unknown], () => text)).not.toContain(start)
})

test('every kind of source has a name', () => {
  expect([
    describeSource({ kind: 'label', item: 'api-1', label: 'gateway.enable' }),
    describeSource({ kind: 'key', store: 'etcd', key: 'gateway/http' }),
    describeSource({ kind: 'flag', flag: '--api' }),
    describeSource({ kind: 'env', variable: 'GATEWAY_API' }),
    describeSource({ kind: 'provider', provider: 'docker' }),
    describeSource({ kind: 'default' }),
  ]).toEqual(['api-1 label gateway.enable', 'etcd key gateway/http', '--api', 'GATEWAY_API', 'provider docker', 'default'])
})
