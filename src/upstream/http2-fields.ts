import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import type { RequestHead } from '../http/request.ts'
import { isConnectionField, isHost } from '../http1/noted-fields.ts'
import { isIn, TARGET, TCHAR } from '../http1/octets.ts'
import { isTrailerField, keepTrailerFields } from '../http1/trailer-fields.ts'
import { isFieldName, isFieldValue } from '../http2/field-text.ts'

const COLON = 0x3a

const STATUS = /^[1-9]\d\d$/
const LENGTH = /^\d{1,15}$/

/** Fields that speak of a connection are malformed in HTTP/2 (RFC 9113 §8.2.2); `isConnectionField` knows the others. */
const FOREIGN: ReadonlySet<string> = new Set(['http2-settings', 'keep-alive', 'proxy-connection', 'te'])

/** The fields of a request as a flat list in lower case, pseudo fields first (RFC 9113 §8.3.1); an error where one is not valid. */
export function requestFields(request: RequestHead, scheme: 'http' | 'https', authority: string): string[] | GatewayError {
  const { method, target, body } = request
  const { raw, isRead } = request.headers
  if (!isMadeOf(method, TCHAR) || !isMadeOf(target, TARGET) || authority === '' || !isFieldValue(authority)) return badRequest()
  const fields = [':method', method, ':scheme', scheme, ':authority', authority, ':path', target]
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    const value = raw[index + 1] as string
    if (isHost(name) || isConnectionField(name)) continue
    const lowerName = name.toLowerCase()
    // TE may say one thing only, and only between two hops that both speak HTTP/2.
    if (FOREIGN.has(lowerName) && !(lowerName === 'te' && value === 'trailers')) continue
    if (!isRead && !isField(lowerName, value)) return badRequest()
    fields.push(lowerName, value)
  }
  if (body !== undefined && body.length >= 0) fields.push('content-length', String(body.length))
  return fields
}

/** The status of a response, or 0 where it has none or one that HTTP/2 does not know (RFC 9113 §8.6). */
export function statusOf(fields: readonly string[]): number {
  const [name, value = ''] = fields
  return name === ':status' && STATUS.test(value) && value !== '101' ? Number(value) : 0
}

/** The fields of a response without its status; undefined where they speak of the connection, or of two lengths. */
export function responseHeaders(statusCode: number, fields: readonly string[]): Headers | undefined {
  const raw: string[] = []
  const headers = new Headers(raw, true)
  for (let index = 2; index < fields.length; index += 2) {
    const name = fields[index] as string
    const value = fields[index + 1] as string
    if (name === 'content-length') {
      const length = Number(value)
      if (!LENGTH.test(value) || (headers.contentLength >= 0 && headers.contentLength !== length)) return undefined
      if (statusCode !== 204) headers.contentLength = length
    } else if (name.charCodeAt(0) === COLON || isConnectionField(name) || FOREIGN.has(name)) return undefined
    else raw.push(name, value)
  }
  return headers
}

/** The fields behind the content of a response; undefined where none may stand there. */
export function responseTrailers(fields: readonly string[]): Headers | undefined {
  const headers = new Headers(fields.filter((_, index) => !(fields[index - (index % 2)] as string).startsWith(':')))
  keepTrailerFields(headers)
  return headers.raw.length === 0 ? undefined : headers
}

/** The fields behind the content of a request, as a flat list. */
export function requestTrailers({ raw }: Headers): string[] {
  const fields: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    const value = raw[index + 1] as string
    if (isTrailerField(name) && isField(name, value)) fields.push(name, value)
  }
  return fields
}

function isField(name: string, value: string): boolean {
  return isFieldName(name) && name.charCodeAt(0) !== COLON && isFieldValue(value)
}

function isMadeOf(text: string, octetClass: number): boolean {
  for (let index = 0; index < text.length; index++) if (!isIn(text.charCodeAt(index), octetClass)) return false
  return text !== ''
}

function badRequest(): GatewayError {
  return new GatewayError('GTW_INTERNAL', 'the request to the server would not be valid')
}
