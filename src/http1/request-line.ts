import { CR, LF, SPACE, skip, TARGET, TCHAR, ZERO } from './octets.ts'
import { type Refusal, refusal } from './refusal.ts'
import type { StartLine } from './section.ts'
import { fitsVersion, VERSION_LENGTH } from './version.ts'

const MAX_METHOD_BYTES = 32

// METHOD ──SP──▶ TARGET ──SP──▶ VERSION ──CR──▶ LINE_END ──LF──▶ COMPLETE        every state ──other octet──▶ REFUSED
const METHOD = 0
const IN_TARGET = 1
const VERSION = 2
const LINE_END = 3
const COMPLETE = 4
const REFUSED = 5

const BAD_LINE = refusal('GTW_REQUEST_LINE_INVALID', 'not three words with one space between them')
const NO_LF = refusal('GTW_REQUEST_LINE_INVALID', 'CR without LF')
const BAD_METHOD = refusal('GTW_METHOD_INVALID', 'an octet that is not allowed')
const METHOD_TOO_LONG = refusal('GTW_METHOD_TOO_LONG', `more than ${MAX_METHOD_BYTES} octets`)
const BAD_TARGET = refusal('GTW_TARGET_INVALID', 'an octet that is not allowed')
const TARGET_TOO_LONG = refusal('GTW_TARGET_TOO_LONG', 'more octets than allowed')
const BAD_VERSION = refusal('GTW_VERSION_INVALID', 'not HTTP/1.1 and a line end')
const OTHER_VERSION = refusal('GTW_VERSION_UNSUPPORTED', 'only 1.0 and 1.1 are')

/**
 * Reads `method SP target SP HTTP/1.1 CRLF`, or `HTTP/1.0` (RFC 9112 §3), and nothing that only resembles it. No later minor
 * version was ever made; some servers would refuse one, others would not (RFC 9110 §2.5).
 */
export class RequestLine implements StartLine {
  method = ''
  target = ''
  versionMinor: 0 | 1 = 1
  refusal: Refusal | undefined = undefined
  readonly #maxTargetBytes: number
  #state = METHOD
  #methodEnd = 0
  #targetEnd = 0

  constructor(maxTargetBytes: number) {
    this.#maxTargetBytes = maxTargetBytes
  }

  get complete(): boolean {
    return this.#state === COMPLETE
  }

  begin(): void {
    this.#state = METHOD
    this.refusal = undefined
    this.method = ''
    this.target = ''
  }

  scan(bytes: Buffer, lineStart: number, start: number, stop: number): number {
    let at = start
    if (this.#state === METHOD) at = this.#scanMethod(bytes, lineStart, at, stop)
    if (this.#state === IN_TARGET) at = this.#scanTarget(bytes, lineStart, at, stop)
    if (this.#state === VERSION) at = this.#scanVersion(bytes, lineStart, at, stop)
    if (this.#state === LINE_END && at < stop) at = this.#lineEnd(bytes, at)
    return at
  }

  take(text: string): void {
    this.method = text.substring(0, this.#methodEnd)
    this.target = text.substring(this.#methodEnd + 1, this.#targetEnd)
  }

  #scanMethod(bytes: Buffer, lineStart: number, start: number, stop: number): number {
    const longest = lineStart + MAX_METHOD_BYTES
    const at = skip(bytes, start, Math.min(stop, longest + 1), TCHAR)
    if (at > longest) return this.#refuse(METHOD_TOO_LONG, at)
    if (at === stop) return at
    const octet = bytes[at] as number
    if (octet !== SPACE) return this.#refuse(endsWord(octet) ? BAD_LINE : BAD_METHOD, at)
    if (at === lineStart) return this.#refuse(BAD_LINE, at)
    this.#methodEnd = at - lineStart
    this.#state = IN_TARGET
    return at + 1
  }

  #scanTarget(bytes: Buffer, lineStart: number, start: number, stop: number): number {
    const first = lineStart + this.#methodEnd + 1
    const longest = first + this.#maxTargetBytes
    const at = skip(bytes, start, Math.min(stop, longest + 1), TARGET)
    if (at > longest) return this.#refuse(TARGET_TOO_LONG, at)
    if (at === stop) return at
    const octet = bytes[at] as number
    if (octet !== SPACE) return this.#refuse(endsWord(octet) ? BAD_LINE : BAD_TARGET, at)
    if (at === first) return this.#refuse(BAD_LINE, at)
    this.#targetEnd = at - lineStart
    this.#state = VERSION
    return at + 1
  }

  #scanVersion(bytes: Buffer, lineStart: number, start: number, stop: number): number {
    const first = lineStart + this.#targetEnd + 1
    for (let at = start; at < stop; at++) {
      const index = at - first
      const octet = bytes[at] as number
      if (index === VERSION_LENGTH) return this.#endVersion(bytes, at)
      if (!fitsVersion(index, octet)) return this.#refuse(index === 0 && octet === SPACE ? BAD_LINE : BAD_VERSION, at)
    }
    return Math.max(start, stop)
  }

  #endVersion(bytes: Buffer, at: number): number {
    if (bytes[at] !== CR) return this.#refuse(BAD_VERSION, at)
    const minor = (bytes[at - 1] as number) - ZERO
    if (bytes[at - 3] !== ZERO + 1 || minor > 1) return this.#refuse(OTHER_VERSION, at)
    this.versionMinor = minor === 0 ? 0 : 1
    this.#state = LINE_END
    return at + 1
  }

  #lineEnd(bytes: Buffer, at: number): number {
    if (bytes[at] !== LF) return this.#refuse(NO_LF, at)
    this.#state = COMPLETE
    return at + 1
  }

  #refuse(reason: Refusal, at: number): number {
    this.#state = REFUSED
    this.refusal = reason
    return at
  }
}

/** Octets that someone may take for a space or a line end; the others are simply not part of the word. */
function endsWord(octet: number): boolean {
  return octet >= 0x09 && octet <= CR
}
