import { CR, FIELD, LF, NINE, SPACE, skip, ZERO } from './octets.ts'
import { type Refusal, refusal } from './refusal.ts'
import type { StartLine } from './section.ts'
import { fitsVersion, VERSION_LENGTH } from './version.ts'

const CODE_AT = VERSION_LENGTH + 1
const CODE_END = CODE_AT + 3

// PREFIX (`HTTP/1.1 200`) ──SP──▶ REASON ──CR──▶ LINE_END ──LF──▶ COMPLETE        every state ──other octet──▶ REFUSED
//   └──────────────CR (no reason)──────────────────▲
const PREFIX = 0
const REASON = 1
const LINE_END = 2
const COMPLETE = 3
const REFUSED = 4

const BAD_LINE = refusal('GTW_UPSTREAM_INVALID', 'not an HTTP/1 status line')
const BAD_CODE = refusal('GTW_UPSTREAM_INVALID', 'the status code is not three digits from 100 to 599')
const BAD_REASON = refusal('GTW_UPSTREAM_INVALID', 'the reason phrase holds a control octet')

/** Reads `HTTP/1.1 SP code [SP [reason]] CRLF`, or `HTTP/1.0` (RFC 9112 §4); origins that leave out the reason often leave out its space. */
export class StatusLine implements StartLine {
  statusCode = 0
  versionMinor: 0 | 1 = 1
  refusal: Refusal | undefined = undefined
  #state = PREFIX

  get complete(): boolean {
    return this.#state === COMPLETE
  }

  begin(): void {
    this.#state = PREFIX
    this.refusal = undefined
    this.statusCode = 0
  }

  scan(bytes: Buffer, lineStart: number, start: number, stop: number): number {
    let at = start
    if (this.#state === PREFIX) at = this.#scanPrefix(bytes, lineStart, at, stop)
    if (this.#state === REASON) at = this.#scanReason(bytes, at, stop)
    if (this.#state === LINE_END && at < stop) at = this.#lineEnd(bytes, at)
    return at
  }

  take(): void {}

  #scanPrefix(bytes: Buffer, lineStart: number, start: number, stop: number): number {
    let at = start
    for (; at < stop && this.#state === PREFIX; at++) {
      const reason = this.#prefixOctet(at - lineStart, bytes[at] as number)
      if (reason !== undefined) return this.#refuse(reason, at)
    }
    return at
  }

  #prefixOctet(index: number, octet: number): Refusal | undefined {
    if (index < VERSION_LENGTH) return this.#versionOctet(index, octet)
    if (index === VERSION_LENGTH) return octet === SPACE ? undefined : BAD_LINE
    if (index === CODE_END) return this.#endCode(octet)
    if (octet < ZERO || octet > NINE) return BAD_CODE
    this.statusCode = this.statusCode * 10 + octet - ZERO
    return index === CODE_AT && (this.statusCode < 1 || this.statusCode > 5) ? BAD_CODE : undefined
  }

  #versionOctet(index: number, octet: number): Refusal | undefined {
    if (!fitsVersion(index, octet)) return BAD_LINE
    if (index === VERSION_LENGTH - 3) return octet === ZERO + 1 ? undefined : BAD_LINE
    if (index !== VERSION_LENGTH - 1) return undefined
    this.versionMinor = octet === ZERO ? 0 : 1
    return octet <= ZERO + 1 ? undefined : BAD_LINE
  }

  #endCode(octet: number): Refusal | undefined {
    if (octet !== SPACE && octet !== CR) return BAD_CODE
    this.#state = octet === CR ? LINE_END : REASON
    return undefined
  }

  #scanReason(bytes: Buffer, start: number, stop: number): number {
    const at = skip(bytes, start, stop, FIELD)
    if (at === stop) return at
    if (bytes[at] !== CR) return this.#refuse(BAD_REASON, at)
    this.#state = LINE_END
    return at + 1
  }

  #lineEnd(bytes: Buffer, at: number): number {
    if (bytes[at] !== LF) return this.#refuse(BAD_LINE, at)
    this.#state = COMPLETE
    return at + 1
  }

  #refuse(reason: Refusal, at: number): number {
    this.#state = REFUSED
    this.refusal = reason
    return at
  }
}
