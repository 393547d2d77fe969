import type { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import type { BodySink, RequestBody } from '../http/request.ts'

/** Counts the octets of a content as they pass. */
export class CountedBody implements RequestBody, BodySink {
  readonly length: number
  octets = 0
  readonly #body: RequestBody
  #sink: BodySink | undefined

  constructor(body: RequestBody) {
    this.length = body.length
    this.#body = body
  }

  get started(): boolean {
    return this.#body.started
  }

  start(sink: BodySink): void {
    this.#sink = sink
    this.#body.start(this)
  }

  pause(): void {
    this.#body.pause()
  }

  resume(): void {
    this.#body.resume()
  }

  onBodyData(chunk: Buffer): void {
    this.octets += chunk.length
    this.#sink?.onBodyData(chunk)
  }

  onBodyEnd(trailers: Headers | undefined): void {
    this.#sink?.onBodyEnd(trailers)
  }

  onBodyError(error: GatewayError): void {
    this.#sink?.onBodyError(error)
  }
}
