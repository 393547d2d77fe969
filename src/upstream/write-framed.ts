import type { Socket } from 'node:net'

/** Content up to this size is joined with what stands around it: copying it costs less than a second system call. */
const JOIN_BYTES = 16 * 1024

/** As large as what is read at once. */
const COPY_BYTES = 64 * 1024

/**
 * The copy that a socket gets of a chunk, which is a view into a read buffer and over after the call. Mostly the kernel takes
 * all of it at once and the same memory serves the next chunk; what the socket has to keep is its own from then on.
 */
class CopyBuffer {
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

const copies = new CopyBuffer()

/** Writes content between two short texts (a head, a chunk size; a line end or nothing) in as few system calls as it takes. */
export function writeFramed(socket: Socket, before: string, chunk: Buffer, after: string): boolean {
  if (chunk.length <= JOIN_BYTES) return socket.write(before + chunk.toString('latin1') + after, 'latin1')
  socket.cork()
  if (before !== '') socket.write(before, 'latin1')
  socket.write(copies.copy(chunk))
  if (after !== '') socket.write(after, 'latin1')
  socket.uncork()
  copies.settle(socket)
  return !socket.writableNeedDrain
}
