import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import type { BodySink, RequestBody, RequestHead } from '../http/request.ts'
import { keepTrailerFields } from '../http1/trailer-fields.ts'
import type { Stream } from '../http2/stream.ts'
import type { PacedBody } from './body-pace.ts'

/** Whom a body tells what happens to it. */
export interface BodyEvents {
  /** The client waits for the content to be wanted, and can be told so. */
  onBodyWanted(): void
  onBodyProgress(): void
  onBodyComplete(): void
}

/**
 * The content of a request that came on a stream. Nothing is read before somebody wants it: what the client may send until
 * then is bounded by the window of the stream.
 */
export class Http2Body implements RequestBody, PacedBody {
  readonly length: number
  ended: boolean
  received = 0
  readonly #stream: Stream
  readonly #request: RequestHead
  readonly #events: BodyEvents
  #sink: BodySink | undefined
  #error: GatewayError | undefined
  #isPaused = false
  #heldUp = false

  constructor(stream: Stream, request: RequestHead, events: BodyEvents) {
    this.length = request.headers.contentLength
    // The head said already that nothing follows.
    this.ended = stream.hasReceived
    this.#stream = stream
    this.#request = request
    this.#events = events
    if (this.length >= 0) stream.expect(this.length)
  }

  get started(): boolean {
    return this.#sink !== undefined
  }

  start(sink: BodySink): void {
    if (this.#sink !== undefined) throw new GatewayError('GTW_INTERNAL', 'content can be read once')
    this.#sink = sink
    if (this.#error !== undefined) sink.onBodyError(this.#error)
    else if (this.ended) sink.onBodyEnd(undefined)
    else {
      if (this.#request.expectsContinue) this.#events.onBodyWanted()
      this.#stream.resume()
    }
  }

  pause(): void {
    this.#isPaused = true
    this.#heldUp = true
    this.#stream.pause()
  }

  resume(): void {
    this.#isPaused = false
    if (!this.ended) this.#stream.resume()
  }

  takeHeldUp(): boolean {
    const heldUp = this.#heldUp
    this.#heldUp = this.#isPaused || this.#sink === undefined
    return heldUp || this.#heldUp
  }

  /** The rest will never come. */
  fail(error: GatewayError): void {
    if (this.ended || this.#error !== undefined) return
    this.#error = error
    this.#sink?.onBodyError(error)
  }

  onData(chunk: Buffer): void {
    if (this.#error !== undefined) return
    this.received += chunk.length
    this.#events.onBodyProgress()
    this.#sink?.onBodyData(chunk)
  }

  onEnd(fields: readonly string[] | undefined): void {
    if (this.#error !== undefined) return
    this.ended = true
    this.#events.onBodyComplete()
    this.#sink?.onBodyEnd(fields === undefined ? undefined : trailersOf(fields))
  }
}

function trailersOf(fields: readonly string[]): Headers | undefined {
  const trailers = new Headers([...fields])
  keepTrailerFields(trailers)
  return trailers.raw.length === 0 ? undefined : trailers
}
