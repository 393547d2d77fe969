import type { OutgoingHttpHeaders } from 'node:http2'
import type { Headers } from '../http/headers.ts'
import { isFieldText } from '../http1/head-text.ts'
import { isTrailerField } from '../http1/trailer-fields.ts'

/**
 * The fields of a response as the library takes them: a flat list, the status first. Undefined where a value would not be
 * valid; the library itself looks at names.
 */
export function responseFields(statusCode: number, headers: Headers, date: string): string[] | undefined {
  const { raw, contentLength, isRead } = headers
  const fields = [':status', String(statusCode)]
  let dated = false
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    const value = raw[index + 1] as string
    if (!isRead && !isValue(value)) return undefined
    if (name === 'content-length') continue
    if (name === 'date') dated = true
    fields.push(name, value)
  }
  if (!dated) fields.push('date', date)
  if (contentLength >= 0) fields.push('content-length', String(contentLength))
  return fields
}

/** The fields of an interim response or of trailers: an object, which is all that the library takes there. */
export function fieldObject({ raw }: Headers, keep: (name: string) => boolean): OutgoingHttpHeaders {
  const fields: Record<string, string[]> = Object.create(null)
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    const value = raw[index + 1] as string
    if (!isValue(value) || !keep(name)) continue
    const values = fields[name]
    if (values === undefined) fields[name] = [value]
    else values.push(value)
  }
  return fields
}

/** The trailers that may leave (RFC 9110 §6.5.1). */
export function trailerFields(trailers: Headers): OutgoingHttpHeaders {
  return fieldObject(trailers, isTrailerField)
}

function isValue(value: string): boolean {
  return value === '' || isFieldText(value)
}
