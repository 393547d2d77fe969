import type { HpackEncoder } from './hpack-encoder.ts'
import { FIRST_WINDOW, FLAG, FRAME, FRAME_HEAD, MOST_IN_FRAME } from './protocol.ts'

/** Where octets go: a socket. */
export interface Wire {
  /** Octets that it has not passed on. */
  readonly writableLength: number
  /** Returns false where it will tell when it has passed on all of them. */
  write(octets: Buffer, done: () => void): boolean
}

/** A stream whose content goes through an outlet. */
export interface Sending {
  readonly id: number
  /** Octets that its peer still takes. */
  sendWindow: number
  /** It is in the line. */
  isQueued: boolean
  readonly isWaiting: boolean
  /** Sends some of what waits; returns whether anything went. */
  sendWaiting(): boolean
}

const BUFFER_BYTES = 64 * 1024

/** Frames with less content than this are not begun only because they still fit in. */
const LEAST_CONTENT = 1024

/** Octets that may wait in the wire before content has to wait in front of it: TLS takes its time with all that it gets. */
const MOST_UNSENT = 256 * 1024

const MOST_SPARE = 64

/** What is said behind the end. */
const NOWHERE = Buffer.allocUnsafeSlow(BUFFER_BYTES)

/** Buffers that no connection writes into now. */
const spare: Buffer[] = []

/**
 * Writes the frames of one connection. What is said in one turn of the event loop, by all its streams, leaves in one write;
 * content is copied once, to the place that it leaves from.
 */
export class Outlet {
  /** Octets of content that the peer takes, on all streams together. */
  window = FIRST_WINDOW
  /** The wire has more than it can take. */
  isBlocked = false
  readonly encoder: HpackEncoder
  readonly #wire: Wire
  #bytes: Buffer | undefined
  #at = 0
  readonly #underway: Buffer[] = []
  /** Streams with content that could not go. */
  #queue: Sending[] = []
  #isClosed = false

  constructor(wire: Wire, encoder: HpackEncoder) {
    this.#wire = wire
    this.encoder = encoder
  }

  /** Nothing is written any more, but what waits for the end of the turn. */
  close(): void {
    this.flush()
    this.#isClosed = true
    this.#queue = []
  }

  /** Octets in front of all frames. */
  raw(octets: Buffer): void {
    const bytes = this.#reserve(octets.length)
    this.#at += octets.copy(bytes, this.#at)
  }

  /** A frame whose content are numbers of four octets. */
  numbers(type: number, stream: number, ...numbers: readonly number[]): void {
    const bytes = this.#begin(type, FLAG.none, stream, numbers.length * 4)
    for (const number of numbers) this.#at = bytes.writeUInt32BE(number, this.#at)
  }

  settings(settings: readonly (readonly [name: number, value: number])[]): void {
    const bytes = this.#begin(FRAME.settings, FLAG.none, 0, settings.length * 6)
    for (const [name, value] of settings) {
      this.#at = bytes.writeUInt16BE(name, this.#at)
      this.#at = bytes.writeUInt32BE(value, this.#at)
    }
  }

  settingsAck(): void {
    this.#begin(FRAME.settings, FLAG.ack, 0, 0)
  }

  /** Eight octets that the peer sends back, or has sent. */
  ping(octets: Buffer, isAck: boolean): void {
    const bytes = this.#begin(FRAME.ping, isAck ? FLAG.ack : FLAG.none, 0, octets.length)
    this.#at += octets.copy(bytes, this.#at)
  }

  /** A flat list of valid fields; `isLast`: nothing follows on this stream. */
  head(stream: number, fields: readonly string[], isLast: boolean): void {
    const end = isLast ? FLAG.endStream : FLAG.none
    const room = this.encoder.roomFor(fields)
    if (room > MOST_IN_FRAME) {
      this.#largeHead(stream, fields, end)
      return
    }
    const bytes = this.#reserve(FRAME_HEAD + room)
    const start = this.#at
    const stop = this.encoder.write(bytes, start + FRAME_HEAD, fields)
    this.#begin(FRAME.headers, end | FLAG.endHeaders, stream, stop - start - FRAME_HEAD)
    this.#at = stop
  }

  /** Sends content from `at` on, as far as the peer and the wire take it; returns how far it went. */
  data(stream: Sending, chunk: Buffer, at: number, isLast: boolean): number {
    const { length } = chunk
    let next = at
    do {
      const size = Math.min(length - next, stream.sendWindow, this.window, this.#mostContent)
      if (size <= 0 && next < length) break
      if (this.isBlocked && size > 0) break
      const end = isLast && next + size === length ? FLAG.endStream : FLAG.none
      const bytes = this.#begin(FRAME.data, end, stream.id, size)
      this.#at += chunk.copy(bytes, this.#at, next, next + size)
      next += size
      stream.sendWindow -= size
      this.window -= size
    } while (next < length)
    return next
  }

  /** The stream goes on when it can. */
  queue(stream: Sending): void {
    if (stream.isQueued) return
    stream.isQueued = true
    this.#queue.push(stream)
  }

  /** The wire has room again. */
  onDrain(): void {
    this.isBlocked = false
    this.pump()
  }

  /** Something can go again: streams take turns, a chunk each. */
  pump(): void {
    let stuck = 0
    while (!this.isBlocked && this.window > 0 && stuck < this.#queue.length) {
      const stream = this.#queue.shift() as Sending
      const went = stream.isWaiting && stream.sendWaiting()
      if (stream.isWaiting) {
        this.#queue.push(stream)
        stuck = went ? 0 : stuck + 1
      } else stream.isQueued = false
    }
  }

  /** One stream can go on; it stays in the line, which nobody needs to look through. */
  pumpOne(stream: Sending): void {
    while (!this.isBlocked && this.window > 0 && stream.isWaiting && stream.sendWaiting());
  }

  flush(): void {
    const bytes = this.#bytes
    if (bytes === undefined || this.#isClosed) return
    this.#bytes = undefined
    this.#underway.push(bytes)
    const hasRoom = this.#wire.write(bytes.subarray(0, this.#at), this.#onWritten)
    this.isBlocked ||= !hasRoom && this.#wire.writableLength > MOST_UNSENT
  }

  /** What one frame may hold: what fits in, or all that is allowed. */
  get #mostContent(): number {
    const room = this.#bytes === undefined ? 0 : BUFFER_BYTES - this.#at - FRAME_HEAD
    return room < LEAST_CONTENT ? MOST_IN_FRAME : Math.min(room, MOST_IN_FRAME)
  }

  /** Writes complete in the order in which they began. */
  readonly #onWritten = (): void => {
    const bytes = this.#underway.shift()
    if (bytes !== undefined && spare.length < MOST_SPARE) spare.push(bytes)
  }

  /** A buffer with so much room behind `#at`. */
  #reserve(octets: number): Buffer {
    if (this.#isClosed) {
      this.#at = 0
      return NOWHERE
    }
    if (this.#bytes !== undefined && BUFFER_BYTES - this.#at < octets) this.flush()
    if (this.#bytes === undefined) {
      this.#bytes = spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES)
      this.#at = 0
      flushes.add(this)
    }
    return this.#bytes
  }

  /** Writes the head of a frame; its content comes behind it (RFC 9113 §4.1). */
  #begin(type: number, flags: number, stream: number, length: number): Buffer {
    const bytes = this.#reserve(FRAME_HEAD + length)
    const at = this.#at
    bytes[at] = length >> 16
    bytes[at + 1] = length >> 8
    bytes[at + 2] = length
    bytes[at + 3] = type
    bytes[at + 4] = flags
    bytes[at + 5] = stream >> 24
    bytes[at + 6] = stream >> 16
    bytes[at + 7] = stream >> 8
    bytes[at + 8] = stream
    this.#at = at + FRAME_HEAD
    return bytes
  }

  /** A head that does not fit in one frame goes on in others (RFC 9113 §4.3). */
  #largeHead(stream: number, fields: readonly string[], end: number): void {
    const block = Buffer.allocUnsafe(this.encoder.roomFor(fields))
    const length = this.encoder.write(block, 0, fields)
    for (let from = 0; from < length || from === 0; from += MOST_IN_FRAME) {
      const to = Math.min(from + MOST_IN_FRAME, length)
      const flags = (from === 0 ? end : FLAG.none) | (to === length ? FLAG.endHeaders : FLAG.none)
      const bytes = this.#begin(from === 0 ? FRAME.headers : FRAME.continuation, flags, stream, to - from)
      this.#at += block.copy(bytes, this.#at, from, to)
    }
  }
}

/** The outlets that have something to say at the end of this turn of the event loop. */
class Flushes {
  #outlets: Outlet[] = []

  add(outlet: Outlet): void {
    if (this.#outlets.length === 0) setImmediate(this.#run)
    this.#outlets.push(outlet)
  }

  readonly #run = (): void => {
    const outlets = this.#outlets
    this.#outlets = []
    for (const outlet of outlets) outlet.flush()
  }
}

const flushes = new Flushes()
