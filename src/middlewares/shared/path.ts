import { octetAt, sanitizePath } from '../../http/target.ts'

/** What neither a path segment nor an escape may hold (RFC 3986 §3.3). */
const NOT_IN_PATH = /[^\w\-.~!$&'()*+,;=:@/%]/gu

/** A path begins with a slash, whatever was cut off or put in its place. */
export function withSlash(path: string): string {
  return path.startsWith('/') ? path : `/${path}`
}

/** Whether a change laid bare a segment that a server would resolve, as cutting `/api` off `/api../admin` does [CVE-2026-48020]. */
export function isUnclean(path: string): boolean {
  return sanitizePath(path) !== path
}

/** Escapes what may not stand in a path, and leaves the escapes that it holds. */
export function escapePath(text: string): string {
  return text.toWellFormed().replace(NOT_IN_PATH, encodeOctets)
}

/** The first escape that is none, with up to three characters of it; undefined where all are right. */
export function badEscape(text: string): string | undefined {
  for (let percent = text.indexOf('%'); percent !== -1; percent = text.indexOf('%', percent + 3)) {
    if (octetAt(text, percent) === -1) return text.slice(percent, percent + 3)
  }
  return undefined
}

/** Every octet of a text as an escape. */
export function encodeOctets(text: string): string {
  let escaped = ''
  for (const octet of Buffer.from(text)) escaped += `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
  return escaped
}
