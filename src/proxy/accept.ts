import type { Server, Socket, SocketConstructorOpts } from 'node:net'
import { TcpSocket } from '../upstream/tcp-socket.ts'

/** What `new Socket` takes beside what its types say. */
type AcceptedOptions = Omit<SocketConstructorOpts, 'handle'> & { readonly handle: unknown }

/** The part of a listening server that is not public: called with each connection that the kernel has accepted. */
interface ListeningHandle {
  onconnection(status: number, handle: unknown): void
}

/** Hears `size` octets at the start of a buffer that is only valid during the call. */
export type OnRead = (buffer: Buffer, size: number) => void

/** Makes the socket of one accepted connection. */
export type OpenSocket = (onRead: OnRead) => Socket

/**
 * All client connections of a thread read into one buffer: the parser uses up what is read before the next read. Without it
 * every read gets 64 KiB of its own, and the streams of Node carry it (measured: 3 µs of 23 for each small request).
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * Calls back with every connection that a listening server accepts. Node makes accepted sockets itself and cannot be told to
 * give them a read buffer; so the handle is taken where the server would get it. A Node whose server has no such place gives
 * sockets of the ordinary kind.
 */
export function acceptConnections(server: Server, onConnection: (open: OpenSocket) => void): void {
  const { _handle } = server as unknown as { readonly _handle?: Partial<ListeningHandle> | null }
  if (typeof _handle?.onconnection === 'function') {
    _handle.onconnection = (status, handle) => {
      // An error of accept (EMFILE, ECONNABORTED) concerns no connection of ours; the next one is another try.
      if (status === 0) onConnection((onRead) => openWithBuffer(handle, onRead))
    }
    return
  }
  server.on('connection', (socket) => onConnection((onRead) => socket.on('data', (chunk) => onRead(chunk, chunk.length))))
}

function openWithBuffer(handle: unknown, onRead: OnRead): Socket {
  const options: AcceptedOptions = {
    handle,
    allowHalfOpen: true,
    readable: true,
    writable: true,
    onread: {
      buffer: READ_BUFFER,
      callback: (size, buffer) => {
        onRead(buffer as Buffer, size)
        return true
      },
    },
  }
  return new TcpSocket(options as SocketConstructorOpts)
}
