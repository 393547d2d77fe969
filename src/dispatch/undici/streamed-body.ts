import { Readable } from 'node:stream'
import { GatewayError } from '../../errors.ts'
import type { BodySink, RequestBody } from '../../http/request.ts'
import { ReadableContent } from './readable-content.ts'

/** What an interceptor gives as content, as the content of a request. */
export class StreamedBody implements RequestBody {
  readonly length: number
  started = false
  readonly #content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  #stream: Readable | undefined

  constructor(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, length: number) {
    this.#content = content
    this.length = length
  }

  start(sink: BodySink): void {
    if (this.started) throw new GatewayError('GTW_INTERNAL', 'content can be read once')
    this.started = true
    const content = this.#content
    const stream = content instanceof Readable ? content : Readable.from(content, { objectMode: false })
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => sink.onBodyData(chunk))
    stream.on('end', () => sink.onBodyEnd(content instanceof ReadableContent ? content.trailers : undefined))
    stream.on('error', (error) => sink.onBodyError(toGatewayError(error)))
  }

  pause(): void {
    this.#stream?.pause()
  }

  resume(): void {
    this.#stream?.resume()
  }
}

function toGatewayError(error: Error): GatewayError {
  return error instanceof GatewayError ? error : new GatewayError('GTW_MIDDLEWARE_FAILED', 'its content broke off', { cause: error })
}
