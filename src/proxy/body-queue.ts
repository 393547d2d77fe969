import type { Socket } from 'node:net'
import { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import type { BodySink, RequestBody, RequestHead } from '../http/request.ts'
import { type BodyFraming, CHUNKED } from '../http1/framing.ts'
import type { PacedBody } from './body-pace.ts'

/** What waits for someone to read it is bounded: then the socket is not read any further. */
const MOST_WAITING = 64 * 1024

/** What nobody wanted is read and thrown away up to this size, so that the connection can be used again (RFC 9112 §9.3). */
const MOST_DISCARDED = 256 * 1024

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

/**
 * The content of one request, from the parser to whoever starts it. Nothing is read ahead of need: until there is a sink,
 * the socket is paused as soon as the bound is reached.
 */
export class BodyQueue implements RequestBody, PacedBody {
  readonly length: number
  ended = false
  received = 0
  readonly #socket: Socket
  readonly #request: RequestHead
  #sink: BodySink | undefined
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #trailers: Headers | undefined
  #error: GatewayError | undefined
  #continued = false
  #heldUp = false

  constructor(socket: Socket, framing: BodyFraming, request: RequestHead) {
    this.length = framing === CHUNKED ? -1 : framing
    this.#socket = socket
    this.#request = request
  }

  get started(): boolean {
    return this.#sink !== undefined
  }

  /** The client waits for 100 and has not sent anything: with a final answer instead, it will not. */
  get isHeldBack(): boolean {
    return this.#request.expectsContinue && !this.#continued && !this.ended && this.#waitingBytes === 0
  }

  start(sink: BodySink): void {
    if (this.#sink !== undefined) throw new GatewayError('GTW_INTERNAL', 'content can be read once')
    this.#sink = sink
    if (this.#error !== undefined) {
      sink.onBodyError(this.#error)
      return
    }
    this.#continue()
    this.#deliver(sink)
    this.#socket.resume()
  }

  pause(): void {
    if (this.ended) return
    this.#heldUp = true
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Throws the rest away; calls back with false where that would be too much, or the request breaks off. */
  discard(done: (drained: boolean) => void): void {
    // A client that still waits for 100 will not send its content now.
    if (this.#request.expectsContinue && !this.#continued) {
      done(false)
      return
    }
    const sink = new Discard(done)
    this.#sink = sink
    this.#deliver(sink)
    this.#socket.resume()
  }

  takeHeldUp(): boolean {
    const heldUp = this.#heldUp
    this.#heldUp = this.#socket.isPaused() || this.isHeldBack
    return heldUp || this.#heldUp
  }

  // ── from the parser ────────────────────────────────────────────────────────────────────────────────────

  push(chunk: Buffer): void {
    this.received += chunk.length
    if (this.#sink !== undefined) {
      this.#sink.onBodyData(chunk)
      return
    }
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
    if (this.#waitingBytes > MOST_WAITING) this.#socket.pause()
  }

  end(trailers: Headers | undefined): void {
    this.ended = true
    this.#trailers = trailers
    this.#sink?.onBodyEnd(trailers)
  }

  fail(error: GatewayError): void {
    if (this.ended || this.#error !== undefined) return
    this.#error = error
    this.#sink?.onBodyError(error)
  }

  /** The read that brought the waiting views is over: what is kept must be a copy. */
  settle(): void {
    if (this.#waiting.length > 0) this.#waiting = this.#waiting.map((view) => Buffer.from(view))
  }

  #continue(): void {
    if (!this.#request.expectsContinue || this.ended || this.#waitingBytes > 0) return
    this.#continued = true
    this.#socket.write(CONTINUE, 'latin1')
  }

  #deliver(sink: BodySink): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const chunk of waiting) sink.onBodyData(chunk)
    if (this.ended) sink.onBodyEnd(this.#trailers)
  }
}

/** Counts what it throws away. */
class Discard implements BodySink {
  #left = MOST_DISCARDED
  #done: ((drained: boolean) => void) | undefined

  constructor(done: (drained: boolean) => void) {
    this.#done = done
  }

  onBodyData(chunk: Buffer): void {
    this.#left -= chunk.length
    if (this.#left < 0) this.#finish(false)
  }

  onBodyEnd(): void {
    this.#finish(true)
  }

  onBodyError(): void {
    this.#finish(false)
  }

  #finish(drained: boolean): void {
    const done = this.#done
    this.#done = undefined
    done?.(drained)
  }
}
