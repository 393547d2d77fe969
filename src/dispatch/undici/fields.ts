import { Headers } from '../../http/headers.ts'
import type { FieldRecord, UndiciFields } from './types.ts'

const LENGTH = 'content-length'

/** The fields of a response, as undici hands them to handlers; the length of the content is one of them there. */
export function toFieldRecord(headers: Headers | undefined): FieldRecord {
  const record: FieldRecord = {}
  if (headers === undefined) return record
  const { raw, contentLength } = headers
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    const value = raw[index + 1] as string
    const before = Object.hasOwn(record, name) ? record[name] : undefined
    if (before === undefined) define(record, name, value)
    else if (Array.isArray(before)) before.push(value)
    else define(record, name, [before, value])
  }
  if (contentLength >= 0) define(record, LENGTH, String(contentLength))
  return record
}

/** A name such as `__proto__` is a name. */
function define(record: FieldRecord, name: string, value: string | string[]): void {
  Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true })
}

/** The flat list of what an interceptor gives as fields. */
export function toFieldList(fields: UndiciFields | null | undefined): string[] {
  const list: string[] = []
  if (fields === null || fields === undefined) return list
  if (Array.isArray(fields) && typeof fields[0] === 'string') return fields.map(String)
  const pairs = Symbol.iterator in fields ? (fields as Iterable<readonly [string, string | string[]]>) : Object.entries(fields)
  for (const [name, value] of pairs) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) list.push(name, String(one))
  }
  return list
}

/** Fields that came from undici as ours: spelled as they were where they are known, their length apart from them. */
export function toHeaders(list: readonly string[], spellings: readonly string[]): Headers {
  const spelled = new Map<string, string>()
  for (let index = 0; index < spellings.length; index += 2)
    spelled.set((spellings[index] as string).toLowerCase(), spellings[index] as string)
  const headers = new Headers()
  for (let index = 0; index < list.length; index += 2) {
    const name = list[index] as string
    const value = list[index + 1] as string
    const lowerName = name.toLowerCase()
    if (lowerName === LENGTH) headers.contentLength = lengthOf(value)
    else if (lowerName !== 'transfer-encoding') headers.append(spelled.get(name) ?? name, value)
  }
  return headers
}

function lengthOf(value: string): number {
  return /^\d{1,15}$/.test(value) ? Number(value) : -1
}
