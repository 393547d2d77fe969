/** A name and a password. */
export interface BasicCredentials {
  readonly name: string
  readonly password: string
}

const SCHEME = 'basic '
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** Reads the value of an Authorization field (RFC 7617 §2); undefined where it says something else. */
export function readBasic(field: string | undefined): BasicCredentials | undefined {
  if (field === undefined || field.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return undefined
  const encoded = field.slice(SCHEME.length).trim()
  if (encoded.length % 4 !== 0 || !BASE64.test(encoded)) return undefined
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) }
}
