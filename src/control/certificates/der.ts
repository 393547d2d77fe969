// Tags of ASN.1 in DER (X.690): the few that certificates and what is said of them need.
export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OCTET_STRING = 0x04
export const NULL = 0x05
export const OBJECT_IDENTIFIER = 0x06
export const ENUMERATED = 0x0a
export const SEQUENCE = 0x30

const LONG_LENGTH = 0x80
const MOST_LENGTH_OCTETS = 4

/** The tag of an element that only its place gives a meaning; constructed, as those around others are. */
export const contextTag = (number: number, isConstructed = true): number => (isConstructed ? 0xa0 : 0x80) | number

/** One element as it was read. */
export interface Element {
  readonly tag: number
  readonly content: Buffer
  /** With tag and length: what is signed, or hashed. */
  readonly whole: Buffer
}

/** Encodes one element. */
export function encodeDer(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < LONG_LENGTH) return Buffer.concat([Buffer.from([tag, length]), content])
  const octets = length > 0xff ? [length >> 8, length & 0xff] : [length]
  return Buffer.concat([Buffer.from([tag, LONG_LENGTH | octets.length, ...octets]), content])
}

/** Reads elements that stand one behind the other; throws a RangeError where there are none. */
export function decodeDer(octets: Buffer): Element[] {
  const elements: Element[] = []
  for (let at = 0; at < octets.length; ) {
    const { start, end } = extentOf(octets, at)
    elements.push({ tag: octets.readUInt8(at), content: octets.subarray(start, end), whole: octets.subarray(at, end) })
    at = end
  }
  return elements
}

/** The elements within one. */
export const within = ({ content }: Element): Element[] => decodeDer(content)

/** The element at an index, which must be there. */
export function elementAt(elements: readonly Element[], index: number): Element {
  const element = elements[index]
  if (element === undefined) throw new RangeError('an element is missing')
  return element
}

function extentOf(octets: Buffer, at: number): { readonly start: number; readonly end: number } {
  const first = octets.readUInt8(at + 1)
  const more = first < LONG_LENGTH ? 0 : first & ~LONG_LENGTH
  if (first === LONG_LENGTH || more > MOST_LENGTH_OCTETS) throw new RangeError('a length is not valid')
  const start = at + 2 + more
  const end = start + (more === 0 ? first : octets.readUIntBE(at + 2, more))
  if (end > octets.length) throw new RangeError('an element is longer than what is there')
  return { start, end }
}
