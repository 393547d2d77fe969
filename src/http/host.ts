const TAB = 0x09
const SPACE = 0x20
const COLON = 0x3a
const UPPER_A = 0x41
const BRACKET_OPEN = 0x5b
const BRACKET_CLOSE = 0x5d
const ASCII_END = 0x80

/** The host that rules look at: trimmed, lower case, without port and without the brackets of an IPv6 literal. */
export function canonicalHost(host: string): string {
  let untouched = true
  for (let index = 0; index < host.length; index++) {
    const code = host.charCodeAt(index)
    // Lower-casing beyond ASCII may turn one name into another; no rule can name such a host anyway.
    if (code >= ASCII_END) return host
    if (code <= COLON ? code === COLON || code === SPACE || code === TAB : code >= UPPER_A && code <= BRACKET_OPEN) untouched = false
  }
  return untouched ? host : withoutPort(host.trim()).toLowerCase()
}

/** The port that a Host field names, '' where it names none. */
export function portOfHost(host: string): string {
  const colon = portColon(host)
  return colon === -1 ? '' : host.slice(colon + 1)
}

/** The host without one trailing dot: `a.test.` and `a.test` are the same name (RFC 3986 §3.2.2). */
export function withoutTrailingDot(host: string): string {
  return host.length > 1 && host.endsWith('.') ? host.slice(0, -1) : host
}

function withoutPort(host: string): string {
  const colon = portColon(host)
  const name = colon === -1 ? host : host.slice(0, colon)
  const bracketed = name.charCodeAt(0) === BRACKET_OPEN && name.charCodeAt(name.length - 1) === BRACKET_CLOSE
  return bracketed ? name.slice(1, -1) : name
}

/** The colon before the port; the colons of an IPv6 address, bracketed or bare, are none. */
function portColon(host: string): number {
  const last = host.lastIndexOf(':')
  if (last === -1) return -1
  if (host.charCodeAt(0) === BRACKET_OPEN) return host.charCodeAt(last - 1) === BRACKET_CLOSE ? last : -1
  return host.indexOf(':') === last ? last : -1
}
