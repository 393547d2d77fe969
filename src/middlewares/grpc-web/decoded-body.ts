import { GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import type { BodySink, RequestBody } from '../../http/request.ts'
import { Base64Decoder } from './base64.ts'

/** The octets of content that comes as Base64. */
export class DecodedBody implements RequestBody, BodySink {
  readonly length = -1
  readonly #source: RequestBody
  readonly #decoder = new Base64Decoder()
  #sink: BodySink | undefined

  constructor(source: RequestBody) {
    this.#source = source
  }

  get started(): boolean {
    return this.#source.started
  }

  start(sink: BodySink): void {
    this.#sink = sink
    this.#source.start(this)
  }

  pause(): void {
    this.#source.pause()
  }

  resume(): void {
    this.#source.resume()
  }

  onBodyData(chunk: Buffer): void {
    const octets = this.#attempt(() => this.#decoder.push(chunk))
    if (octets !== undefined && octets.length > 0) this.#sink?.onBodyData(octets)
  }

  onBodyEnd(trailers: Headers | undefined): void {
    this.#attempt(() => this.#decoder.end())
    const sink = this.#sink
    this.#sink = undefined
    sink?.onBodyEnd(trailers)
  }

  onBodyError(error: GatewayError): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.onBodyError(error)
  }

  /** What cannot be decoded must not reach the server as if it were whole. */
  #attempt<T>(decode: () => T): T | undefined {
    try {
      return this.#sink === undefined ? undefined : decode()
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      this.onBodyError(error)
      return undefined
    }
  }
}
