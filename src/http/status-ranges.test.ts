import { expect, test } from 'vitest'
import { expectedOfRange, StatusRanges } from './status-ranges.ts'

test('a status is in a range that holds it, both ends included', () => {
  const ranges = new StatusRanges(['404', '500-599', ' 200 - 201 '])
  const held = [200, 201, 202, 403, 404, 405, 499, 500, 599, 600].filter((status) => ranges.has(status))
  expect(held).toEqual([200, 201, 404, 500, 599])
  expect(new StatusRanges([]).has(200)).toBe(false)
})

test('what is no status and no range is told', () => {
  expect(['404', '500-599'].map(expectedOfRange)).toEqual([undefined, undefined])
  for (const text of ['', 'x', '5xx', '500-', '-500', '500-599-600', '50']) expect(expectedOfRange(text)).toContain('500-599')
})
