import { FRAME_HEAD, MOST_IN_FRAME } from './protocol.ts'

const NOTHING = Buffer.alloc(0)

/** One frame, valid only during the call that tells of it: its content are the octets from `start` to `end`. */
export class Frame {
  type = 0
  flags = 0
  stream = 0
  octets: Buffer = NOTHING
  start = 0
  end = 0

  get length(): number {
    return this.end - this.start
  }
}

/** Hears the frames of a connection. */
export interface FrameSink {
  onFrame(frame: Frame): void
  onOversizedFrame(): void
}

/** Finds frames in octets that come in pieces of any size; of a frame that is not complete it keeps a copy. */
export class FrameReader {
  readonly #sink: FrameSink
  readonly #frame = new Frame()
  #kept: Buffer | undefined
  #keptLength = 0
  #isStopped = false

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  /** Nothing is read any more. */
  stop(): void {
    this.#isStopped = true
    this.#kept = undefined
  }

  read(bytes: Buffer, start: number, end: number): void {
    let at = start
    while (this.#kept !== undefined && at < end) at = this.#complete(this.#kept, bytes, at, end)
    while (!this.#isStopped && end - at >= FRAME_HEAD) {
      const next = at + FRAME_HEAD + lengthAt(bytes, at)
      if (next > end) break
      this.#tell(bytes, at, next)
      at = next
    }
    if (!this.#isStopped && at < end) this.#keep(bytes, at, end)
  }

  /** Adds to what is kept; returns how far. */
  #complete(kept: Buffer, bytes: Buffer, start: number, end: number): number {
    const copied = bytes.copy(kept, this.#keptLength, start, end)
    this.#keptLength += copied
    if (this.#keptLength < kept.length) return start + copied
    this.#kept = undefined
    if (kept.length === FRAME_HEAD && lengthAt(kept, 0) > 0) this.#keep(kept, 0, FRAME_HEAD)
    else this.#tell(kept, 0, kept.length)
    return start + copied
  }

  /** Makes room for the head of a frame, or for all of it once that is known. */
  #keep(bytes: Buffer, start: number, end: number): void {
    const length = end - start < FRAME_HEAD ? 0 : lengthAt(bytes, start)
    if (length > MOST_IN_FRAME) {
      this.#refuse()
      return
    }
    this.#kept = Buffer.allocUnsafe(FRAME_HEAD + length)
    this.#keptLength = bytes.copy(this.#kept, 0, start, end)
  }

  #tell(bytes: Buffer, start: number, end: number): void {
    if (end - start > FRAME_HEAD + MOST_IN_FRAME) {
      this.#refuse()
      return
    }
    const frame = this.#frame
    frame.type = bytes[start + 3] as number
    frame.flags = bytes[start + 4] as number
    // The first bit means nothing (RFC 9113 §4.1).
    frame.stream = uint32At(bytes, start + 5) & 0x7fffffff
    frame.octets = bytes
    frame.start = start + FRAME_HEAD
    frame.end = end
    this.#sink.onFrame(frame)
  }

  #refuse(): void {
    this.stop()
    this.#sink.onOversizedFrame()
  }
}

/** Four octets as a number with a sign. */
export function uint32At(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
}

function lengthAt(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
}
