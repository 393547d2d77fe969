import { expect, test } from 'vitest'
import { fnv64 } from './fnv.ts'

test.each([
  ['', 0xcbf29ce484222325n],
  ['a', 0xaf63bd4c8601b7ben],
  ['foobar', 0x340d8765a4dda9c2n],
])('the hash of "%s" is the one that its authors published', (text, hash) => {
  expect(fnv64(text)).toBe(hash)
})
