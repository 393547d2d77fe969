import { hash } from 'node:crypto'
import { isIPv4 } from 'node:net'
import type { CookieOptions } from './options.ts'

/** What a cookie name may hold (RFC 6265 §4.1.1: a token); everything else becomes an underscore. */
const NOT_TOKEN = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/gu

/** Name of the cookie of a service; the generated one is what Traefik generates, so that its clients stay where they are. */
export function cookieName(configured: string, service: string): string {
  return configured === '' ? `_${hash('sha1', `_TRAEFIK_BACKEND_${service}`).slice(0, 5)}` : configured.replace(NOT_TOKEN, '_')
}

/** The attributes of a Set-Cookie field, with what stands before the first of them (RFC 6265 §4.1.2). */
export function cookieAttributes({ path, domain, maxAge, httpOnly, secure, sameSite }: CookieOptions): string {
  const plainPath = path.replace(/[^\x20-\x7e]|;/g, '')
  const plainDomain = domain.replace(/^\./, '')
  return [
    plainPath === '' ? '' : `; Path=${plainPath}`,
    isDomain(plainDomain) ? `; Domain=${plainDomain}` : '',
    maxAge === 0 ? '' : `; Max-Age=${Math.max(maxAge, 0)}`,
    httpOnly ? '; HttpOnly' : '',
    secure ? '; Secure' : '',
    sameSite === '' ? '' : `; SameSite=${sameSite.charAt(0).toUpperCase()}${sameSite.slice(1).toLowerCase()}`,
  ].join('')
}

/** A host name or an IPv4 address; what is neither would make browsers drop the cookie. */
function isDomain(text: string): boolean {
  if (isIPv4(text)) return true
  const labels = text.split('.')
  return text.length <= 255 && /[a-z]/i.test(text) && labels.every((label) => /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i.test(label))
}
