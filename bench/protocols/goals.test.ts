import { expect, test } from 'vitest'
import type { Measured, Round } from '../results.ts'
import { cpuAtMost, perCoreAtLeast } from './goals.ts'

const measured = (proxy: string, cpuMicros: readonly number[], errors: readonly string[] = []): Measured<Round> => ({
  proxy,
  samples: cpuMicros.map((each) => ({ requestsPerSecond: 1, cpuMicros: each, resident: 1, peak: 1 })),
  errors,
})
const both = [measured('gateway', [10, 20]), measured('nginx', [8, 16])]

const cases = [
  { goal: perCoreAtLeast(0.8, 'nginx'), text: '≥ 0.8 × nginx per core', verdict: { text: '0.80 × nginx per core', ratio: 0.8, met: true } },
  {
    goal: perCoreAtLeast(0.9, 'nginx'),
    text: '≥ 0.9 × nginx per core',
    verdict: { text: '0.80 × nginx per core', ratio: 0.8, met: false },
  },
  {
    goal: cpuAtMost(1.25, 'nginx'),
    text: '≤ 1.25 × the CPU of nginx',
    verdict: { text: '1.25 × the CPU of nginx', ratio: 1.25, met: true },
  },
  {
    goal: cpuAtMost(1.2, 'nginx'),
    text: '≤ 1.2 × the CPU of nginx',
    verdict: { text: '1.25 × the CPU of nginx', ratio: 1.25, met: false },
  },
]

for (const { goal, text, verdict } of cases) {
  test(`${text} is ${verdict.met ? 'met' : 'not met'} by ${verdict.text}`, () => {
    expect(goal.text).toBe(text)
    expect(goal.judge(both)).toEqual(verdict)
  })
}

test('without a ratio a goal is not met, and the reason is told', () => {
  const goal = perCoreAtLeast(2.5, 'caddy')
  expect(goal.judge(both)).toEqual({ text: 'no ratio to caddy (caddy: not measured)', met: false })
  expect(goal.judge([...both, measured('caddy', [1], ['2 failed\nmore'])]).text).toBe('no ratio to caddy (caddy: 2 failed)')
})
