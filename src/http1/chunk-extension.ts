import { BACKSLASH, CR, EQUALS, FIELD, isIn, QDTEXT, QUOTE, SEMICOLON, TCHAR } from './octets.ts'
import { type Refusal, refusal } from './refusal.ts'

//  START ──;──▶ BEFORE_NAME ──▶ NAME ──=──▶ BEFORE_VALUE ──▶ VALUE        ──"──▶ QUOTED ──"──▶ CLOSED
//  From NAME, VALUE and CLOSED, `;` starts the next one and CR ends the line.
const START = 0
const BEFORE_NAME = 1
const NAME = 2
const BEFORE_VALUE = 3
const VALUE = 4
const QUOTED = 5
const ESCAPE = 6
const CLOSED = 7
const ENDED = 8

const BAD_EXTENSION = refusal('GTW_CHUNK_INVALID', 'an extension is not valid')

/**
 * Checks chunk extensions (RFC 9112 §7.1.1), which are then dropped. Two readers who disagree on where a sloppy extension ends
 * disagree on where the data begins; so the blanks that the grammar still knows, but nobody may send, are refused too.
 */
export class ChunkExtension {
  #state = START

  begin(): void {
    this.#state = START
  }

  /** Takes one octet behind the size, the CR of the line end included. */
  octet(octet: number): Refusal | undefined {
    const next = this.#next(octet)
    if (next === undefined) return BAD_EXTENSION
    this.#state = next
    return undefined
  }

  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: a parser state machine; one row for each state of the drawing above.
  #next(octet: number): number | undefined {
    switch (this.#state) {
      case START:
        return octet === SEMICOLON ? BEFORE_NAME : undefined
      case BEFORE_NAME:
        return isIn(octet, TCHAR) ? NAME : undefined
      case NAME:
        return isIn(octet, TCHAR) ? NAME : octet === EQUALS ? BEFORE_VALUE : endOf(octet)
      case BEFORE_VALUE:
        return octet === QUOTE ? QUOTED : isIn(octet, TCHAR) ? VALUE : undefined
      case VALUE:
        return isIn(octet, TCHAR) ? VALUE : endOf(octet)
      case QUOTED:
        return octet === QUOTE ? CLOSED : octet === BACKSLASH ? ESCAPE : isIn(octet, QDTEXT) ? QUOTED : undefined
      case ESCAPE:
        return isIn(octet, FIELD) ? QUOTED : undefined
      default:
        return endOf(octet)
    }
  }
}

function endOf(octet: number): number | undefined {
  return octet === SEMICOLON ? BEFORE_NAME : octet === CR ? ENDED : undefined
}
