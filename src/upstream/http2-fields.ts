import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import type { RequestHead } from '../http/request.ts'
import { isFieldText } from '../http1/head-text.ts'
import { isConnectionField, isHost } from '../http1/noted-fields.ts'
import { isIn, TARGET, TCHAR } from '../http1/octets.ts'
import { isTrailerField, keepTrailerFields } from '../http1/trailer-fields.ts'

const COLON = 0x3a

/** Fields that speak of a connection are malformed in HTTP/2 (RFC 9113 §8.2.2); `isConnectionField` knows the others. */
const FOREIGN: ReadonlySet<string> = new Set(['http2-settings', 'keep-alive', 'proxy-connection', 'te'])

/**
 * The fields of a request as a flat list in lower case, pseudo fields first (RFC 9113 §8.3.1). What would make another message
 * of it is an error: node:http2 joins names and values with NUL and does not look for one in them.
 */
export function requestFields(request: RequestHead, scheme: 'http' | 'https', authority: string): string[] | GatewayError {
  const { method, target, body } = request
  const { raw, isRead } = request.headers
  if (!isMadeOf(method, TCHAR) || !isMadeOf(target, TARGET) || !isFieldText(authority)) return badRequest()
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

/** The fields of a response; as they come from a parser that is not ours, the writer reads them again. */
export function responseHeaders(statusCode: number, fields: readonly string[]): Headers {
  const headers = new Headers()
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string
    const value = fields[index + 1] as string
    if (name.charCodeAt(0) === COLON) continue
    if (name !== 'content-length') headers.raw.push(name, value)
    // The session has seen that it is one number, and counts what comes.
    else if (statusCode !== 204) headers.contentLength = Number(value)
  }
  return headers
}

/** The fields behind the content of a response; undefined where none may stand there. */
export function responseTrailers(fields: readonly string[]): Headers | undefined {
  const headers = new Headers(fields.filter((_, index) => !(fields[index - (index % 2)] as string).startsWith(':')))
  keepTrailerFields(headers)
  return headers.raw.length === 0 ? undefined : headers
}

/** The fields behind the content of a request, as `sendTrailers` takes them. */
export function requestTrailers(trailers: Headers | undefined): Record<string, string[]> {
  const fields: Record<string, string[]> = Object.create(null)
  const raw = trailers?.raw ?? []
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    const value = raw[index + 1] as string
    if (!isTrailerField(name) || !isField(name, value)) continue
    fields[name] ??= []
    fields[name].push(value)
  }
  return fields
}

function isField(name: string, value: string): boolean {
  return isMadeOf(name, TCHAR) && (value === '' || isFieldText(value))
}

function isMadeOf(text: string, octetClass: number): boolean {
  for (let index = 0; index < text.length; index++) if (!isIn(text.charCodeAt(index), octetClass)) return false
  return text !== ''
}

function badRequest(): GatewayError {
  return new GatewayError('GTW_INTERNAL', 'the request to the server would not be valid')
}
