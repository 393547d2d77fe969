import { constantFrom, integer, property, assert as prove } from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseBoolean, parseDuration, parseInteger, parseNumber, splitList } from './scalars.ts'

const durations: [string | number, number | undefined, string?][] = [
  [10, 10_000, '10s'],
  ['10', 10_000, '10s'],
  ['0', 0, '0s'],
  ['-0s', 0, '0s'],
  ['1m30s', 90_000, '1m30s'],
  ['1.5h', 5_400_000, '1h30m0s'],
  ['-1ms', -1, '-1ms'],
  ['+2s', 2_000, '2s'],
  ['.5s', 500, '500ms'],
  ['1.s', 1_000, '1s'],
  ['100us', 0.1, '100µs'],
  ['100µs', 0.1, '100µs'],
  ['100μs', 0.1, '100µs'],
  ['1ns', 0.000001, '1ns'],
  ['0.1ms0.2ms', 0.3, '300µs'],
  ['1.0000005ms', 1, '1ms'],
  ['9223372036s', 9_223_372_036_000, '2562047h47m16s'],
  ['9223372037s', undefined],
  ['99999999999999999999', undefined],
  [1.5, undefined],
  ['', undefined],
  ['10 s', undefined],
  ['1d', undefined],
  ['s', undefined],
  ['.s', undefined],
  ['1m-30s', undefined],
  ['1M', undefined],
]
for (const [raw, ms, printed] of durations) {
  test(`the duration ${JSON.stringify(raw)} is ${ms ?? 'refused'}${ms === undefined ? '' : ' ms'}`, () => {
    expect(parseDuration(raw)).toBe(ms)
    if (ms !== undefined) expect(formatDuration(ms)).toBe(printed)
  })
}

test('a duration that is printed is read as the same duration', () => {
  const unit = constantFrom(0.000001, 0.001, 1, 1_000, 60_000, 3_600_000)
  prove(
    property(integer({ min: -2_000_000, max: 2_000_000 }), unit, (count, size) => {
      const ms = parseDuration(formatDuration(count * size)) ?? Number.NaN
      expect(ms).toBeCloseTo(count * size, 6)
      expect(formatDuration(ms)).toBe(formatDuration(count * size))
    }),
  )
})

test('booleans have twelve spellings', () => {
  expect(['1', 't', 'T', 'TRUE', 'true', 'True', true, 1].map(parseBoolean)).toEqual(Array(8).fill(true))
  expect(['0', 'f', 'F', 'FALSE', 'false', 'False', false, 0].map(parseBoolean)).toEqual(Array(8).fill(false))
  expect(['yes', 'on', '', 'tRue', 2, ' true'].map(parseBoolean)).toEqual(Array(6).fill(undefined))
})

test('integers are decimal, of any size', () => {
  expect([1, -1, '0012', '+5', 7n, '9223372036854775808'].map(parseInteger)).toEqual([1n, -1n, 12n, 5n, 7n, 9223372036854775808n])
  expect([1.5, '1.0', '0x10', '', ' 1', '1e3', true, Number.NaN, Infinity].map(parseInteger)).toEqual(Array(9).fill(undefined))
})

test('numbers are decimal and finite', () => {
  expect([1.5, '1.5', '.5', '5.', '-1e3', 2n].map(parseNumber)).toEqual([1.5, 1.5, 0.5, 5, -1000, 2])
  expect(['', '.', '0x10', 'NaN', 'Infinity', '1e999', Number.NaN, true].map(parseNumber)).toEqual(Array(8).fill(undefined))
})

test('a comma-separated list is trimmed and has no empty items', () => {
  expect(splitList(' web , b,,c ')).toEqual(['web', 'b', 'c'])
  expect(splitList('')).toEqual([])
})
