import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RuleError } from './rule-error.ts'
import { readDoubleQuoted } from './string-literal.ts'

const cases = [
  { literal: '"a.test"', value: 'a.test' },
  { literal: String.raw`"^/\\d+"`, value: String.raw`^/\d+` },
  { literal: String.raw`"\a\b\t\n\v\f\r\"\\"`, value: '\x07\b\t\n\v\f\r"\\' },
  { literal: String.raw`"\x41\u00e9\U0001F600\101"`, value: 'Aé😀A' },
  { literal: String.raw`"\xc3\xa9"`, value: 'é' },
  { literal: '"é😀"', value: 'é😀' },
  { literal: '""', value: '' },
]

for (const { literal, value } of cases) {
  test(`the string ${literal} is read as Go reads it`, () => {
    expect(readDoubleQuoted(`Host(${literal})`, 5)).toEqual({ value, length: literal.length })
  })
}

const errors = [
  { literal: String.raw`"^/\d+"`, message: String.raw`unknown escape "\d"`, column: 4, length: 2 },
  { literal: String.raw`"a\.b"`, message: String.raw`unknown escape "\."`, column: 3, length: 2 },
  { literal: String.raw`"\'"`, message: String.raw`unknown escape "\'"`, column: 2, length: 2 },
  { literal: String.raw`"\x4"`, message: 'the escape is not complete', column: 2, length: 4 },
  { literal: String.raw`"\18"`, message: 'the escape is not complete', column: 2, length: 4 },
  { literal: String.raw`"\777"`, message: 'the escape names no character', column: 2, length: 4 },
  { literal: String.raw`"\ud800"`, message: 'the escape names no character', column: 2, length: 6 },
  { literal: String.raw`"\U00110000"`, message: 'the escape names no character', column: 2, length: 10 },
  { literal: String.raw`"\xff"`, message: 'the string is not UTF-8', column: 1, length: 6 },
  { literal: '"abc', message: 'the string is never closed', column: 1, length: 4 },
  { literal: '"a\nb"', message: 'the string is never closed', column: 1, length: 2 },
  { literal: '"\\', message: 'unknown escape "\\"', column: 2, length: 1 },
]

for (const { literal, message, column, length } of errors) {
  test(`the string ${JSON.stringify(literal)} is refused at column ${column}`, () => {
    const error = errorOf(() => readDoubleQuoted(literal, 0))
    expect(error).toMatchObject({ message, column, length, code: 'GTW_BAD_RULE' })
  })
}

test('a string in JSON reads as JSON reads it, but for its escaped slashes and surrogates', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(readDoubleQuoted(JSON.stringify(text), 0).value).toBe(text)
    }),
  )
})

function errorOf(call: () => unknown): RuleError {
  try {
    call()
  } catch (error) {
    if (error instanceof RuleError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
