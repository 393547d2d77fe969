import { CODES, type ErrorCode, GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { reasonOf } from '../http/status.ts'
import type { DispatchController, DispatchHandler } from './dispatch.ts'

/** A response that the gateway makes itself is complete at once: there is nothing to pause or to abort. */
export const INERT: DispatchController = { pause() {}, resume() {}, abort() {} }

const NO_CONTENT = Buffer.alloc(0)

const NO_FIELDS: readonly string[] = []

/** Answers with a complete response of our own. Returns true so that a dispatch can end with it. */
export function reply(handler: DispatchHandler, statusCode: number, headers: Headers, content: Buffer): true {
  headers.contentLength = content.length
  handler.onRequestStart(INERT)
  handler.onResponseStart(INERT, statusCode, headers)
  if (content.length > 0) handler.onResponseData(INERT, content)
  handler.onResponseEnd(INERT, undefined)
  return true
}

/** A line of text and a newline, typed as text and not to be sniffed. */
export function replyText(handler: DispatchHandler, statusCode: number, text: string, fields: readonly string[] = NO_FIELDS): true {
  const headers = new Headers(['Content-Type', 'text/plain; charset=utf-8', 'X-Content-Type-Options', 'nosniff'])
  // What the fields say counts: a middleware may have set one of these two.
  for (let index = 0; index < fields.length; index += 2) headers.delete((fields[index] as string).toLowerCase())
  headers.raw.push(...fields)
  return reply(handler, statusCode, headers, Buffer.from(`${text}\n`))
}

/** The bare text of the status, without a newline and without a type. */
export function replyStatus(handler: DispatchHandler, statusCode: number, fields: readonly string[] = NO_FIELDS): true {
  return reply(handler, statusCode, new Headers([...fields]), Buffer.from(reasonOf(statusCode)))
}

export function replyEmpty(handler: DispatchHandler, statusCode: number, fields: readonly string[] = NO_FIELDS): true {
  return reply(handler, statusCode, new Headers([...fields]), NO_CONTENT)
}

/** What a client reads where the text is more than the status; everything else follows the fault. */
const TEXTS: Partial<Record<ErrorCode, string>> = {
  GTW_NO_ROUTER: '404 page not found',
  GTW_MISDIRECTED: 'Misdirected Request',
  GTW_NO_SERVER: 'no available server',
  GTW_NO_SERVICE: 'Service Unavailable',
  GTW_CONTENT_NOT_KEPT: 'Request body too large',
  GTW_RATE_LIMIT_STORE: 'Could not insert/update bucket',
  GTW_INTERNAL: 'Internal Server Error',
}

/** The only way from an error to a response. Fixed texts: nothing of the request or of the server is reflected. */
export function replyError(handler: DispatchHandler, error: ErrorCode | GatewayError): true {
  const [code, fields] = error instanceof GatewayError ? [error.code, error.responseFields] : [error, NO_FIELDS]
  const { status, fault } = CODES[code]
  const text = TEXTS[code]
  if (text !== undefined) return replyText(handler, status, text, fields)
  return fault === 'upstream' ? replyStatus(handler, status, fields) : replyEmpty(handler, status, fields)
}
