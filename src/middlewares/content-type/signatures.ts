/** One kind of content, and how to tell it. */
export interface Signature {
  readonly type: string
  readonly matches: (content: Buffer) => boolean
}

const SPACE = 0x20
const GREATER = 0x3e

/** What an HTML document may begin with (mimesniff §7.1); the end of a tag must follow. */
const TAGS = [
  '!DOCTYPE HTML',
  'HTML',
  'HEAD',
  'SCRIPT',
  'IFRAME',
  'H1',
  'DIV',
  'FONT',
  'TABLE',
  'A',
  'STYLE',
  'TITLE',
  'B',
  'BODY',
  'BR',
  'P',
  '!--',
]
const TAG_OCTETS = TAGS.map((tag) => Buffer.from(`<${tag}`))

/** Content that begins with a text. */
export function prefix(type: string, text: string): Signature {
  const start = Buffer.from(text, 'latin1')
  return { type, matches: (content) => startsWith(content, start, 0) }
}

/** Content that begins with octets in hexadecimal; two dots stand for any octet. */
export function octets(type: string, pattern: string): Signature {
  const expected = (pattern.match(/../g) ?? []).map((pair) => (pair === '..' ? -1 : Number.parseInt(pair, 16)))
  return {
    type,
    matches: (content) => content.length >= expected.length && expected.every((octet, at) => octet === -1 || content[at] === octet),
  }
}

/** A container that names itself, then its length, then what it contains. */
export function riff(type: string, container: string, content: string): Signature {
  const [outer, inner] = [Buffer.from(container), Buffer.from(content)]
  return { type, matches: (octets) => startsWith(octets, outer, 0) && startsWith(octets, inner, 8) }
}

/** A text behind any white space. */
export function spaced(text: string): Signature['matches'] {
  const start = Buffer.from(text)
  return (content) => startsWith(content, start, firstNotSpace(content))
}

export function matchHtml(content: Buffer): boolean {
  const start = firstNotSpace(content)
  return TAG_OCTETS.some((tag) => isTag(content, start, tag))
}

/** Whether nothing speaks against text: no control character but those of text. */
export function matchText(content: Buffer): boolean {
  for (let at = firstNotSpace(content); at < content.length; at++) if (isBinary(content[at] as number)) return false
  return true
}

/** A file type box that names a brand beginning with `mp4` (mimesniff §6.2.1). */
export function boxOfMp4(content: Buffer): boolean {
  if (content.length < 12) return false
  const size = content.readUInt32BE(0)
  if (content.length < size || size % 4 !== 0 || content.toString('latin1', 4, 8) !== 'ftyp') return false
  for (let at = 8; at < size; at += 4) {
    // Between the brands stands the number of a version.
    if (at !== 12 && content.toString('latin1', at, at + 3) === 'mp4') return true
  }
  return false
}

function isTag(content: Buffer, start: number, tag: Buffer): boolean {
  const end = content[start + tag.length]
  if (end !== SPACE && end !== GREATER) return false
  for (let at = 0; at < tag.length; at++) if (upperCase(content[start + at] as number) !== tag[at]) return false
  return true
}

function upperCase(octet: number): number {
  return octet >= 0x61 && octet <= 0x7a ? octet - 0x20 : octet
}

function startsWith(content: Buffer, start: Buffer, from: number): boolean {
  return content.length >= from + start.length && content.compare(start, 0, start.length, from, from + start.length) === 0
}

function firstNotSpace(content: Buffer): number {
  let at = 0
  while (at < content.length && isSpace(content[at] as number)) at++
  return at
}

function isSpace(octet: number): boolean {
  return octet === SPACE || octet === 0x09 || octet === 0x0a || octet === 0x0c || octet === 0x0d
}

function isBinary(octet: number): boolean {
  return octet <= 0x08 || octet === 0x0b || (octet >= 0x0e && octet <= 0x1a) || (octet >= 0x1c && octet <= 0x1f)
}
