import { octetAt } from '../http/target.ts'

const PERCENT = 0x25
const PLUS = 0x2b

/** Whether a query has a pair with this key and a value that the test accepts; both are octets. A malformed pair is none. */
export function hasPair(query: string, key: string, accepts: (value: string) => boolean): boolean {
  for (let start = 0; start < query.length; start = endOfPair(query, start) + 1) {
    const value = valueAt(query, start, key)
    if (value !== undefined && accepts(value)) return true
  }
  return false
}

/** The value of the first pair with this key; undefined where there is none. */
export function firstValue(query: string, key: string): string | undefined {
  for (let start = 0; start < query.length; start = endOfPair(query, start) + 1) {
    const value = valueAt(query, start, key)
    if (value !== undefined) return value
  }
  return undefined
}

function endOfPair(query: string, start: number): number {
  const ampersand = query.indexOf('&', start)
  return ampersand === -1 ? query.length : ampersand
}

/** The value of the pair at `start`; undefined where it has another key or is malformed. */
function valueAt(query: string, start: number, key: string): string | undefined {
  const end = endOfPair(query, start)
  const equals = query.indexOf('=', start)
  const keyEnd = equals === -1 || equals > end ? end : equals
  return fromQuery(query.slice(start, keyEnd)) === key ? fromQuery(query.slice(keyEnd + 1, end)) : undefined
}

/** Decodes a key or a value to its octets (`+` is a space); undefined where an escape is malformed. */
function fromQuery(text: string): string | undefined {
  if (!text.includes('%') && !text.includes('+')) return text
  let octets = ''
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === PERCENT) {
      const octet = octetAt(text, index)
      if (octet === -1) return undefined
      octets += String.fromCharCode(octet)
      index += 2
    } else {
      octets += code === PLUS ? ' ' : text[index]
    }
  }
  return octets
}
