import { isUtf8 } from 'node:buffer'
import { octetAt } from '../../http/target.ts'

const NO_UTF8 = 0xff

/** A path with every escape decoded; octets that are no UTF-8 stay escaped, so that two different paths never look alike. */
export function decodedPath(path: string): string {
  let percent = path.indexOf('%')
  if (percent === -1) return path
  let decoded = ''
  let copied = 0
  for (; percent !== -1; percent = path.indexOf('%', copied)) {
    const length = escapedLength(path, percent)
    decoded += path.slice(copied, percent) + decodedCharacter(path, percent, length)
    copied = percent + length
  }
  return decoded + path.slice(copied)
}

/** How much of a path the first so many characters are once it is decoded. */
export function escapedLengthOf(path: string, characters: number): number {
  let at = 0
  for (let left = characters; left > 0; ) {
    const length = path[at] === '%' ? escapedLength(path, at) : 1
    left -= length === 1 ? 1 : decodedCharacter(path, at, length).length
    at += length
  }
  return at
}

/** The length of the escapes at `percent` that make one character together; 1 where they make none. */
function escapedLength(path: string, percent: number): number {
  const length = 3 * octetsOfCharacter(octetAt(path, percent))
  return isUtf8(octetsIn(path, percent, length)) ? length : 1
}

function decodedCharacter(path: string, percent: number, length: number): string {
  return length === 1 ? '%' : octetsIn(path, percent, length).toString()
}

/** How many octets a character has whose first one this is (RFC 3629 §3). */
function octetsOfCharacter(first: number): number {
  if (first < 0xc2) return 1
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : 4
}

/** The octets of escapes; where something else stands there, an octet that is in no text. */
function octetsIn(path: string, percent: number, length: number): Buffer {
  const octets: number[] = []
  for (let at = percent; at < percent + length; at += 3) {
    const octet = octetAt(path, at)
    octets.push(octet === -1 ? NO_UTF8 : octet)
  }
  return Buffer.from(octets)
}
