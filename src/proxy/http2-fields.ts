import type { Headers } from '../http/headers.ts'
import { isTrailerField } from '../http1/trailer-fields.ts'
import { isFieldName, isFieldValue } from '../http2/field-text.ts'

const COLON = 0x3a

/** The fields of a response as a flat list, the status first; undefined where one of them would not be valid. */
export function responseFields(statusCode: number, headers: Headers, date: string): string[] | undefined {
  const { raw, contentLength, isRead } = headers
  const fields = [':status', String(statusCode)]
  let dated = false
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    const value = raw[index + 1] as string
    if (!isRead && !isField(name, value)) return undefined
    if (name === 'content-length') continue
    if (name === 'date') dated = true
    fields.push(name, value)
  }
  if (!dated) fields.push('date', date)
  if (contentLength >= 0) fields.push('content-length', String(contentLength))
  return fields
}

/** The fields of an interim response; what is not valid is left out, as the final one is what counts. */
export function infoFields(statusCode: number, headers: Headers): string[] {
  return [':status', String(statusCode), ...validFields(headers, isNoLength)]
}

/** The trailers that may leave (RFC 9110 §6.5.1). */
export function trailerFields(trailers: Headers): string[] {
  return validFields(trailers, isTrailerField)
}

function validFields({ raw }: Headers, keep: (name: string) => boolean): string[] {
  const fields: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    const value = raw[index + 1] as string
    if (isField(name, value) && keep(name)) fields.push(name, value)
  }
  return fields
}

function isField(name: string, value: string): boolean {
  return isFieldName(name) && name.charCodeAt(0) !== COLON && isFieldValue(value)
}

function isNoLength(name: string): boolean {
  return name !== 'content-length'
}
