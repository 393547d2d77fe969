import { FieldLines, type FieldRules } from './field-lines.ts'
import { NotedFields } from './noted-fields.ts'
import { PendingOctets } from './pending-octets.ts'
import type { Refusal } from './refusal.ts'

/** The first line of a head; offsets that it keeps count from where the line starts. */
export interface StartLine {
  readonly complete: boolean
  readonly refusal: Refusal | undefined
  begin(): void
  /** Returns the offset behind what was taken: `stop`, unless the line is complete or refused. */
  scan(bytes: Buffer, lineStart: number, at: number, stop: number): number
  /** Called once when the line is complete; `text` starts with it. */
  take(text: string): void
}

/** What one kind of section allows. */
export interface SectionRules extends FieldRules {
  readonly maxBytes: number
}

/**
 * A head or a trailer section, read from pieces of any size. Octets are scanned where they lie; only the start of a line whose
 * end has not come is copied. What is complete becomes strings of one slice, which costs a third of a slice for each field.
 */
export class Section {
  readonly noted = new NotedFields()
  refusal: Refusal | undefined = undefined
  complete = false
  readonly #rules: SectionRules
  readonly #line: StartLine | undefined
  readonly #fields: FieldLines
  readonly #pending = new PendingOctets()
  #octets = 0

  constructor(rules: SectionRules, line?: StartLine) {
    this.#rules = rules
    this.#line = line
    this.#fields = new FieldLines(rules)
  }

  begin(): void {
    this.refusal = undefined
    this.complete = false
    this.#octets = 0
    this.noted.begin()
    this.#line?.begin()
    this.#fields.begin()
  }

  /** Returns the offset behind what was taken: `end`, unless the section is complete or refused. */
  read(buffer: Buffer, start: number, end: number): number {
    const stop = Math.min(end, start + this.#rules.maxBytes - this.#octets)
    const at = this.#pending.length === 0 ? this.#readHere(buffer, start, stop) : this.#readBehindPending(buffer, start, stop)
    this.#octets += at - start
    if (this.complete || this.refusal !== undefined) this.#pending.clear()
    else if (this.#octets === this.#rules.maxBytes) this.refusal = this.#rules.refusals.tooLarge
    return at
  }

  #readHere(buffer: Buffer, start: number, stop: number): number {
    this.#fields.lineStart = start
    const at = this.#scan(buffer, start, start, stop)
    if (at === stop && !this.complete) this.#pending.append(buffer, this.#lineStart(start), stop)
    this.#fields.lineStart = 0
    return at
  }

  #readBehindPending(buffer: Buffer, start: number, stop: number): number {
    const pending = this.#pending
    const held = pending.length
    pending.append(buffer, start, stop)
    const at = this.#scan(pending.bytes, 0, held, pending.length)
    pending.drop(this.#lineStart(0))
    this.#fields.lineStart = 0
    return start + at - held
  }

  #scan(bytes: Buffer, base: number, start: number, stop: number): number {
    const line = this.#line
    const fields = this.#fields
    let at = start
    let lineEnded = false
    if (line !== undefined && !line.complete) {
      at = line.scan(bytes, base, at, stop)
      if (!line.complete) {
        this.refusal = line.refusal
        return at
      }
      lineEnded = true
      fields.lineStart = at
    }
    at = fields.scan(bytes, at, stop)
    if (!lineEnded && !fields.marked) return this.#settle(at)
    const text = bytes.toString('latin1', base, at)
    if (lineEnded) line?.take(text)
    fields.take(text, base, this.noted)
    return this.#settle(at)
  }

  #settle(at: number): number {
    this.refusal = this.#fields.refusal
    this.complete = this.refusal === undefined && this.#fields.complete
    return at
  }

  /** Where the line under way starts. */
  #lineStart(base: number): number {
    return this.#line === undefined || this.#line.complete ? this.#fields.lineStart : base
  }
}
