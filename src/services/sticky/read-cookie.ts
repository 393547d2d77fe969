import { equalsLower, type Headers } from '../../http/headers.ts'

/** The value of the first cookie with a name; undefined where there is none (RFC 6265 §4.2.1). */
export function readCookie({ raw }: Headers, name: string): string | undefined {
  for (let index = 0; index < raw.length; index += 2) {
    if (!equalsLower(raw[index] as string, 'cookie')) continue
    const value = valueIn(raw[index + 1] as string, name)
    if (value !== undefined) return value
  }
  return undefined
}

/** The name must be all that stands between the pair before and the equals sign. */
function valueIn(cookies: string, name: string): string | undefined {
  for (let at = cookies.indexOf(name); at !== -1; at = cookies.indexOf(name, at + 1)) {
    const equals = at + name.length
    if (cookies[equals] !== '=' || !beginsPair(cookies, at)) continue
    const end = cookies.indexOf(';', equals)
    return unquoted(cookies.slice(equals + 1, end === -1 ? undefined : end).trim())
  }
  return undefined
}

function beginsPair(cookies: string, at: number): boolean {
  let before = at - 1
  while (cookies[before] === ' ' || cookies[before] === '\t') before--
  return before < 0 || cookies[before] === ';'
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
