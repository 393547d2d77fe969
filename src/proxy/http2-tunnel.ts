import type { Tunnel, TunnelSink } from '../dispatch/dispatch.ts'
import { CODE } from '../http2/protocol.ts'
import type { Stream } from '../http2/stream.ts'

/** The client's end of a tunnel that runs through one stream (RFC 8441). */
export class Http2Tunnel implements Tunnel {
  readonly #stream: Stream
  #sink: TunnelSink | undefined

  constructor(stream: Stream) {
    this.#stream = stream
  }

  start(sink: TunnelSink): void {
    this.#sink = sink
    if (this.#stream.isClosed) sink.onTunnelClose(true)
    else this.#stream.resume()
  }

  write(chunk: Buffer): boolean {
    return this.#stream.write(chunk)
  }

  end(): void {
    this.#stream.end()
  }

  /** What was written before still goes out; then the client hears that nobody listens any more. */
  destroy(): void {
    this.#stream.end()
    this.#stream.dismiss()
  }

  /** Becomes RST_STREAM: as a reset of TCP would look (RFC 8441 §5). */
  reset(): void {
    this.#stream.reset(CODE.internalError)
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  // ── what the stream says ───────────────────────────────────────────────────────────────────────────────

  onData(chunk: Buffer): void {
    this.#sink?.onTunnelData(chunk)
  }

  onDrain(): void {
    this.#sink?.onTunnelDrain()
  }

  onEnd(): void {
    this.#sink?.onTunnelEnd()
  }

  onClose(code: number | undefined): void {
    this.#sink?.onTunnelClose(code !== undefined && code !== CODE.noError)
  }
}
