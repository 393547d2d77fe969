import type { ServerHttp2Stream } from 'node:http2'
import { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import type { BodySink, RequestBody, RequestHead } from '../http/request.ts'

/** Whom a body tells what happens to it. */
export interface BodyEvents {
  onBodyProgress(): void
  onBodyComplete(): void
}

/**
 * The content of a request that came on a stream. Nothing is read before somebody wants it: what the client may send until
 * then is bounded by the window of the stream.
 */
export class Http2Body implements RequestBody {
  readonly length: number
  ended: boolean
  trailers: Headers | undefined = undefined
  readonly #stream: ServerHttp2Stream
  readonly #request: RequestHead
  readonly #events: BodyEvents
  #sink: BodySink | undefined
  #error: GatewayError | undefined
  #received = 0

  /** `ended`: the head said already that nothing follows. */
  constructor(stream: ServerHttp2Stream, request: RequestHead, events: BodyEvents & { readonly ended: boolean }) {
    this.length = request.headers.contentLength
    this.ended = events.ended
    this.#stream = stream
    this.#request = request
    this.#events = events
  }

  get started(): boolean {
    return this.#sink !== undefined
  }

  start(sink: BodySink): void {
    if (this.#sink !== undefined) throw new GatewayError('GTW_INTERNAL', 'content can be read once')
    this.#sink = sink
    if (this.#error !== undefined) sink.onBodyError(this.#error)
    else if (this.ended) sink.onBodyEnd(undefined)
    else this.#read()
  }

  pause(): void {
    if (!this.ended) this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  /** The rest will never come. */
  fail(error: GatewayError): void {
    if (this.ended || this.#error !== undefined) return
    this.#error = error
    this.#sink?.onBodyError(error)
  }

  #read(): void {
    const stream = this.#stream
    if (this.#request.expectsContinue && !stream.headersSent && !stream.closed) stream.additionalHeaders({ ':status': 100 })
    stream.on('data', (chunk: Buffer) => this.#onData(chunk))
    stream.on('end', () => this.#onEnd())
  }

  #onData(chunk: Buffer): void {
    if (this.#error !== undefined) return
    this.#received += chunk.length
    this.#events.onBodyProgress()
    this.#sink?.onBodyData(chunk)
  }

  /** A stream that is reset ends as well, for the library: content that is cut short must not look complete. */
  #onEnd(): void {
    const { aborted, destroyed, rstCode } = this.#stream
    if (aborted || destroyed || rstCode !== 0 || (this.length >= 0 && this.#received !== this.length)) {
      this.fail(new GatewayError('GTW_REQUEST_INCOMPLETE'))
      return
    }
    if (this.#error !== undefined) return
    this.ended = true
    this.#events.onBodyComplete()
    this.#sink?.onBodyEnd(this.trailers)
  }
}
