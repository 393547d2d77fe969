import type { RequestHead } from '../http/request.ts'
import { isAuthority, sameAuthority } from './authority.ts'
import { SLASH } from './octets.ts'
import { type Refusal, refusal } from './refusal.ts'

const BAD_FORM = refusal('GTW_TARGET_INVALID', 'neither a path nor an absolute http or https address')
const BAD_ASTERISK = refusal('GTW_TARGET_INVALID', '* is for OPTIONS')
const BAD_AUTHORITY = refusal('GTW_TARGET_INVALID', 'the host of the address is not valid')
const OTHER_HOST = refusal('GTW_HOST_INVALID', 'the Host field names another host than the target')

/**
 * Reads a request target (RFC 9112 §3.2) into path, query and, for the absolute form, host. No URL parser comes near it: one
 * would take `//host` for a host and turn `\` into `/`.
 */
export function readTarget(request: RequestHead, target: string): Refusal | undefined {
  if (target.charCodeAt(0) === SLASH) {
    splitQuery(request, target)
    return undefined
  }
  if (target === '*' && request.method === 'OPTIONS') {
    request.path = target
    return undefined
  }
  return target.startsWith('*') ? BAD_ASTERISK : readAbsolute(request, target)
}

function readAbsolute(request: RequestHead, target: string): Refusal | undefined {
  const scheme = target.slice(0, target.indexOf('://') + 3).toLowerCase()
  if (scheme !== 'http://' && scheme !== 'https://') return BAD_FORM
  const pathStart = endOfAuthority(target, scheme.length)
  const authority = target.slice(scheme.length, pathStart)
  if (!isAuthority(authority)) return BAD_AUTHORITY
  if (request.host === '') request.host = authority
  else if (!sameAuthority(authority, request.host, scheme === 'http://' ? ':80' : ':443')) return OTHER_HOST
  splitQuery(request, target.slice(pathStart))
  // The absolute form of `*` is an address without a path (RFC 9112 §3.2.4).
  if (request.path === '') request.path = request.method === 'OPTIONS' && request.query === undefined ? '*' : '/'
  return undefined
}

function endOfAuthority(target: string, start: number): number {
  const slash = target.indexOf('/', start)
  const mark = target.indexOf('?', start)
  if (slash === -1) return mark === -1 ? target.length : mark
  return mark === -1 ? slash : Math.min(slash, mark)
}

function splitQuery(request: RequestHead, target: string): void {
  const mark = target.indexOf('?')
  request.path = mark === -1 ? target : target.slice(0, mark)
  request.query = mark === -1 ? undefined : target.slice(mark + 1)
}
