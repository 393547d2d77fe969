import { octetAt } from '../http/target.ts'

const PERCENT = 0x25
const PLUS = 0x2b

/** A string of a rule as the octets that arrive on the wire, one per character: that is how fields and queries are held. */
export function toOctets(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** Decodes a key or a value of a query to its octets (`+` is a space); undefined where an escape is malformed. */
export function fromQuery(text: string): string | undefined {
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
