import { isUtf8 } from 'node:buffer'
import { RuleError } from './rule-error.ts'

/** The escapes of a Go string that stand for one octet. */
const SIMPLE: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['b', 8],
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
  ['"', 34],
  ['\\', 92],
])

/** Digits that follow the letter of a numeric escape. */
const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
])

const EXPECTED_ESCAPE = 'a Go escape such as \\\\ or \\n; in back quotes a backslash is just a backslash'

/** Reads the Go string that opens with the double quote at `start`; the length counts both quotes. */
export function readDoubleQuoted(rule: string, start: number): { value: string; length: number } {
  // Escapes name octets, and several of them may make one character: the value is put together as octets.
  const octets: Buffer[] = []
  let at = start + 1
  for (;;) {
    const character = rule[at]
    if (character === undefined || character === '\n') {
      throw new RuleError('the string is never closed', { column: start + 1, length: at - start }, { expected: '"' })
    }
    if (character === '"') break
    const next = character === '\\' ? readEscape(rule, at) : readPlain(rule, at)
    octets.push(next.octets)
    at += next.length
  }
  const length = at + 1 - start
  const value = Buffer.concat(octets)
  if (!isUtf8(value)) throw new RuleError('the string is not UTF-8', { column: start + 1, length })
  return { value: value.toString('utf8'), length }
}

interface Piece {
  readonly octets: Buffer
  readonly length: number
}

function readPlain(rule: string, start: number): Piece {
  let end = start + 1
  while (end < rule.length && !'"\\\n'.includes(rule[end] as string)) end++
  return { octets: Buffer.from(rule.slice(start, end), 'utf8'), length: end - start }
}

function readEscape(rule: string, start: number): Piece {
  const letter = rule[start + 1] ?? ''
  const simple = SIMPLE.get(letter)
  if (simple !== undefined) return { octets: Buffer.of(simple), length: 2 }
  const hexDigits = HEX_DIGITS.get(letter)
  if (hexDigits !== undefined) return readNumeric(rule, start, 2, { digits: hexDigits, radix: 16 })
  if (letter >= '0' && letter <= '7') return readNumeric(rule, start, 1, { digits: 3, radix: 8 })
  throw new RuleError(`unknown escape "\\${letter}"`, { column: start + 1, length: 1 + letter.length }, { expected: EXPECTED_ESCAPE })
}

function readNumeric(rule: string, start: number, skip: number, form: { digits: number; radix: 8 | 16 }): Piece {
  const from = start + skip
  const text = rule.slice(from, from + form.digits)
  const allowed = form.radix === 8 ? '01234567' : '0123456789abcdefABCDEF'
  const place = { column: start + 1, length: skip + text.length }
  if (text.length < form.digits || ![...text].every((digit) => allowed.includes(digit))) {
    throw new RuleError('the escape is not complete', place, { expected: `${form.digits} digits of base ${form.radix}` })
  }
  const value = Number.parseInt(text, form.radix)
  const isOctet = form.digits <= 3
  const isValid = isOctet ? value <= 0xff : value <= 0x10ffff && !(value >= 0xd800 && value <= 0xdfff)
  if (!isValid) throw new RuleError('the escape names no character', place)
  return { octets: isOctet ? Buffer.of(value) : Buffer.from(String.fromCodePoint(value), 'utf8'), length: skip + form.digits }
}
