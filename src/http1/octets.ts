const TAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SPACE = 0x20
export const QUOTE = 0x22
export const SLASH = 0x2f
export const ZERO = 0x30
export const NINE = 0x39
export const COLON = 0x3a
export const SEMICOLON = 0x3b
export const EQUALS = 0x3d
export const BACKSLASH = 0x5c

/** RFC 9110 §5.6.2: what methods, field names and protocol names are made of. */
export const TCHAR = 1
/** RFC 9110 §5.5: field-vchar, obs-text, SP and HTAB. */
export const FIELD = 2
/** What may stand in a request target; `#` starts a fragment, which is never sent (RFC 9112 §3.2). */
export const TARGET = 4
export const HEX = 8
/** RFC 3986 §3.2.2: reg-name without the comma, which would look like a list of hosts. */
export const REG_NAME = 16
/** RFC 9110 §5.6.3. */
export const BLANK = 32
/** RFC 9110 §5.6.4: what stands unescaped between quotes. */
export const QDTEXT = 64

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The classes that each octet belongs to, as bits. */
const OCTETS = octetClasses()

/** Whether an octet (or character code) belongs to a class. */
export function isIn(octet: number, octetClass: number): boolean {
  return octet < 256 && ((OCTETS[octet] as number) & octetClass) !== 0
}

/** The first offset at or behind `at` whose octet is not in the class, or `stop`. */
export function skip(bytes: Buffer, at: number, stop: number, octetClass: number): number {
  while (at < stop && ((OCTETS[bytes[at] as number] as number) & octetClass) !== 0) at++
  return at
}

function octetClasses(): Uint8Array {
  const classes = new Uint8Array(256)
  for (let octet = SPACE; octet < 256; octet++) if (octet !== 0x7f) mark(classes, octet, FIELD | QDTEXT)
  for (let octet = 0x21; octet < 0x7f; octet++) mark(classes, octet, TARGET)
  for (const octet of [TAB, SPACE]) mark(classes, octet, FIELD | QDTEXT | BLANK)
  markAll(classes, `${ALPHANUMERIC}!#$%&'*+-.^_\`|~`, TCHAR)
  markAll(classes, `${ALPHANUMERIC}-._~!$&'()*+;=%`, REG_NAME)
  markAll(classes, '0123456789ABCDEFabcdef', HEX)
  unmark(classes, 0x23, TARGET)
  unmark(classes, QUOTE, QDTEXT)
  unmark(classes, BACKSLASH, QDTEXT)
  return classes
}

function markAll(classes: Uint8Array, characters: string, octetClass: number): void {
  for (let index = 0; index < characters.length; index++) mark(classes, characters.charCodeAt(index), octetClass)
}

function mark(classes: Uint8Array, octet: number, octetClass: number): void {
  classes[octet] = (classes[octet] as number) | octetClass
}

function unmark(classes: Uint8Array, octet: number, octetClass: number): void {
  classes[octet] = (classes[octet] as number) & ~octetClass
}
