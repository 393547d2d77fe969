import { expect, test } from 'vitest'
import type { Measured, Sample } from '../results.ts'
import { cpuRatio, dueAfter, isFlat, kibibytes, liveHeaps, mebibytes, medianFigure, parseSystemCalls, percentile } from './figures.ts'

const sampleOf = (cpuMicros: number): Sample => ({ requestsPerSecond: 1, p50Micros: 1, p99Micros: 1, cpuMicros, resident: 1, peak: 1 })
const measured = (proxy: string, cpuMicros: readonly number[], errors: readonly string[] = []): Measured => ({
  proxy,
  samples: cpuMicros.map(sampleOf),
  errors,
})

test('a ratio is the median of the ratios round by round', () => {
  const both = [measured('a', [10, 40, 30]), measured('b', [10, 20, 10])]
  expect(cpuRatio(both, 'a', 'b')).toBe(2)
  expect(cpuRatio([measured('a', [10, 40, 30]), measured('b', [5])], 'a', 'b')).toBe(2)
  expect(medianFigure(both, 'a', 'cpuMicros')).toBe(30)
})

test('a proxy that failed or was not measured is no part of a ratio', () => {
  expect(() => cpuRatio([measured('a', [1]), measured('b', [1], ['3 read errors'])], 'a', 'b')).toThrow('b: 3 read errors')
  expect(() => cpuRatio([measured('a', [1])], 'a', 'b')).toThrow('b: not measured')
  expect(() => medianFigure([measured('a', [])], 'a', 'cpuMicros')).toThrow('a: not measured')
})

const growths = [
  { samples: [100, 200, 105], flat: true },
  { samples: [100, 106], flat: false },
  { samples: [100], flat: true },
  { samples: [], flat: false },
]

for (const { samples, flat } of growths) {
  test(`${samples.length === 0 ? 'nothing' : samples.join(', ')} is ${flat ? '' : 'not '}flat within 5 %`, () => {
    expect(isFlat(samples, 1.05)).toBe(flat)
  })
}

test('octets are told in words', () => {
  expect(mebibytes(120.4 * 1024 * 1024)).toBe('120 MiB')
  expect(kibibytes(10_240)).toBe('10.0 KiB')
})

test('a percentile is the value at its rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
  expect([percentile(hundred, 0.99), percentile(hundred, 0.5), percentile([7], 0.99)]).toEqual([99, 50, 7])
  expect(percentile([], 0.99)).toBeNaN()
})

test('at a constant rate requests fall due evenly', () => {
  expect([0, 0.9, 1, 999.99, 1000].map((elapsedMs) => dueAfter(elapsedMs, 1000))).toEqual([0, 0, 1, 999, 1000])
  expect(dueAfter(1, 2500)).toBe(2)
})

test('reads and writes of a table of strace are counted, with and without errors', () => {
  const table = `strace: Process 7 attached with 11 threads
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.520000          15     33000           write
 30.00    0.200000           6     33012        12 read
  5.00    0.010000           6       100           writev
  5.00    0.010000           6       200           epoll_pwait
------ ----------- ----------- --------- --------- ----------------
100.00    0.740000          11     66312        12 total
`
  expect(parseSystemCalls(table)).toEqual({
    calls: { write: 33_000, read: 33_012, writev: 100, epoll_pwait: 200 },
    reads: 33_012,
    writes: 33_100,
  })
})

test('what lives in each heap after its first and last full collection is told', () => {
  const trace = `[7:0x11]      675 ms: Mark-Compact 14.3 (29.0) -> 12.0 (29.8) MB, pooled: 0 MB
2026-01-02T00:00:00Z INF configuration 2 is live
[7:0x2f]      700 ms: Mark-Compact (reduce) 25.7 (88.0) -> 12.6 (85.5) MB, pooled: 2 MB
[7:0x11]      800 ms: Scavenge 67.6 (153.0) -> 18.1 (153.0) MB, pooled: 4 MB
[7:0x11]      900 ms: Mark-Compact 31.9 (156.8) -> 12.7 (153.0) MB, pooled: 4 MB
`
  expect(liveHeaps(trace)).toEqual([
    [12, 12.7],
    [12.6, 12.6],
  ])
})
