import { FieldNames } from '../http/field-names.ts'
import type { Headers } from '../http/headers.ts'

/** What a reader acts on before the content, or trusts from the head only (RFC 9110 §6.5.1). */
const HEAD_ONLY = new FieldNames([
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
  'x-real-ip',
])

const FORWARDED_PREFIX = 'x-forwarded-'

/** Whether a field of this name may come behind the content. */
export function isTrailerField(name: string): boolean {
  if (HEAD_ONLY.slotOf(name) !== -1) return false
  return (
    name.length < FORWARDED_PREFIX.length || name.slice(0, FORWARDED_PREFIX.length).toLowerCase().replaceAll('_', '-') !== FORWARDED_PREFIX
  )
}

/** Removes the fields that may only stand in a head; what is left never joins the head (RFC 9110 §6.5.2). */
export function keepTrailerFields(headers: Headers): void {
  const { raw } = headers
  let kept = 0
  for (let index = 0; index < raw.length; index += 2) {
    if (!isTrailerField(raw[index] as string)) continue
    raw[kept] = raw[index] as string
    raw[kept + 1] = raw[index + 1] as string
    kept += 2
  }
  raw.length = kept
}
