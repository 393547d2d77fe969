import type { SocketConstructorOpts } from 'node:net'
import { TcpSocket } from './tcp-socket.ts'

type Done = (error?: Error | null) => void

/**
 * A socket that survives a write that its peer does not take any more. Node destroys a socket whose write fails, and with it
 * the answer that may have come before: a server that answers 413 and resets must still be heard (RFC 9112 §9.5). The end of
 * the reading side, which follows at once, tells that the connection is over.
 */
export class ServerSocket extends TcpSocket {
  /** A write has failed: the connection carries nothing to the server any more, and its end is a reset. */
  isBroken = false
  #done: Done | undefined

  constructor(options: SocketConstructorOpts) {
    super(options)
  }

  override _write(chunk: unknown, encoding: BufferEncoding, done: Done): void {
    this.#done = done
    super._write(chunk, encoding, this.#written)
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], done: Done): void {
    this.#done = done
    super._writev?.(chunks, this.#written)
  }

  /** One for all writes: a stream has one under way at most. */
  readonly #written: Done = (error) => {
    const done = this.#done
    this.#done = undefined
    const { code } = (error ?? {}) as NodeJS.ErrnoException
    this.isBroken ||= code === 'EPIPE' || code === 'ECONNRESET'
    done?.(this.isBroken ? null : error)
  }
}
