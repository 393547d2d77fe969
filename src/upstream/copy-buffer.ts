import type { Socket } from 'node:net'

/** As large as what is read at once. */
const COPY_BYTES = 64 * 1024

/**
 * The copy that a socket gets of a chunk, which is a view into a read buffer and over after the call. Mostly the kernel takes
 * all of it at once and the same memory serves the next chunk; what the socket has to keep is its own from then on.
 */
export class CopyBuffer {
  #spare = Buffer.allocUnsafeSlow(COPY_BYTES)

  copy(chunk: Buffer): Buffer {
    if (chunk.length > COPY_BYTES) return Buffer.from(chunk)
    chunk.copy(this.#spare)
    return this.#spare.subarray(0, chunk.length)
  }

  /** After the write: nothing waits in a socket whose writes the kernel has taken. */
  settle(socket: Socket): void {
    if (socket.writableLength > 0) this.#spare = Buffer.allocUnsafeSlow(COPY_BYTES)
  }
}
