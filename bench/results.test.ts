import { expect, test } from 'vitest'
import { cellsOf, median, type Sample } from './results.ts'

const sampleOf = (cpuMicros: number): Sample => ({
  requestsPerSecond: 1000 / cpuMicros,
  p50Micros: 1,
  p99Micros: 2,
  cpuMicros,
  resident: 3,
  peak: 4,
})

test('the median is the middle one, or the mean of two', () => {
  expect(median([3, 1, 100])).toBe(3)
  expect(median([4, 1, 2, 100])).toBe(3)
  expect(median([])).toBe(0)
})

test('a cell holds medians, and the median of the ratios to nginx round by round', () => {
  const [gateway, nginx] = cellsOf('small', [
    { proxy: 'gateway', samples: [10, 40, 30].map(sampleOf), errors: [] },
    { proxy: 'nginx', samples: [10, 20, 10].map(sampleOf), errors: [] },
  ])
  expect(gateway).toMatchObject({ row: 'small', proxy: 'gateway', cpuMicros: 30, cpuToNginx: 2, resident: 3 })
  expect(nginx).toMatchObject({ cpuMicros: 10, cpuToNginx: 1 })
})

test('an invalid cell has no ratio, and an invalid nginx is no measure', () => {
  const [gateway, nginx] = cellsOf('small', [
    { proxy: 'gateway', samples: [sampleOf(10)], errors: [] },
    { proxy: 'nginx', samples: [sampleOf(10)], errors: ['3 read errors'] },
  ])
  expect(gateway).not.toHaveProperty('cpuToNginx')
  expect(nginx).not.toHaveProperty('cpuToNginx')
})
