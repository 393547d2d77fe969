import { Headers } from '../http/headers.ts'
import { ChunkExtension } from './chunk-extension.ts'
import type { ParserLimits } from './limits.ts'
import { CR, HEX, isIn, LF, NINE, SEMICOLON, ZERO } from './octets.ts'
import { type Refusal, refusal, sectionRefusals } from './refusal.ts'
import { Section } from './section.ts'
import { keepTrailerFields } from './trailer-fields.ts'

// 2^52 is the last power of 16 that a number holds with all smaller sizes exactly.
const MAX_SIGNIFICANT_DIGITS = 13
const MAX_DIGITS = 20

//  SIZE ──────;───────▶ EXTENSION ──CR──▶ SIZE_END ──LF──▶ DATA ──CR──▶ DATA_END ──LF──▶ SIZE
//    └──────CR─────────────────────────────▲  └─size 0─▶ TRAILERS ──CR──▶ LAST_END ──LF──▶ COMPLETE
//                                                          └─a field─▶ TRAILER_FIELDS ──empty line──▶ COMPLETE
const SIZE = 0
const EXTENSION = 1
const SIZE_END = 2
const DATA = 3
const DATA_END = 4
const TRAILERS = 5
const TRAILER_FIELDS = 6
const LAST_END = 7
const COMPLETE = 8
const REFUSED = 9

const BAD_SIZE = refusal('GTW_CHUNK_INVALID', 'the size is not hexadecimal')
const SIZE_TOO_LARGE = refusal('GTW_CHUNK_INVALID', 'the size has too many digits')
const BAD_LINE_END = refusal('GTW_CHUNK_INVALID', 'the size line does not end with CRLF')
const BAD_DATA_END = refusal('GTW_CHUNK_INVALID', 'the data is not followed by CRLF')
const BAD_LAST_END = refusal('GTW_CHUNK_INVALID', 'the content does not end with CRLF')
const LINE_TOO_LONG = refusal('GTW_CHUNK_INVALID', 'the size line is too long')
const EXTENSIONS_TOO_LONG = refusal('GTW_CHUNK_INVALID', 'the extensions are too long')
const TRAILER_REFUSALS = sectionRefusals('GTW_TRAILER_TOO_LARGE')

/** Reads everything of chunked content but the data itself (RFC 9112 §7.1), stopping where data begins. */
export class ChunkedDecoder {
  /** Octets of data that come next; whoever takes them counts them off. */
  remaining = 0
  refusal: Refusal | undefined = undefined
  trailers: Headers | undefined = undefined
  readonly #limits: ParserLimits
  readonly #extension = new ChunkExtension()
  // Trailers are rare: an ordinary connection never has the reader.
  #section: Section | undefined = undefined
  #state = SIZE
  #size = 0
  #digits = 0
  #significantDigits = 0
  #lineBytes = 0
  #extensionBytes = 0

  constructor(limits: ParserLimits) {
    this.#limits = limits
  }

  get complete(): boolean {
    return this.#state === COMPLETE
  }

  begin(): void {
    this.#beginSize()
    this.#extensionBytes = 0
    this.refusal = undefined
    this.trailers = undefined
  }

  /** Returns the offset behind what was taken; there `remaining` octets of data follow, unless the content ended or is refused. */
  read(buffer: Buffer, start: number, end: number): number {
    let at = start
    while (at < end && this.#state < COMPLETE) {
      if (this.#state === TRAILER_FIELDS) return this.#readTrailers(buffer, at, end)
      const reason = this.#octet(buffer[at] as number)
      if (reason !== undefined) return this.#refuse(reason, at)
      if (this.#state !== TRAILER_FIELDS) at++
      if (this.remaining > 0) return at
    }
    return at
  }

  #octet(octet: number): Refusal | undefined {
    switch (this.#state) {
      case SIZE:
        return this.#sizeOctet(octet)
      case EXTENSION:
        return this.#extensionOctet(octet)
      case SIZE_END:
        return octet === LF ? this.#endSize() : BAD_LINE_END
      case DATA:
        return octet === CR ? this.#goTo(DATA_END) : BAD_DATA_END
      case DATA_END:
        return octet === LF ? this.#beginSize() : BAD_DATA_END
      case TRAILERS:
        return octet === CR ? this.#goTo(LAST_END) : this.#beginTrailers()
      default:
        return octet === LF ? this.#goTo(COMPLETE) : BAD_LAST_END
    }
  }

  #sizeOctet(octet: number): Refusal | undefined {
    if (isIn(octet, HEX)) return this.#sizeDigit(octet)
    if (this.#digits === 0) return BAD_SIZE
    if (octet === CR) return this.#goTo(SIZE_END)
    if (octet === LF) return BAD_LINE_END
    if (octet !== SEMICOLON) return BAD_SIZE
    this.#extension.begin()
    this.#state = EXTENSION
    return this.#extensionOctet(octet)
  }

  #sizeDigit(octet: number): Refusal | undefined {
    if (this.#significantDigits > 0 || octet !== ZERO) this.#significantDigits++
    if (++this.#digits > MAX_DIGITS || this.#significantDigits > MAX_SIGNIFICANT_DIGITS) return SIZE_TOO_LARGE
    this.#lineBytes++
    // Not `<<`: it would wrap at 32 bits. The size counts as data only when its line has ended.
    this.#size = this.#size * 16 + (octet <= NINE ? octet - ZERO : (octet | 0x20) - 0x57)
    return undefined
  }

  #extensionOctet(octet: number): Refusal | undefined {
    const reason = this.#extension.octet(octet)
    if (reason !== undefined) return reason
    if (octet === CR) return this.#goTo(SIZE_END)
    if (++this.#lineBytes > this.#limits.maxChunkLineBytes) return LINE_TOO_LONG
    return ++this.#extensionBytes > this.#limits.maxChunkExtensionBytes ? EXTENSIONS_TOO_LONG : undefined
  }

  #endSize(): undefined {
    this.remaining = this.#size
    this.#state = this.#size === 0 ? TRAILERS : DATA
  }

  #beginSize(): undefined {
    this.#state = SIZE
    this.remaining = 0
    this.#size = 0
    this.#digits = 0
    this.#significantDigits = 0
    this.#lineBytes = 0
  }

  #beginTrailers(): undefined {
    const { maxTrailerBytes, maxTrailerFields, maxFieldNameBytes } = this.#limits
    this.#section = new Section({
      maxBytes: maxTrailerBytes,
      maxFields: maxTrailerFields,
      maxNameBytes: maxFieldNameBytes,
      blankBeforeColon: false,
      refusals: TRAILER_REFUSALS,
    })
    this.#state = TRAILER_FIELDS
  }

  #readTrailers(buffer: Buffer, start: number, end: number): number {
    const section = this.#section as Section
    const at = section.read(buffer, start, end)
    if (section.refusal !== undefined) return this.#refuse(section.refusal, at)
    if (!section.complete) return at
    this.#state = COMPLETE
    this.#section = undefined
    const trailers = new Headers(section.noted.raw)
    keepTrailerFields(trailers)
    if (trailers.raw.length > 0) this.trailers = trailers
    return at
  }

  #goTo(state: number): undefined {
    this.#state = state
  }

  #refuse(reason: Refusal, at: number): number {
    this.#state = REFUSED
    this.refusal = reason
    return at
  }
}
