import { COLON, HEX, isIn, NINE, REG_NAME, ZERO } from './octets.ts'

const BRACKET_OPEN = 0x5b
const MAX_PORT = 65_535
const MAX_PORT_DIGITS = 5
const IPV6_GROUPS = 8

/** Whether this is `host` or `host:port` as a Host field may hold it (RFC 9112 §3.2, RFC 3986 §3.2), and not empty. */
export function isAuthority(authority: string): boolean {
  const end = authority.charCodeAt(0) === BRACKET_OPEN ? endOfLiteral(authority) : endOfName(authority)
  if (end <= 0) return false
  return end === authority.length || (authority.charCodeAt(end) === COLON && isPort(authority, end + 1))
}

/** Whether two authorities name the same host and port; an absent port is the default of the scheme. */
export function sameAuthority(one: string, other: string, defaultPort: string): boolean {
  if (one === other) return true
  return withoutPort(one.toLowerCase(), defaultPort) === withoutPort(other.toLowerCase(), defaultPort)
}

function withoutPort(authority: string, port: string): string {
  return authority.endsWith(port) ? authority.slice(0, -port.length) : authority
}

function endOfName(authority: string): number {
  let at = 0
  while (at < authority.length && isIn(authority.charCodeAt(at), REG_NAME)) at++
  return at
}

function isPort(authority: string, start: number): boolean {
  const digits = authority.length - start
  if (digits < 1 || digits > MAX_PORT_DIGITS) return false
  let port = 0
  for (let at = start; at < authority.length; at++) {
    const code = authority.charCodeAt(at)
    if (code < ZERO || code > NINE) return false
    port = port * 10 + code - ZERO
  }
  return port <= MAX_PORT
}

/** The end of an IPv6 literal that starts the text, or -1; zones and future literals are refused. */
function endOfLiteral(authority: string): number {
  const close = authority.indexOf(']')
  return close !== -1 && isIpv6(authority.slice(1, close)) ? close + 1 : -1
}

function isIpv6(address: string): boolean {
  const gap = address.indexOf('::')
  if (gap === -1) return groupsIn(address) === IPV6_GROUPS
  const before = gap === 0 ? 0 : groupsIn(address.slice(0, gap))
  const after = gap + 2 === address.length ? 0 : groupsIn(address.slice(gap + 2))
  // An IPv4 tail may only stand at the very end, never before the gap.
  return before >= 0 && after >= 0 && before + after < IPV6_GROUPS && address.lastIndexOf('.', gap) === -1
}

/** How many groups the text holds, an IPv4 tail counting for two, or a large negative number where it holds something else. */
function groupsIn(text: string): number {
  const groups = text.split(':', IPV6_GROUPS + 1)
  let count = groups.length
  for (const [index, group] of groups.entries()) {
    if (isGroup(group)) continue
    if (index !== groups.length - 1 || !isIpv4(group)) return -IPV6_GROUPS
    count++
  }
  return count
}

function isGroup(group: string): boolean {
  if (group.length < 1 || group.length > 4) return false
  for (let at = 0; at < group.length; at++) if (!isIn(group.charCodeAt(at), HEX)) return false
  return true
}

function isIpv4(text: string): boolean {
  const numbers = text.split('.', 5)
  return numbers.length === 4 && numbers.every(isByte)
}

function isByte(text: string): boolean {
  if (text.length < 1 || text.length > 3 || (text.length > 1 && text.charCodeAt(0) === ZERO)) return false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < ZERO || code > NINE) return false
  }
  return Number(text) < 256
}
