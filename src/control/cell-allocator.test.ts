import { expect, test } from 'vitest'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { CellAllocator } from './cell-allocator.ts'

const wanted = (...keys: string[]): ReadonlyMap<string, number> => new Map(keys.map((key) => [key, 8]))

test('a key keeps its cells over every snapshot that wants it', () => {
  const allocator = new CellAllocator(new FakeTimers())
  const { a } = allocator.place(wanted('a', 'b'))
  expect(allocator.place(wanted('c', 'a'))).toMatchObject({ a })
  expect(allocator.cells('a', 8)).toEqual({ words: allocator.words, at: a })
})

test('keys never share cells', () => {
  const allocator = new CellAllocator(new FakeTimers())
  const places = Object.values(allocator.place(new Map([...wanted('a', 'b'), ['large', 1000], ['c', 8]]))).sort((one, other) => one - other)
  expect(places).toHaveLength(4)
  expect((places[3] as number) - (places[2] as number)).toBeGreaterThanOrEqual(1000)
  expect(new Set(places).size).toBe(4)
})

test('cells are given to another key only when nothing can be under way in them, and then they are empty', () => {
  const timers = new FakeTimers()
  const allocator = new CellAllocator(timers, 16)
  const { a = -1 } = allocator.place(wanted('a'))
  Atomics.store(allocator.words, a, 7)
  allocator.place(wanted())
  expect(() => allocator.place(wanted('b'))).toThrow(RangeError)
  timers.advance(600_000)
  expect(allocator.place(wanted('b'))).toEqual({ b: a })
  expect(allocator.words[a]).toBe(0)
})

test('a key that comes back in time finds its cells as they were', () => {
  const timers = new FakeTimers()
  const allocator = new CellAllocator(timers)
  const { a = -1 } = allocator.place(wanted('a'))
  Atomics.store(allocator.words, a, 7)
  allocator.place(wanted('b'))
  timers.advance(599_000)
  allocator.place(wanted('a'))
  timers.advance(600_000)
  expect(allocator.place(wanted('a'))).toEqual({ a })
  expect(allocator.words[a]).toBe(7)
})

test('names that objects have of themselves are keys like others', () => {
  const allocator = new CellAllocator(new FakeTimers())
  expect(Object.keys(allocator.place(wanted('__proto__', 'constructor')))).toEqual(['__proto__', 'constructor'])
})
