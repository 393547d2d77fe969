import type { Socket } from 'node:net'
import { CopyBuffer } from './copy-buffer.ts'
import { writeText } from './direct-write.ts'

/** Content up to this size is joined with what stands around it: copying it costs less than a second system call. */
const JOIN_BYTES = 16 * 1024

const copies = new CopyBuffer()

/** Writes content between two short texts (a head, a chunk size; a line end or nothing) in as few system calls as it takes. */
export function writeFramed(socket: Socket, before: string, chunk: Buffer, after: string): boolean {
  if (chunk.length <= JOIN_BYTES) return writeText(socket, before + chunk.toString('latin1') + after)
  socket.cork()
  if (before !== '') socket.write(before, 'latin1')
  socket.write(copies.copy(chunk))
  if (after !== '') socket.write(after, 'latin1')
  socket.uncork()
  copies.settle(socket)
  return !socket.writableNeedDrain
}
