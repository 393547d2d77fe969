import type { DispatchHandler } from '../dispatch/dispatch.ts'
import { reply } from '../dispatch/reply.ts'
import { Headers } from '../http/headers.ts'

/** A complete response. */
export interface Answer {
  /** 200 to 599. */
  readonly status: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** A text is sent as UTF-8. */
  readonly body?: string | Uint8Array
}

/** Answers a request. Returns true so that a dispatch can end with it; throws where there is no such answer. */
export function answer(handler: DispatchHandler, { status, headers = {}, body = '' }: Answer): true {
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new TypeError(`${status} is not the status of an answer`)
  const fields = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const one of typeof value === 'string' ? [value] : value) fields.append(name, one)
  }
  const content = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (typeof body === 'string' && body !== '' && !fields.has('content-type')) fields.append('Content-Type', 'text/plain; charset=utf-8')
  return reply(handler, status, fields, content)
}
