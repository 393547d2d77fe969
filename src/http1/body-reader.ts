import type { Headers } from '../http/headers.ts'
import { ChunkedDecoder } from './chunked.ts'
import { type BodyFraming, CHUNKED, UNTIL_CLOSE } from './framing.ts'
import type { ParserLimits } from './limits.ts'
import type { Refusal } from './refusal.ts'

/** Reads the content of one message after another, whatever ends it. */
export class BodyReader {
  /** Whether what the last `read` took was content; it was framing otherwise. */
  tookContent = false
  complete = true
  readonly #chunks: ChunkedDecoder
  #framing: BodyFraming = 0
  #remaining = 0

  constructor(limits: ParserLimits) {
    this.#chunks = new ChunkedDecoder(limits)
  }

  get refusal(): Refusal | undefined {
    return this.#framing === CHUNKED ? this.#chunks.refusal : undefined
  }

  get trailers(): Headers | undefined {
    return this.#framing === CHUNKED ? this.#chunks.trailers : undefined
  }

  begin(framing: BodyFraming): void {
    this.#framing = framing
    if (framing === CHUNKED) this.#chunks.begin()
    this.#remaining = framing === UNTIL_CLOSE ? Number.POSITIVE_INFINITY : Math.max(0, framing)
    this.complete = framing !== CHUNKED && this.#remaining === 0
  }

  /** Takes either one run of content or the framing up to the next one; returns the offset behind it. */
  read(buffer: Buffer, start: number, end: number): number {
    if (this.#framing === CHUNKED) return this.#readChunked(buffer, start, end)
    const taken = Math.min(end - start, this.#remaining)
    this.#remaining -= taken
    this.tookContent = true
    this.complete = this.#remaining === 0
    return start + taken
  }

  #readChunked(buffer: Buffer, start: number, end: number): number {
    const chunks = this.#chunks
    const { remaining } = chunks
    this.tookContent = remaining > 0
    if (remaining > 0) {
      const taken = Math.min(end - start, remaining)
      chunks.remaining = remaining - taken
      return start + taken
    }
    const at = chunks.read(buffer, start, end)
    this.complete = chunks.complete
    return at
  }
}
