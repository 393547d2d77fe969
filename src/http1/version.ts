import { NINE, ZERO } from './octets.ts'

const PREFIX = 'HTTP/'
const DOT = 0x2e

export const VERSION_LENGTH = 8

/** Whether the octet may stand at this place of `HTTP/1.1`: exactly one digit each side of the dot (RFC 9112 §2.3). */
export function fitsVersion(index: number, octet: number): boolean {
  if (index < PREFIX.length) return octet === PREFIX.charCodeAt(index)
  return index === PREFIX.length + 1 ? octet === DOT : octet >= ZERO && octet <= NINE
}
