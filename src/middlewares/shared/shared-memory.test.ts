import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyedHash } from './keyed-hash.ts'
import { LockedSets, wordsOf } from './locked-sets.ts'
import { lock, unlock } from './spin-lock.ts'

const shape = { sets: 4, ways: 2, stride: 4 }

function hashed(hash: KeyedHash, text: string): string {
  hash.update(text)
  return `${hash.low} ${hash.high}`
}

test('the hash of a text depends on all of it, on the key and on the purpose, and on nothing else', () => {
  const hash = new KeyedHash(1, 2)
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 40 }), (one, other) => {
      expect(hashed(hash, one)).toBe(hashed(new KeyedHash(1, 2), one))
      expect(hashed(hash, one) === hashed(hash, other)).toBe(one === other)
      expect(hashed(new KeyedHash(1, 3), one)).not.toBe(hashed(hash, one))
      expect(hashed(hash.derive(one), 'text') === hashed(hash.derive(other), 'text')).toBe(one === other)
    }),
  )
})

test('a hundred thousand neighbouring texts all differ, and fill all sets alike', () => {
  const hash = new KeyedHash(7, 9)
  const seen = new Set<string>()
  const sets = new Array(64).fill(0)
  for (let index = 0; index < 100_000; index++) {
    seen.add(hashed(hash, `10.0.${index >> 8}.${index & 255}`))
    sets[hash.low & 63]++
  }
  expect(seen.size).toBe(100_000)
  expect(Math.min(...sets)).toBeGreaterThan(1_300)
  expect(Math.max(...sets)).toBeLessThan(1_850)
})

test('threads that share a table share its key, and other tables have others', () => {
  const words = new Int32Array(new SharedArrayBuffer(2 * wordsOf(shape) * 4))
  const [one, same] = [new LockedSets({ words, at: 0 }, shape), new LockedSets({ words, at: 0 }, shape)]
  const other = new LockedSets({ words, at: wordsOf(shape) }, shape)
  expect(hashed(one.hash(), 'a')).toBe(hashed(same.hash(), 'a'))
  expect(one.secret()).toEqual(same.secret())
  expect(hashed(other.hash(), 'a')).not.toBe(hashed(one.hash(), 'a'))
})

test('sets do not overlap, and stay within the table', () => {
  const words = new Int32Array(3 * wordsOf(shape))
  const table = new LockedSets({ words, at: wordsOf(shape) }, shape)
  const firsts = [0, 1, 2, 3, 4].map((hash) => {
    const first = table.enter(hash)
    table.words.fill(-1, first, first + shape.ways * shape.stride)
    table.leave(hash)
    return first
  })
  expect(firsts).toEqual([0, 8, 16, 24, 0])
  expect([words[wordsOf(shape) - 1], words[2 * wordsOf(shape)], table.numbers.length * 2]).toEqual([0, 0, table.words.length])
})

test('a lock that a dead thread has left is taken in the end', () => {
  const words = new Int32Array(new SharedArrayBuffer(4))
  lock(words, 0)
  lock(words, 0)
  unlock(words, 0)
  expect(words[0]).toBe(0)
})
