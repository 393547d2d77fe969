import { badEscape, encodeOctets, escapePath } from './path.ts'

/** Scheme, authority, path, query and fragment (RFC 3986 appendix B). */
const PARTS = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/is

/** User information, a name or an address in brackets, and a port (RFC 3986 §3.2). */
const AUTHORITY = /^(?:[\w\-.~!$&'()*+,;=:%]*@)?(?:\[[\da-f:.]*\]|[\w\-.~!$&'()*+,;=\u{80}-\u{10ffff}]*)(?::\d*)?$/iu

// biome-ignore lint/suspicious/noControlCharactersInRegex: They would end the field, or the head.
const CONTROL = /[\0-\x1f\x7f]/

const NOT_VISIBLE = /[^\x21-\x7e]/gu

/** A URL or a reference as it may stand in a Location field; undefined where it is none (RFC 9110 §10.2.2). */
export function toLocation(text: string): string | undefined {
  const [, scheme, authority, path = '', query = '', fragment = ''] = PARTS.exec(text.toWellFormed()) ?? []
  if (CONTROL.test(text) || badEscape(path) !== undefined || badEscape(fragment) !== undefined) return undefined
  if (authority !== undefined && !AUTHORITY.test(authority)) return undefined
  // Its first segment would be read as a scheme.
  if (scheme === undefined && authority === undefined && /^[^/]*:/.test(path)) return undefined
  const start = `${scheme === undefined ? '' : `${scheme}:`}${authority === undefined ? '' : `//${escapeRest(authority)}`}`
  return start + escapePath(path) + escapeRest(query) + (fragment === '' ? '' : `#${escapePath(fragment.slice(1))}`)
}

function escapeRest(text: string): string {
  return text.replace(NOT_VISIBLE, encodeOctets)
}
