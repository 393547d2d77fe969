import { expect, test } from 'vitest'
import { rulePriority } from './priority.ts'

const cases = [
  { rule: 'Host(`a.test`)', priority: 14n },
  { rule: 'Host(`a.test`) && Path(`/`)', priority: 27n },
  { rule: 'Path(`/é`)', priority: 11n },
  { rule: '', priority: 0n },
]

for (const { rule, priority } of cases) {
  test(`the rule "${rule}" has priority ${priority}`, () => expect(rulePriority(rule)).toBe(priority))
}
