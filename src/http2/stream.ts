import type { Outlet, Sending } from './outlet.ts'
import { CODE, FRAME } from './protocol.ts'

/** Hears what comes on one stream. */
export interface StreamListener {
  /** A head of a response: an interim one, or the one. Only clients get any. */
  onStreamHead(fields: readonly string[], isLast: boolean): void
  /** Valid only during the call. */
  onStreamData(chunk: Buffer): void
  /** The peer has said all. */
  onStreamEnd(trailers: readonly string[] | undefined): void
  /** What had to wait has gone. */
  onStreamDrain(): void
  /** Nothing more goes out. `code` is undefined where both sides have come to their end; what was not read yet still comes. */
  onStreamClose(code: number | undefined): void
}

/** What a stream needs of its connection. */
export interface StreamOwner {
  readonly outlet: Outlet
  /** Octets that a peer may send on one stream before somebody takes them. */
  readonly streamWindow: number
  /** Octets that wait for their reader. */
  noteHeld(octets: number): void
  onStreamOver(stream: Stream): void
}

const NOBODY: StreamListener = { onStreamHead() {}, onStreamData() {}, onStreamEnd() {}, onStreamDrain() {}, onStreamClose() {} }

const NOTHING = Buffer.alloc(0)

const JOINED_OCTETS = 4096

/**
 * One exchange of a connection, seen from either end (RFC 9113 §5.1): it is open until both sides have ended, or one has reset
 * it. Content that nobody wants yet is held, and bounded by the window.
 */
export class Stream implements Sending {
  readonly id: number
  listener: StreamListener = NOBODY
  sendWindow: number
  isQueued = false
  isClosed = false
  /** It was reset from here while the peer may have been sending. */
  isForsaken = false
  /** The peer's head is complete; what comes in its form is trailers. */
  hasHead = false
  /** END_STREAM was sent; was received. */
  hasEnded = false
  hasReceived = false
  readonly #owner: StreamOwner
  #waiting: Buffer[] | undefined
  /** Octets of the first chunk that have gone. */
  #gone = 0
  #isEnding = false
  #lastFields: readonly string[] | undefined
  #isDismissed = false
  #isFlowing = false
  #held: Buffer[] | undefined
  #window: number
  #taken = 0
  /** Octets that the peer has declared and not sent; -1 where it has declared nothing. */
  #left = -1
  #trailers: readonly string[] | undefined
  #isEndTold = false

  constructor(owner: StreamOwner, id: number, sendWindow: number) {
    this.#owner = owner
    this.id = id
    this.sendWindow = sendWindow
    this.#window = owner.streamWindow
  }

  // ── sending ────────────────────────────────────────────────────────────────────────────────────────────

  /** Content was written that the peer does not take yet. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined
  }

  /** All was said here, although perhaps not taken. */
  get isEnding(): boolean {
    return this.#isEnding
  }

  /** A flat list of valid fields; `isLast`: nothing follows. */
  head(fields: readonly string[], isLast: boolean): void {
    if (this.isClosed || this.#isEnding) return
    this.#owner.outlet.head(this.id, fields, isLast)
    if (!isLast) return
    this.#isEnding = true
    this.#onEnded()
  }

  /** Returns false where the caller should wait for `onStreamDrain`. The chunk is copied. */
  write(chunk: Buffer): boolean {
    if (this.isClosed || this.#isEnding) return true
    const at = this.#waiting === undefined ? this.#owner.outlet.data(this, chunk, 0, false) : 0
    if (at === chunk.length) return true
    this.#wait(chunk, at)
    return false
  }

  /** The last content, in the frame that is the end. */
  end(chunk: Buffer = NOTHING): void {
    if (this.isClosed || this.#isEnding) return
    this.#isEnding = true
    const at = this.#waiting === undefined ? this.#owner.outlet.data(this, chunk, 0, true) : 0
    if (this.#waiting === undefined && at === chunk.length) this.#onEnded()
    else this.#wait(chunk, at)
  }

  /** Ends with fields behind the content. */
  endWith(trailers: readonly string[]): void {
    if (this.isClosed || this.#isEnding) return
    this.#isEnding = true
    this.#lastFields = trailers
    if (this.#waiting === undefined) this.#sendLastFields(trailers)
  }

  /** What the peer still has to say is not needed: it hears so when all was said here (RFC 9113 §8.1). */
  dismiss(): void {
    this.#isDismissed = true
    if (this.hasEnded) this.reset(CODE.noError)
  }

  reset(code: number): void {
    if (this.isClosed) return
    this.isForsaken = !this.hasReceived
    this.#owner.outlet.numbers(FRAME.reset, this.id, code)
    this.close(code)
  }

  sendWaiting(): boolean {
    const waiting = this.#waiting as Buffer[]
    const chunk = waiting[0] as Buffer
    const isLast = this.#isEnding && waiting.length === 1 && this.#lastFields === undefined
    const at = this.#owner.outlet.data(this, chunk, this.#gone, isLast)
    const went = at > this.#gone || chunk.length === 0
    this.#gone = at
    if (at < chunk.length) return went
    this.#gone = 0
    waiting.shift()
    if (waiting.length === 0) this.#onAllGone()
    return true
  }

  #wait(chunk: Buffer, at: number): void {
    this.#waiting ??= []
    this.#waiting.push(Buffer.from(chunk.subarray(at)))
    this.#owner.outlet.queue(this)
  }

  #onAllGone(): void {
    this.#waiting = undefined
    if (this.#lastFields !== undefined) this.#sendLastFields(this.#lastFields)
    else if (this.#isEnding) this.#onEnded()
    else this.listener.onStreamDrain()
  }

  #sendLastFields(fields: readonly string[]): void {
    this.#owner.outlet.head(this.id, fields, true)
    this.#onEnded()
  }

  #onEnded(): void {
    this.hasEnded = true
    if (this.hasReceived) this.close(undefined)
    else if (this.#isDismissed) this.reset(CODE.noError)
  }

  // ── receiving ──────────────────────────────────────────────────────────────────────────────────────────

  /** How much content the peer has declared: more, or less, is an error (RFC 9113 §8.1.1). */
  expect(octets: number): void {
    this.#left = octets
  }

  pause(): void {
    this.#isFlowing = false
  }

  /** Content comes from now on; what was held comes first. */
  resume(): void {
    this.#isFlowing = true
    while (this.#isFlowing && this.#held !== undefined) this.#release(this.#held)
    this.#tellEnd()
  }

  /** `padding` are octets that count and say nothing. */
  receive(chunk: Buffer, padding: number, isLast: boolean): void {
    const { length } = chunk
    this.#window -= length + padding
    const code = this.#faultOf(length, isLast)
    if (code !== CODE.noError) {
      this.reset(code)
      return
    }
    if (this.#left >= 0) this.#left -= length
    this.hasReceived = isLast
    if (!this.#isFlowing || this.#held !== undefined) this.#hold(chunk)
    else if (length > 0) this.listener.onStreamData(chunk)
    this.#credit(this.#held === undefined ? length + padding : padding)
    if (isLast) this.receiveEnd(undefined)
  }

  receiveHead(fields: readonly string[], isLast: boolean): void {
    // Trailers are the end (RFC 9113 §8.1), and nothing comes behind that.
    if (this.hasReceived) this.reset(CODE.streamClosed)
    else if (!this.hasHead) this.#receiveFirst(fields, isLast)
    else if (isLast) this.receiveEnd(fields)
    else this.reset(CODE.protocolError)
  }

  receiveEnd(trailers: readonly string[] | undefined): void {
    if (this.isClosed) return
    if (this.#left > 0 || !this.hasHead) {
      this.reset(CODE.protocolError)
      return
    }
    this.hasReceived = true
    this.#trailers = trailers
    this.#tellEnd()
    if (this.hasEnded) this.close(undefined)
  }

  /** A reset without an error behind all of the content takes nothing away from it. */
  receiveReset(code: number): void {
    if (code === CODE.noError && this.#left === 0) this.receiveEnd(undefined)
    this.close(code)
  }

  /** Nothing goes out any more; of what came, only a whole message is of use. */
  close(code: number | undefined): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#waiting = undefined
    if (!this.hasReceived) this.#drop()
    this.#owner.onStreamOver(this)
    this.listener.onStreamClose(code)
  }

  #receiveFirst(fields: readonly string[], isLast: boolean): void {
    this.listener.onStreamHead(fields, isLast)
    if (isLast) this.receiveEnd(undefined)
  }

  #faultOf(length: number, isLast: boolean): number {
    if (this.hasReceived) return CODE.streamClosed
    if (!this.hasHead) return CODE.protocolError
    if (this.#window < 0) return CODE.flowControlError
    const left = this.#left - length
    return this.#left >= 0 && (left < 0 || (isLast && left > 0)) ? CODE.protocolError : CODE.noError
  }

  /** Small chunks are joined: many of them would take far more memory than the window says. */
  #hold(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#held ??= []
    const last = this.#held.at(-1)
    if (last !== undefined && last.length + chunk.length <= JOINED_OCTETS) this.#held[this.#held.length - 1] = Buffer.concat([last, chunk])
    else this.#held.push(Buffer.from(chunk))
    this.#owner.noteHeld(chunk.length)
  }

  #release(held: Buffer[]): void {
    const chunk = held.shift() as Buffer
    if (held.length === 0) this.#held = undefined
    this.#owner.noteHeld(-chunk.length)
    this.listener.onStreamData(chunk)
    this.#credit(chunk.length)
  }

  #drop(): void {
    for (const chunk of this.#held ?? []) this.#owner.noteHeld(-chunk.length)
    this.#held = undefined
  }

  /** Half a window at a time: the peer need not wait, nor hear of each frame. */
  #credit(octets: number): void {
    if (this.hasReceived || this.isClosed) return
    this.#taken += octets
    if (this.#taken * 2 < this.#owner.streamWindow) return
    this.#owner.outlet.numbers(FRAME.windowUpdate, this.id, this.#taken)
    this.#window += this.#taken
    this.#taken = 0
  }

  #tellEnd(): void {
    if (!this.hasReceived || this.#isEndTold || !this.#isFlowing || this.#held !== undefined) return
    this.#isEndTold = true
    this.listener.onStreamEnd(this.#trailers)
  }
}
