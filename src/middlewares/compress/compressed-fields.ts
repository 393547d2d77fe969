import { CheckedField } from '../../http/checked-field.ts'
import type { Headers } from '../../http/headers.ts'
import type { Coding } from './accepted.ts'

const VARY = new CheckedField('Vary', 'Accept-Encoding')

/** Says that the response depends on what the client accepts, whether this one was compressed or not (RFC 9110 §12.5.5). */
export function varyByEncoding(headers: Headers): void {
  // Nearly always nothing is said yet.
  if (!headers.has('vary')) {
    headers.add(VARY)
    return
  }
  const isSaid = headers.values('vary').some((value) => value.split(',').some((name) => /^\s*(?:\*|accept-encoding)\s*$/i.test(name)))
  if (!isSaid) headers.add(VARY)
}

/** Makes the fields those of the compressed content. */
export function toCompressed(headers: Headers, coding: Coding): void {
  headers.contentLength = -1
  headers.set('Content-Encoding', coding)
  // Ranges and digests are about the octets as they were.
  headers.delete('accept-ranges')
  headers.delete('content-md5')
  headers.delete('digest')
  headers.delete('content-digest')
  const tag = headers.get('etag')
  // Two representations that differ in their octets cannot share a strong validator (RFC 9110 §8.8.3.3).
  if (tag?.startsWith('"')) headers.set('ETag', `W/${tag}`)
}
