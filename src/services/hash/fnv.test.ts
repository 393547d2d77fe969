import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fnv1a, fnv1Hex } from './fnv.ts'

const PRIME = 0x100000001b3n

function fnv1a(octets: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n
  for (const octet of octets) hash = ((hash ^ BigInt(octet)) * PRIME) % 2n ** 64n
  return hash
}

test('the published vectors of FNV-1a hold', () => {
  for (const [text, hex] of [
    ['', 'cbf29ce484222325'],
    ['a', 'af63dc4c8601ec8c'],
    ['foobar', '85944171f73967e8'],
  ] as const) {
    const hash = new Fnv1a()
    hash.writeText(text)
    expect(hash.hex).toBe(hex)
  }
})

test('FNV-1 is written without leading zeros', () => {
  expect(fnv1Hex('foobar')).toBe('340d8765a4dda9c2')
  expect(fnv1Hex('')).toBe('cbf29ce484222325')
})

test('two halves give what 64 bits give, and their share of 2^64', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (octets) => {
      const hash = new Fnv1a()
      hash.writeOctets(octets)
      expect(BigInt(`0x${hash.hex}`)).toBe(fnv1a(octets))
      expect(hash.share).toBe(Number(fnv1a(octets)) / 2 ** 64)
    }),
  )
})

test('a hash goes on from where another one is, and leaves that one alone', () => {
  const [first, second] = [new Fnv1a(), new Fnv1a()]
  first.writeText('foo')
  second.copy(first)
  second.writeText('bar')
  expect(second.hex).toBe('85944171f73967e8')
  first.writeText('bar')
  expect(first.hex).toBe(second.hex)
  first.reset()
  expect(first.hex).toBe('cbf29ce484222325')
})
