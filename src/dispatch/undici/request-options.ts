import { GatewayError } from '../../errors.ts'
import type { RequestHead } from '../../http/request.ts'
import { toFieldList, toHeaders } from './fields.ts'
import { ReadableContent } from './readable-content.ts'
import { StreamedBody } from './streamed-body.ts'
import type { UndiciOptions } from './types.ts'

/** Where the options carry the request that they were made from. */
export const REQUEST = Symbol('request')

const LENGTH = 'content-length'

/** A request as undici knows it. The request itself stays as it is: each dispatch makes a copy. */
export function optionsOf(request: RequestHead): UndiciOptions {
  const { body, headers, method } = request
  const fields = headers.raw.slice()
  if (body !== undefined && body.length >= 0) fields.push(LENGTH, String(body.length))
  return {
    [REQUEST]: request,
    origin: originOf(request),
    path: request.target,
    method,
    headers: fields,
    body: body === undefined ? null : new ReadableContent(body),
  }
}

/** The request that options of undici stand for: a copy of the one that they were made from, with what was changed. */
export function requestFrom(options: UndiciOptions): RequestHead {
  const original = options[REQUEST]
  const home = originOf(original)
  const origin = options.origin instanceof URL ? options.origin.origin : options.origin
  // Who answers follows from the router: an interceptor cannot lead a request to another server.
  if (origin !== home && !(URL.canParse(home) && new URL(home).origin === origin)) {
    throw new GatewayError('GTW_MIDDLEWARE_FAILED', `the interceptor sends the request to another origin, ${origin}`)
  }
  const request = original.clone()
  request.method = options.method
  const mark = options.path.indexOf('?')
  request.path = mark === -1 ? options.path : options.path.slice(0, mark)
  request.query = mark === -1 ? undefined : options.path.slice(mark + 1)
  if (options.query) request.query = new URLSearchParams(options.query as Record<string, string>).toString()
  const headers = toHeaders(toFieldList(options.headers), original.headers.raw)
  request.headers.raw.splice(0, Infinity, ...headers.raw)
  request.headers.isRead = false
  // A redirection leaves it out, as undici makes it of the origin.
  if (!headers.has('host') && original.headers.has('host')) request.headers.append('Host', original.host)
  request.body = bodyOf(options, headers.contentLength)
  return request
}

function originOf({ scheme, host }: RequestHead): string {
  return `${scheme}://${host}`
}

function bodyOf({ body }: UndiciOptions, length: number): RequestHead['body'] {
  if (body === null || body === undefined) return undefined
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const content = Buffer.from(body as Uint8Array)
    return content.length === 0 ? undefined : new StreamedBody([content], content.length)
  }
  return new StreamedBody(body, length)
}
