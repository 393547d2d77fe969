import type { CheckedField } from './checked-field.ts'

/**
 * Header fields as received: a flat list `name, value, name, value, …` that keeps order, spelling and repeats.
 * Lookups take lower-case names and compare without regard to case (ASCII, RFC 9110 §5.1).
 *
 * The length of the content is not in the list: it is part of the framing, decided once by the parser and
 * written once by the writer (RFC 9112 §6.3), so that no later reader can come to another conclusion.
 */
export class Headers {
  readonly raw: string[]
  /** Octets of the content that the message declares, or -1 where it declares none. */
  contentLength = -1
  /**
   * Every name and value has been read by a parser, or was made of such by the forwarding rules: the writer need not read them
   * back. What `set` and `append` bring is not, unlike what `put` and `add` do, so that a middleware can never split a message (RFC 9112 §11.1).
   */
  isRead: boolean

  constructor(raw: string[] = [], isRead = false) {
    this.raw = raw
    this.isRead = isRead
  }

  /** The first value of a field. */
  get(lowerName: string): string | undefined {
    const index = this.#indexOf(lowerName, 0)
    return index === -1 ? undefined : this.raw[index + 1]
  }

  has(lowerName: string): boolean {
    return this.#indexOf(lowerName, 0) !== -1
  }

  /** Every value of a field, in order. */
  values(lowerName: string): string[] {
    const found: string[] = []
    for (let index = this.#indexOf(lowerName, 0); index !== -1; index = this.#indexOf(lowerName, index + 2)) {
      found.push(this.raw[index + 1] as string)
    }
    return found
  }

  /** Replaces every value of a field by one, in the place of the first. */
  set(name: string, value: string): void {
    this.isRead = false
    this.#replace(name, name.toLowerCase(), value)
  }

  /** The same with a field that is known to be right. */
  put({ name, lowerName, value }: CheckedField): void {
    this.#replace(name, lowerName, value)
  }

  append(name: string, value: string): void {
    this.isRead = false
    this.raw.push(name, value)
  }

  /** The same with a field that is known to be right. */
  add({ name, value }: CheckedField): void {
    this.raw.push(name, value)
  }

  delete(lowerName: string): void {
    this.#deleteFrom(lowerName, 0)
  }

  clone(): Headers {
    const copy = new Headers(this.raw.slice(), this.isRead)
    copy.contentLength = this.contentLength
    return copy
  }

  #replace(name: string, lowerName: string, value: string): void {
    const index = this.#indexOf(lowerName, 0)
    if (index === -1) {
      this.raw.push(name, value)
      return
    }
    this.raw[index] = name
    this.raw[index + 1] = value
    this.#deleteFrom(lowerName, index + 2)
  }

  #indexOf(lowerName: string, from: number): number {
    const { raw } = this
    for (let index = from; index < raw.length; index += 2) {
      if (equalsLower(raw[index] as string, lowerName)) return index
    }
    return -1
  }

  #deleteFrom(lowerName: string, from: number): void {
    const { raw } = this
    let kept = from
    for (let index = from; index < raw.length; index += 2) {
      if (equalsLower(raw[index] as string, lowerName)) continue
      if (kept !== index) {
        raw[kept] = raw[index] as string
        raw[kept + 1] = raw[index + 1] as string
      }
      kept += 2
    }
    raw.length = kept
  }
}

/** Whether `name` in lower case is `lowerName`; almost every pair differs in length, so that is looked at first. */
export function equalsLower(name: string, lowerName: string): boolean {
  return name.length === lowerName.length && (name === lowerName || name.toLowerCase() === lowerName)
}
