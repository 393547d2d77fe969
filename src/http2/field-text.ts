import { BLANK, FIELD, isIn, TCHAR } from '../http1/octets.ts'

const COLON = 0x3a
const UPPER_A = 0x41
const UPPER_Z = 0x5a

/** Whether a text may be the name of a field or, with a colon in front, of a pseudo field (RFC 9113 §8.2.1). */
export function isFieldName(name: string): boolean {
  const start = name.charCodeAt(0) === COLON ? 1 : 0
  for (let index = start; index < name.length; index++) {
    const octet = name.charCodeAt(index)
    if (!isIn(octet, TCHAR) || (octet >= UPPER_A && octet <= UPPER_Z)) return false
  }
  return name.length > start
}

/** Whether a text may be the value of a field: no control octets, and no blank at either end (RFC 9113 §8.2.1). */
export function isFieldValue(value: string): boolean {
  const { length } = value
  for (let index = 0; index < length; index++) if (!isIn(value.charCodeAt(index), FIELD)) return false
  return length === 0 || !(isIn(value.charCodeAt(0), BLANK) || isIn(value.charCodeAt(length - 1), BLANK))
}
