import { expect, test } from 'vitest'
import { toComparison, toMarkdown, toText } from './report.ts'
import type { Cell, Results } from './results.ts'

const cell: Cell = {
  row: 'small',
  proxy: 'gateway',
  requestsPerSecond: 51_234.4,
  p50Micros: 1_250,
  p99Micros: 4_000,
  cpuMicros: 15.04,
  cpuToNginx: 1.5,
  resident: 64 * 1024 * 1024,
  peak: 70 * 1024 * 1024,
  errors: [],
  samples: [],
}

const results: Results = {
  date: '2026-01-02',
  machine: { cpu: 'A CPU', cores: '2', kernel: '6.1', node: 'v24.0.0' },
  versions: { gateway: '0.1.0', nginx: '1.22.1' },
  rounds: 5,
  seconds: 3,
  notes: ['left out: caddy is not installed'],
  cells: [cell, { ...cell, proxy: 'nginx', errors: ['3 read errors', 'it said\nmuch more'] }],
}

test('a terminal gets a table per row, with what is invalid in words', () => {
  expect(toText(results)).toBe(
    [
      'small: GET, 100 octets, 64 connections',
      '  proxy    requests/s  p50 ms  p99 ms  CPU µs/request  × nginx  RSS MiB  peak MiB',
      '  gateway      51,234    1.25    4.00            15.0     1.50       64        70',
      '  nginx    invalid: 3 read errors, it said',
      '',
      'note: left out: caddy is not installed',
    ].join('\n'),
  )
})

test('a page names date, machine and versions', () => {
  const page = toMarkdown(results)
  expect(page).toContain('- 2026-01-02, medians of 5 rounds of 3 s, proxies taking turns\n- A CPU, 2 cores, Linux 6.1, Node v24.0.0\n')
  expect(page).toContain('- gateway 0.1.0, nginx 1.22.1\n- left out: caddy is not installed\n')
  expect(page).toContain('| gateway | 51,234 | 1.25 | 4.00 | 15.0 | 1.50 | 64 | 70 |\n')
})

test('a comparison tells the change of each cell that the recorded result has', () => {
  const now = {
    ...results,
    cells: [
      { ...cell, cpuMicros: 12.0, cpuToNginx: 1.2 },
      { ...cell, proxy: 'caddy' },
    ],
  }
  expect(toComparison(now, results).split('\n').slice(1)).toEqual([
    '  row    proxy    CPU µs/request before   now  change  × nginx before   now',
    '  small  gateway                   15.0  12.0   -20 %            1.50  1.20',
  ])
})
