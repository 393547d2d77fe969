import { CODES, type ErrorCode } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { reasonOf } from '../http/status.ts'
import type { DispatchController, DispatchHandler } from './dispatch.ts'

/** A response that the gateway makes itself is complete at once: there is nothing to pause or to abort. */
const INERT: DispatchController = { pause() {}, resume() {}, abort() {} }

const NO_CONTENT = Buffer.alloc(0)

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
export function replyText(handler: DispatchHandler, statusCode: number, text: string): true {
  const headers = new Headers(['Content-Type', 'text/plain; charset=utf-8', 'X-Content-Type-Options', 'nosniff'])
  return reply(handler, statusCode, headers, Buffer.from(`${text}\n`))
}

/** The bare text of the status, without a newline and without a type. */
export function replyStatus(handler: DispatchHandler, statusCode: number): true {
  return reply(handler, statusCode, new Headers(), Buffer.from(reasonOf(statusCode)))
}

export function replyEmpty(handler: DispatchHandler, statusCode: number): true {
  return reply(handler, statusCode, new Headers(), NO_CONTENT)
}

/** What a client reads where the text is more than the status; everything else follows the fault. */
const TEXTS: Partial<Record<ErrorCode, string>> = {
  GTW_NO_ROUTER: '404 page not found',
  GTW_NO_SERVER: 'no available server',
  GTW_INTERNAL: 'Internal Server Error',
}

/** The only way from an error to a response. Fixed texts: nothing of the request or of the server is reflected. */
export function replyError(handler: DispatchHandler, code: ErrorCode): true {
  const { status, fault } = CODES[code]
  const text = TEXTS[code]
  if (text !== undefined) return replyText(handler, status, text)
  return fault === 'upstream' ? replyStatus(handler, status) : replyEmpty(handler, status)
}
