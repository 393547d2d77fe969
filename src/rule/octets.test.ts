import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toOctets, toText } from './octets.ts'

const cases = [
  { octets: 'plain', text: 'plain' },
  { octets: '\xc3\xa9', text: 'é' },
  { octets: '\xe9', text: '\ufffd' },
  { octets: 'a\xe2\x82b', text: 'a\ufffd\ufffdb' },
  { octets: '\xf0\x9f\x98\x80\xff', text: '😀\ufffd' },
  { octets: '\xc0\x80\xed\xa0\x80', text: '\ufffd'.repeat(5) },
]

for (const { octets, text } of cases) {
  test(`the octets ${JSON.stringify(octets)} are read as ${JSON.stringify(text)}`, () => expect(toText(octets)).toBe(text))
}

test('text that was made octets is the same text again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(toText(toOctets(text))).toBe(text)
    }),
  )
})
