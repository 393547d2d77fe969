import { type BodyFraming, CHUNKED } from './framing.ts'
import type { NotedFields } from './noted-fields.ts'
import { NINE, ZERO } from './octets.ts'
import { type Refusal, refusal } from './refusal.ts'
import { membersOf } from './token-list.ts'

const MAX_LENGTH_DIGITS = 16

const BAD_LENGTH = refusal('GTW_CONTENT_LENGTH_INVALID', 'not a decimal number')
const LENGTH_TOO_LARGE = refusal('GTW_CONTENT_TOO_LARGE', 'Content-Length is above 2^53-1')
const SECOND_LENGTH = refusal('GTW_CONTENT_LENGTH_CONFLICT', 'more than one line')
const BOTH = refusal('GTW_FRAMING_CONFLICT', 'a message has one end')
const CODING_IN_OLD_VERSION = refusal('GTW_TRANSFER_ENCODING_INVALID', 'HTTP/1.0 has none')
const SECOND_CODING = refusal('GTW_TRANSFER_ENCODING_INVALID', 'more than one line')
const BAD_CODING = refusal('GTW_TRANSFER_ENCODING_INVALID', 'not exactly chunked')
const OTHER_CODING = refusal('GTW_TRANSFER_ENCODING_UNSUPPORTED', 'only chunked is')

/** The codings of the IANA registry besides chunked; `identity` was withdrawn (RFC 7230). */
const REGISTERED_CODINGS: ReadonlySet<string> = new Set(['compress', 'deflate', 'gzip', 'x-compress', 'x-gzip'])

/**
 * Where the fields say that the message ends; `none` where they say nothing (RFC 9112 §6.3). A message that gives its end
 * twice is refused even where both agree: the next reader may know only one of the two ways.
 */
export function declaredFraming(noted: NotedFields, versionMinor: 0 | 1, none: BodyFraming): BodyFraming | Refusal {
  const { contentLength, transferEncoding } = noted
  if (noted.contentLengthLines > 1) return SECOND_LENGTH
  if (transferEncoding === undefined) return contentLength === undefined ? none : lengthFrom(contentLength)
  if (contentLength !== undefined) return BOTH
  if (versionMinor === 0) return CODING_IN_OLD_VERSION
  if (noted.transferEncodingLines > 1) return SECOND_CODING
  return framingOfCoding(transferEncoding)
}

function lengthFrom(value: string): number | Refusal {
  const digits = value.length
  if (digits === 0) return BAD_LENGTH
  let length = 0
  for (let index = 0; index < digits; index++) {
    const code = value.charCodeAt(index)
    if (code < ZERO || code > NINE) return BAD_LENGTH
    // The digit first: the sum with its code would lose the last bit near 2^53.
    length = length * 10 + (code - ZERO)
  }
  if (digits > MAX_LENGTH_DIGITS) return value.charCodeAt(0) === ZERO ? BAD_LENGTH : LENGTH_TOO_LARGE
  return length > Number.MAX_SAFE_INTEGER ? LENGTH_TOO_LARGE : length
}

function framingOfCoding(value: string): BodyFraming | Refusal {
  if (value === 'chunked' || value.toLowerCase() === 'chunked') return CHUNKED
  const members = membersOf(value.toLowerCase())
  const last = members.pop() as string
  if (last !== 'chunked' && !REGISTERED_CODINGS.has(last)) return BAD_CODING
  if (members.length === 0 || members.every(isRegistered)) return OTHER_CODING
  return BAD_CODING
}

function isRegistered(coding: string): boolean {
  return REGISTERED_CODINGS.has(coding)
}
