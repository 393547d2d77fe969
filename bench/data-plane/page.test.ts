import { expect, test } from 'vitest'
import { type TrialResult, type TrialResults, trialsToMarkdown, trialsToText } from './page.ts'

const trial: TrialResult = { name: 'p99', title: 'latency', goal: '≤ 1.5 ×', measured: '1.20 ×', met: true, loadBefore: 0.1, figures: {} }

const results: TrialResults = {
  title: 'Data plane',
  program: 'bench/data-plane.ts',
  date: '2026-01-02',
  machine: { cpu: 'A CPU', cores: '2', kernel: '6.1', node: 'v24.0.0' },
  versions: { gateway: '0.1.0', nginx: '1.22.1' },
  notes: ['one core only'],
  trials: [trial, { ...trial, name: 'idle', goal: '≤ 10 KiB', measured: '11.0 KiB', met: false }],
}

test('a terminal gets a line for each trial', () => {
  expect(trialsToText(results)).toBe(
    ['  row   met  goal      measured', '  p99   yes  ≤ 1.5 ×   1.20 ×', '  idle  NO   ≤ 10 KiB  11.0 KiB', '', 'note: one core only'].join(
      '\n',
    ),
  )
})

test('a page names its bench, date, machine and versions, and what each trial was', () => {
  const page = trialsToMarkdown(results)
  expect(page).toMatch(/^# Data plane\n\nWritten by `node bench\/data-plane.ts`;/)
  expect(page).toContain('- 2026-01-02; A CPU, 2 cores, Linux 6.1, Node v24.0.0\n- gateway 0.1.0, nginx 1.22.1\n- one core only\n')
  expect(page).toContain('| `p99` | latency | ≤ 1.5 × | 1.20 × | yes |\n')
  expect(page).toContain('| `idle` | latency | ≤ 10 KiB | 11.0 KiB | **no** |\n')
})
