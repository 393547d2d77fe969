import { Readable } from 'node:stream'
import type { GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import type { BodySink, RequestBody } from '../../http/request.ts'

/** The content of a request as a stream; nothing is read before someone reads the stream. */
export class ReadableContent extends Readable implements BodySink {
  readonly #body: RequestBody
  #isStarted = false
  /** What the client sent behind the content. */
  trailers: Headers | undefined

  constructor(body: RequestBody) {
    super()
    this.#body = body
  }

  override _read(): void {
    if (this.#isStarted) {
      this.#body.resume()
      return
    }
    this.#isStarted = true
    this.#body.start(this)
  }

  onBodyData(chunk: Buffer): void {
    // The chunk is only lent.
    if (!this.push(Buffer.from(chunk))) this.#body.pause()
  }

  onBodyEnd(trailers: Headers | undefined): void {
    this.trailers = trailers
    this.push(null)
  }

  onBodyError(error: GatewayError): void {
    this.destroy(error)
  }
}
