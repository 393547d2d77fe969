import type { NotedFields } from './noted-fields.ts'
import { BLANK, COLON, CR, FIELD, isIn, LF, SPACE, skip, TCHAR } from './octets.ts'
import { type Refusal, refusal, type SectionRefusals } from './refusal.ts'

/** What one kind of section allows. */
export interface FieldRules {
  readonly maxFields: number
  readonly maxNameBytes: number
  /** Blanks before the colon are removed instead of refused; only from responses (RFC 9112 §5.1). */
  readonly blankBeforeColon: boolean
  readonly refusals: SectionRefusals
}

// LINE ──tchar──▶ NAME ──:──▶ BEFORE_VALUE ──▶ VALUE ──CR──▶ LINE_END ──LF──▶ LINE
//   │               └─blank─▶ BEFORE_COLON ──:─┘ (responses)
//   └──CR──▶ LAST_LINE_END ──LF──▶ COMPLETE                 every state ──other octet──▶ REFUSED
const LINE = 0
const NAME = 1
const BEFORE_COLON = 2
const BEFORE_VALUE = 3
const VALUE = 4
const LINE_END = 5
const LAST_LINE_END = 6
const COMPLETE = 7
const REFUSED = 8

const NO_NAME = refusal('GTW_HEADER_INVALID', 'a field has no name')
const FOLDED = refusal('GTW_HEADER_INVALID', 'a line starts with a blank')
const BAD_NAME = refusal('GTW_HEADER_INVALID', 'a field name holds an octet that is not allowed')
const BLANK_BEFORE_COLON = refusal('GTW_HEADER_INVALID', 'blank before the colon of a field')
const NO_COLON = refusal('GTW_HEADER_INVALID', 'a line has no colon')
const BAD_VALUE = refusal('GTW_HEADER_INVALID', 'a field value holds a control octet')
const BARE_LF = refusal('GTW_HEADER_INVALID', 'a line ends without CR')
const BARE_CR = refusal('GTW_HEADER_INVALID', 'CR without LF')

/**
 * Start and end of name and value of each field found during one `scan`: four numbers a field. `take` empties it before any
 * event is told, so that all parsers of a thread share it and an idle connection holds no such list.
 */
const MARKS: number[] = []

/** Reads field lines up to the empty line (RFC 9112 §5); octets come in pieces of any size, each looked at twice at most. */
export class FieldLines {
  /** Where the line under way starts. */
  lineStart = 0
  refusal: Refusal | undefined = undefined
  readonly #rules: FieldRules
  #state = LINE
  #count = 0
  #marked = 0
  #nameLength = 0
  #valueAt = 0
  #valueLength = 0

  constructor(rules: FieldRules) {
    this.#rules = rules
  }

  get complete(): boolean {
    return this.#state === COMPLETE
  }

  /** Whether the last `scan` found fields that wait for `take`. */
  get marked(): boolean {
    return this.#marked > 0
  }

  begin(): void {
    this.#state = LINE
    this.#count = 0
    this.refusal = undefined
  }

  /** Returns the offset behind what was taken: `stop`, unless the section is complete or refused. */
  scan(bytes: Buffer, start: number, stop: number): number {
    this.#marked = 0
    let at = start
    while (at < stop && this.#state < COMPLETE) at = this.#step(bytes, at, stop)
    return at
  }

  /** Turns what `scan` found into strings; `text` is what lies behind `base` in the octets that were scanned. */
  take(text: string, base: number, noted: NotedFields): void {
    const { raw } = noted
    const end = this.#marked
    for (let index = 0; index < end; index += 4) {
      const nameEnd = (MARKS[index + 1] as number) - base
      const name = text.substring((MARKS[index] as number) - base, nameEnd)
      const value = text.substring((MARKS[index + 2] as number) - base, (MARKS[index + 3] as number) - base)
      if (!noted.note(name, value)) raw.push(name, value)
      // An origin whose framing fields are misspelt may mean another message than we do (RFC 9112 §5.1).
      else if (text.charCodeAt(nameEnd) !== COLON) this.#refuse(BLANK_BEFORE_COLON, 0)
    }
    this.#marked = 0
  }

  #step(bytes: Buffer, at: number, stop: number): number {
    switch (this.#state) {
      case LINE:
        return this.#line(bytes, at, stop)
      case NAME:
        return this.#name(bytes, at, stop)
      case BEFORE_COLON:
        return this.#beforeColon(bytes, at, stop)
      case BEFORE_VALUE:
        return this.#beforeValue(bytes, at, stop)
      case VALUE:
        return this.#value(bytes, at, stop)
      case LINE_END:
        return this.#lineEnd(bytes, at)
      default:
        return this.#lastLineEnd(bytes, at)
    }
  }

  #line(bytes: Buffer, start: number, stop: number): number {
    const at = this.#plainLines(bytes, start, stop)
    this.lineStart = at
    if (at === stop) return at
    if (bytes[at] === CR) return this.#goTo(LAST_LINE_END, at + 1)
    if (this.#count === this.#rules.maxFields) return this.#refuse(this.#rules.refusals.tooMany, at)
    return this.#goTo(NAME, at)
  }

  /**
   * Takes whole lines in their usual form, `name: value`; whatever else a line is, the states look at again, octet by octet
   * (`request-parser.bench.ts`: a tenth of the time of a head).
   */
  #plainLines(bytes: Buffer, start: number, stop: number): number {
    const { maxFields, maxNameBytes } = this.#rules
    let lineStart = start
    while (this.#count < maxFields) {
      const nameEnd = skip(bytes, lineStart, stop, TCHAR)
      const nameLength = nameEnd - lineStart
      if (nameLength === 0 || nameLength > maxNameBytes || bytes[nameEnd] !== COLON || bytes[nameEnd + 1] !== SPACE) break
      const valueStart = nameEnd + 2
      const valueEnd = skip(bytes, valueStart, stop, FIELD)
      if (valueEnd + 1 >= stop || bytes[valueEnd] !== CR || bytes[valueEnd + 1] !== LF) break
      if (isIn(bytes[valueStart] as number, BLANK) || isIn(bytes[valueEnd - 1] as number, BLANK)) break
      this.#mark(lineStart, nameLength, valueStart, valueEnd)
      lineStart = valueEnd + 2
    }
    return lineStart
  }

  #name(bytes: Buffer, start: number, stop: number): number {
    const longest = this.lineStart + this.#rules.maxNameBytes
    const at = skip(bytes, start, Math.min(stop, longest + 1), TCHAR)
    if (at > longest) return this.#refuse(this.#rules.refusals.nameTooLong, at)
    if (at === stop) return at
    this.#nameLength = at - this.lineStart
    if (bytes[at] === COLON && this.#nameLength > 0) return this.#goTo(BEFORE_VALUE, at + 1)
    return this.#endOfOddName(bytes[at] as number, at)
  }

  #endOfOddName(octet: number, at: number): number {
    const blank = isIn(octet, BLANK)
    if (this.#nameLength === 0) return this.#refuse(blank ? FOLDED : octet === COLON ? NO_NAME : octet === LF ? BARE_LF : BAD_NAME, at)
    if (blank && this.#rules.blankBeforeColon) return this.#goTo(BEFORE_COLON, at + 1)
    if (blank) return this.#refuse(BLANK_BEFORE_COLON, at)
    return this.#refuse(octet === CR || octet === LF ? NO_COLON : BAD_NAME, at)
  }

  #beforeColon(bytes: Buffer, start: number, stop: number): number {
    const at = skip(bytes, start, stop, BLANK)
    if (at === stop) return at
    return bytes[at] === COLON ? this.#goTo(BEFORE_VALUE, at + 1) : this.#refuse(NO_COLON, at)
  }

  #beforeValue(bytes: Buffer, start: number, stop: number): number {
    const at = skip(bytes, start, stop, BLANK)
    if (at === stop) return at
    this.#valueAt = at - this.lineStart
    return this.#goTo(VALUE, at)
  }

  #value(bytes: Buffer, start: number, stop: number): number {
    const at = skip(bytes, start, stop, FIELD)
    if (at === stop) return at
    if (bytes[at] !== CR) return this.#refuse(bytes[at] === LF ? BARE_LF : BAD_VALUE, at)
    const valueStart = this.lineStart + this.#valueAt
    let end = at
    while (end > valueStart && isIn(bytes[end - 1] as number, BLANK)) end--
    this.#valueLength = end - valueStart
    return this.#goTo(LINE_END, at + 1)
  }

  #lineEnd(bytes: Buffer, at: number): number {
    if (bytes[at] !== LF) return this.#refuse(BARE_CR, at)
    const valueStart = this.lineStart + this.#valueAt
    this.#mark(this.lineStart, this.#nameLength, valueStart, valueStart + this.#valueLength)
    this.lineStart = at + 1
    return this.#goTo(LINE, at + 1)
  }

  #lastLineEnd(bytes: Buffer, at: number): number {
    return bytes[at] === LF ? this.#goTo(COMPLETE, at + 1) : this.#refuse(BARE_CR, at)
  }

  #mark(lineStart: number, nameLength: number, valueStart: number, valueEnd: number): void {
    const marked = this.#marked
    MARKS[marked] = lineStart
    MARKS[marked + 1] = lineStart + nameLength
    MARKS[marked + 2] = valueStart
    MARKS[marked + 3] = valueEnd
    this.#marked = marked + 4
    this.#count++
  }

  #goTo(state: number, at: number): number {
    this.#state = state
    return at
  }

  #refuse(reason: Refusal, at: number): number {
    this.#state = REFUSED
    this.refusal = reason
    return at
  }
}
