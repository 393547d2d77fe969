import { constants, type ServerHttp2Stream } from 'node:http2'
import type { Tunnel, TunnelSink } from '../dispatch/dispatch.ts'
import { GatewayError } from '../errors.ts'

const RESET = new GatewayError('GTW_UPSTREAM_RESET')

/** The client's end of a tunnel that runs through one stream (RFC 8441). */
export class Http2Tunnel implements Tunnel {
  readonly #stream: ServerHttp2Stream

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
  }

  start(sink: TunnelSink): void {
    const stream = this.#stream
    stream.on('data', (chunk: Buffer) => sink.onTunnelData(chunk))
    stream.on('drain', () => sink.onTunnelDrain())
    stream.on('end', () => {
      if (!stream.destroyed && stream.rstCode === 0) sink.onTunnelEnd()
    })
    if (stream.destroyed) sink.onTunnelClose(true)
    else stream.on('close', () => sink.onTunnelClose(stream.rstCode !== 0))
  }

  write(chunk: Buffer): boolean {
    return this.#stream.destroyed ? true : this.#stream.write(Buffer.from(chunk))
  }

  end(): void {
    this.#stream.end()
  }

  destroy(): void {
    // What was written before still goes out; then the client hears that nobody listens any more.
    this.#stream.end()
    this.#stream.close(constants.NGHTTP2_NO_ERROR)
  }

  /** Becomes RST_STREAM: as a reset of TCP would look (RFC 8441 §5). */
  reset(): void {
    this.#stream.destroy(RESET)
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }
}
