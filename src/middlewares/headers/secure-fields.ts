import { randomBytes } from 'node:crypto'
import { CheckedField } from '../../http/checked-field.ts'
import type { RequestHead } from '../../http/request.ts'
import { toFieldValue } from '../shared/field-text.ts'
import type { HeadersOptions } from './options.ts'

const NONCE = '$NONCE'
const NONCE_OCTETS = 16

/** The fields by which a server asks browsers to be careful. */
export class SecureFields {
  readonly #clear: readonly CheckedField[]
  readonly #secure: readonly CheckedField[]
  /** Fields by which a proxy in front tells that the client uses TLS; names in lower case. */
  readonly #proofs: readonly (readonly [name: string, value: string])[]
  readonly #hasNonce: boolean

  constructor(options: HeadersOptions) {
    const always = fieldsOf(options)
    const { publicKey = '', isDevelopment, forceSTSHeader } = options
    const sts = isDevelopment ? [] : stsField(options)
    this.#clear = [...(forceSTSHeader ? sts : []), ...always]
    this.#secure = [
      ...sts,
      ...always,
      ...(publicKey === '' || isDevelopment ? [] : [new CheckedField('Public-Key-Pins', toFieldValue(publicKey))]),
    ]
    this.#proofs = Object.entries(options.sslProxyHeaders ?? {}).map(([name, value]) => [name.toLowerCase(), value])
    this.#hasNonce = always.some(({ value }) => value.includes(NONCE))
  }

  get isEmpty(): boolean {
    return this.#secure.length === 0
  }

  /** The fields for the response to a request. */
  forRequest(request: RequestHead): readonly CheckedField[] {
    const fields = this.#isSecure(request) ? this.#secure : this.#clear
    if (!this.#hasNonce) return fields
    const nonce = `'nonce-${randomBytes(NONCE_OCTETS).toString('base64')}'`
    return fields.map(({ name, value }) => new CheckedField(name, value.replaceAll(NONCE, nonce)))
  }

  #isSecure({ scheme, headers }: RequestHead): boolean {
    if (scheme === 'https') return true
    for (const [name, value] of this.#proofs) if (headers.get(name) === value) return true
    return false
  }
}

function stsField({ stsSeconds = 0n, stsIncludeSubdomains, stsPreload }: HeadersOptions): CheckedField[] {
  if (stsSeconds === 0n) return []
  const value = `max-age=${stsSeconds}${stsIncludeSubdomains ? '; includeSubDomains' : ''}${stsPreload ? '; preload' : ''}`
  return [new CheckedField('Strict-Transport-Security', value)]
}

function fieldsOf(options: HeadersOptions): CheckedField[] {
  const fields: readonly (readonly [name: string, value: string | undefined])[] = [
    ['X-Frame-Options', options.customFrameOptionsValue || (options.frameDeny ? 'DENY' : '')],
    ['X-Content-Type-Options', options.contentTypeNosniff ? 'nosniff' : ''],
    ['X-XSS-Protection', options.customBrowserXSSValue || (options.browserXssFilter ? '1; mode=block' : '')],
    ['Content-Security-Policy', options.contentSecurityPolicy],
    ['Content-Security-Policy-Report-Only', options.contentSecurityPolicyReportOnly],
    ['Referrer-Policy', options.referrerPolicy],
    ['Permissions-Policy', options.permissionsPolicy],
  ]
  return fields.flatMap(([name, value = '']) => (value === '' ? [] : [new CheckedField(name, toFieldValue(value))]))
}
