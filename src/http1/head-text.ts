import { COLON, CR, FIELD, isIn as isOctetIn, LF, SPACE, skip, TARGET, TCHAR } from './octets.ts'

const ORDINARY_LENGTH = 65_536

/** Holds a head only while it is checked; all writers of a thread share it. */
const OCTETS_UNDER_CHECK = Buffer.allocUnsafeSlow(ORDINARY_LENGTH)

/**
 * Collects the lines of a head, then reads them back as strictly as the next recipient might. What is read are the octets as
 * they will leave, so that no character can turn into another on the way; it is also faster than to read strings
 * (`writer.bench.ts`).
 */
export class HeadText {
  readonly #startLine: string
  readonly #isRead: boolean
  #text: string
  #fields = 0
  #nameLengths = 0

  /** The start line, without its line end. `isRead`: the fields come from a parser and are not read back (0.8 µs for 14 of them). */
  constructor(startLine: string, isRead = false) {
    this.#startLine = startLine
    this.#isRead = isRead
    this.#text = `${startLine}\r\n`
  }

  field(name: string, value: string): void {
    this.#text += `${name}: ${value}\r\n`
    this.#fields++
    this.#nameLengths += name.length
  }

  /** The head with its empty line, or undefined where a reader would see other fields than were given. */
  end(): string | undefined {
    const text = `${this.#text}\r\n`
    if (this.#isRead) return text
    return this.#fieldsReadAsGiven(octetsOf(text), text.length) ? text : undefined
  }

  /** The same for a start line that is `method SP target SP HTTP/1.1`. */
  endRequest(method: string, target: string): string | undefined {
    const text = `${this.#text}\r\n`
    if (this.#isRead) return isIn(method, TCHAR) && isIn(target, TARGET) ? text : undefined
    const bytes = octetsOf(text)
    const { length } = text
    const targetStart = method.length + 1
    const targetEnd = targetStart + target.length
    if (method === '' || skip(bytes, 0, length, TCHAR) !== method.length) return undefined
    if (target === '' || skip(bytes, targetStart, length, TARGET) !== targetEnd) return undefined
    return this.#fieldsReadAsGiven(bytes, length) ? text : undefined
  }

  #fieldsReadAsGiven(bytes: Buffer, length: number): boolean {
    let at = this.#startLine.length + 2
    let fields = 0
    let nameLengths = 0
    for (; bytes[at] !== CR; fields++) {
      const colon = skip(bytes, at, length, TCHAR)
      if (colon === at || bytes[colon] !== COLON || bytes[colon + 1] !== SPACE) return false
      nameLengths += colon - at
      at = skip(bytes, colon + 2, length, FIELD)
      if (bytes[at] !== CR || bytes[at + 1] !== LF) return false
      at += 2
    }
    // A colon inside a name, or a line end inside a value, changes one of the sums.
    return at + 2 === length && bytes[at + 1] === LF && fields === this.#fields && nameLengths === this.#nameLengths
  }
}

/** Whether a text may stand as the value of a field. */
export function isFieldText(text: string): boolean {
  return isIn(text, FIELD)
}

/** Whether a text is not empty and holds nothing but one class of octets. */
function isIn(text: string, octetClass: number): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0xff || !isOctetIn(code, octetClass)) return false
  }
  return text !== ''
}

/** The octets that the text becomes on the wire; valid until the next call. */
function octetsOf(text: string): Buffer {
  if (text.length > ORDINARY_LENGTH) return Buffer.from(text, 'latin1')
  OCTETS_UNDER_CHECK.write(text, 0, 'latin1')
  return OCTETS_UNDER_CHECK
}
