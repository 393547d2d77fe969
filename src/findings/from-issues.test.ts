import { expect, test } from 'vitest'
import type { Path } from './finding.ts'
import { toFindings } from './from-issues.ts'
import { makeIssue } from './issue.ts'
import { dotted } from './path.ts'

test('issues become findings with their whole path, their place and their message', () => {
  const asked: [Path, string][] = []
  const locate = (path: Path, at: string) => {
    asked.push([path, at])
    return { kind: 'label', item: 'api-1', label: dotted(path) } as const
  }
  const issues = [
    makeIssue({ path: ['rul'], at: 'key' }, { code: 'GTW_UNKNOWN_KEY', problem: 'unknown key "rul"', suggestion: 'rule' }),
    makeIssue({ path: ['priority'], at: 'value' }, { code: 'GTW_WRONG_TYPE', problem: 'is "high"', expected: 'an integer' }),
  ]
  expect(toFindings(issues, locate, ['http', 'routers', 'app'])).toEqual([
    {
      code: 'GTW_UNKNOWN_KEY',
      severity: 'error',
      message: 'unknown key "rul" in http.routers.app',
      path: 'http.routers.app.rul',
      suggestion: 'rule',
      source: { kind: 'label', item: 'api-1', label: 'http.routers.app.rul' },
    },
    {
      code: 'GTW_WRONG_TYPE',
      severity: 'error',
      message: 'http.routers.app.priority is "high"',
      path: 'http.routers.app.priority',
      expected: 'an integer',
      source: { kind: 'label', item: 'api-1', label: 'http.routers.app.priority' },
    },
  ])
  expect(asked).toEqual([
    [['http', 'routers', 'app', 'rul'], 'key'],
    [['http', 'routers', 'app', 'priority'], 'value'],
  ])
})

test('an issue whose place is unknown has no source, and one with its own message keeps it', () => {
  const issue = { code: 'GTW_BAD_VALUE', severity: 'error', path: ['a'], at: 'value', message: 'a is odd' } as const
  expect(toFindings([issue], () => undefined)).toEqual([{ code: 'GTW_BAD_VALUE', severity: 'error', message: 'a is odd', path: 'a' }])
})

const paths: [Path, string][] = [
  [[], ''],
  [['http', 'routers'], 'http.routers'],
  [['servers', 0, 'url'], 'servers[0].url'],
  [['routers', 'a.b', 'rule'], 'routers."a.b".rule'],
  [['routers', 'my-app@file', 'größe'], 'routers.my-app@file.größe'],
  [['routers', 'a b', '', '\n'], 'routers."a b".""."\\n"'],
]
for (const [path, text] of paths) {
  test(`the path ${JSON.stringify(path)} is written ${text}`, () => {
    expect(dotted(path)).toBe(text)
  })
}
