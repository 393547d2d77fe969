import { equalsLower } from '../http/headers.ts'
import { toOctets, toText } from './octets.ts'
import type { Predicate } from './route-input.ts'

/** Fields that are no header fields to a rule: the host has its own matcher, the others are framing. */
const NEVER_FIELDS: ReadonlySet<string> = new Set(['host', 'transfer-encoding', 'trailer'])

/** Whether a field has exactly this value. */
export function fieldEquals(field: string, text: string): Predicate {
  const name = field.toLowerCase()
  const value = toOctets(text)
  // The parser took the length out of the list of fields (RFC 9112 §6.3).
  if (name === 'content-length') return contentLengthThat((length) => length === value)
  if (NEVER_FIELDS.has(name)) return () => false
  return ({ request }) => hasField(request.headers.raw, name, value)
}

/** Whether a field has a value that the test accepts; the test is shown text. */
export function fieldThat(field: string, accepts: (value: string) => boolean): Predicate {
  const name = field.toLowerCase()
  if (name === 'content-length') return contentLengthThat(accepts)
  if (NEVER_FIELDS.has(name)) return () => false
  return ({ request }) => {
    const { raw } = request.headers
    for (let index = 0; index < raw.length; index += 2) {
      if (equalsLower(raw[index] as string, name) && accepts(toText(raw[index + 1] as string))) return true
    }
    return false
  }
}

function hasField(raw: readonly string[], lowerName: string, value: string): boolean {
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index + 1] === value && equalsLower(raw[index] as string, lowerName)) return true
  }
  return false
}

function contentLengthThat(accepts: (value: string) => boolean): Predicate {
  return ({ request }) => request.headers.contentLength >= 0 && accepts(`${request.headers.contentLength}`)
}
