import { isUtf8 } from 'node:buffer'

const ASCII_END = 0x80
const REPLACEMENT = '\ufffd'

/** A string of a rule as the octets that arrive on the wire, one per character: that is how fields and queries are held. */
export function toOctets(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** The text that octets stand for; as in Go, every octet that belongs to no character counts as U+FFFD. */
export function toText(octets: string): string {
  for (let index = 0; index < octets.length; index++)
    if (octets.charCodeAt(index) >= ASCII_END) return decode(Buffer.from(octets, 'latin1'))
  return octets
}

function decode(octets: Buffer): string {
  if (isUtf8(octets)) return octets.toString('utf8')
  let text = ''
  for (let at = 0; at < octets.length; ) {
    const character = octets.subarray(at, at + lengthAfter(octets[at] as number))
    const isCharacter = isUtf8(character)
    text += isCharacter ? character.toString('utf8') : REPLACEMENT
    at += isCharacter ? character.length : 1
  }
  return text
}

/** Octets of the character that starts with this one (RFC 3629 §3). */
function lengthAfter(first: number): number {
  if (first < 0xc0) return 1
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : 4
}
