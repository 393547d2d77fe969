import { isUtf8 } from 'node:buffer'

const PERCENT = 0x25
const SLASH = 0x2f
const ASCII_END = 0x80

/** RFC 3986 §2.3: an escape of one of these means the same as the character itself. */
const UNRESERVED = octetTable('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~')

/** RFC 3986 §2.2 and `%`: an escape of one of these means something else than the character itself. */
const RESERVED = octetTable(":/?#[]@!$&'()*+,;=%")

/** Decodes the escapes that never matter and upper-cases the others (RFC 3986 §6.2.2); undefined for a malformed escape. */
export function normalizePath(path: string): string | undefined {
  let percent = path.indexOf('%')
  if (percent === -1) return path
  let normal = ''
  let copied = 0
  for (; percent !== -1; percent = path.indexOf('%', copied)) {
    const octet = octetAt(path, percent)
    if (octet === -1) return undefined
    normal += path.slice(copied, percent)
    normal += UNRESERVED[octet] === 1 ? String.fromCharCode(octet) : path.slice(percent, percent + 3).toUpperCase()
    copied = percent + 3
  }
  return normal + path.slice(copied)
}

/** Merges slashes and resolves dot segments, never above the root; a trailing slash stays and an escaped slash is ordinary text. */
export function sanitizePath(path: string): string {
  // A rewritten path may lack its slash; it must still not climb.
  if (path.charCodeAt(0) !== SLASH) return sanitizePath(`/${path}`).slice(1)
  if (path.indexOf('//') === -1 && path.indexOf('/.') === -1) return path
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return kept.length > 0 && path.endsWith('/') ? `/${kept.join('/')}/` : `/${kept.join('/')}`
}

/**
 * The path that rules look at: every escape decoded except those of reserved characters. Octets that are no UTF-8 stay
 * escaped, so that two different paths never look alike.
 */
export function routingPath(path: string): string {
  let percent = path.indexOf('%')
  if (percent === -1) return path
  let decoded = ''
  let copied = 0
  while (percent !== -1) {
    decoded += path.slice(copied, percent)
    copied = endOfRun(path, percent)
    decoded += copied - percent < 3 ? '%' : decodedRun(path.slice(percent, copied))
    percent = path.indexOf('%', copied)
  }
  return decoded + path.slice(copied)
}

/** Keeps a semicolon out of the hands of those who read it as a separator. */
export function encodeSemicolons(query: string): string {
  return query.includes(';') ? query.replaceAll(';', '%3B') : query
}

/** Reads a semicolon as a separator, as the first versions of HTML did. */
export function semicolonsToAmpersands(query: string): string {
  return query.includes(';') ? query.replaceAll(';', '&') : query
}

/** The octet of the escape at `percent`, or -1 where that is no escape. */
export function octetAt(text: string, percent: number): number {
  if (text.charCodeAt(percent) !== PERCENT || percent + 2 >= text.length) return -1
  const high = hexDigit(text.charCodeAt(percent + 1))
  const low = hexDigit(text.charCodeAt(percent + 2))
  return high === -1 || low === -1 ? -1 : high * 16 + low
}

/** The end of one ASCII escape, or of all escapes in a row that are not ASCII; for a lone `%` the place behind it. */
function endOfRun(path: string, percent: number): number {
  const first = octetAt(path, percent)
  if (first === -1) return percent + 1
  let end = percent + 3
  if (first >= ASCII_END) while (octetAt(path, end) >= ASCII_END) end += 3
  return end
}

function decodedRun(run: string): string {
  const first = octetAt(run, 0)
  if (first < ASCII_END) return RESERVED[first] === 1 ? run.toUpperCase() : String.fromCharCode(first)
  const octets = Buffer.from(run.replaceAll('%', ''), 'hex')
  return isUtf8(octets) ? octets.toString('utf8') : run.toUpperCase()
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function octetTable(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}
