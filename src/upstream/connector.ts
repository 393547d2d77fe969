import { connect as connectTcp, type Socket, type TcpNetConnectOpts } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { ServerSocket } from './server-socket.ts'

/** How to reach one server. */
export interface Destination {
  readonly scheme: 'http' | 'https' | 'h2c'
  readonly host: string
  readonly port: number
}

/** What the connections to one server share of TLS. */
export interface TlsMemory {
  readonly tlsOptions: () => ConnectionOptions
  /** The session of the last connection: the next handshake is shorter (RFC 8446 §2.2). */
  tlsSession: Buffer | undefined
}

/** What is offered in TLS, in order of preference (RFC 7301). */
type Protocols = readonly ('h2' | 'http/1.1')[]

/**
 * All plain connections of a thread read into one buffer: what is read is used up before the next read, so that large
 * bodies cost no memory for each connection (measured: 64 KiB a read without it).
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 } as const

/** Hears `size` octets at the start of a buffer that is only valid during the call. */
export type OnRead = (buffer: Buffer, size: number) => void

/** Dials a server that is going to speak HTTP/1.1. */
export function dial({ scheme, host, port }: Destination, memory: TlsMemory, onRead: OnRead): Socket {
  if (scheme === 'https') return readInto(dialTls({ host, port }, memory, ['http/1.1']), onRead)
  const onread: TcpNetConnectOpts['onread'] = {
    buffer: READ_BUFFER,
    callback: (size, buffer) => {
      onRead(buffer as Buffer, size)
      return true
    },
  }
  return new ServerSocket({ ...SOCKET_OPTIONS, allowHalfOpen: true, onread }).connect({ host, port })
}

/** Dials a server that may speak HTTP/2; nobody reads from the socket yet. */
export function dialUnread({ scheme, host, port }: Destination, memory: TlsMemory): Socket {
  if (scheme === 'https') return dialTls({ host, port }, memory, ['h2', 'http/1.1'])
  return connectTcp({ ...SOCKET_OPTIONS, host, port })
}

/** Reads from a socket that was dialled unread. */
export function readInto(socket: Socket, onRead: OnRead): Socket {
  return socket.on('data', (chunk: Buffer) => onRead(chunk, chunk.length))
}

function dialTls(address: { readonly host: string; readonly port: number }, memory: TlsMemory, protocols: Protocols): Socket {
  const { tlsSession } = memory
  const socket = connectTls({
    ...address,
    ...memory.tlsOptions(),
    ...(tlsSession === undefined ? {} : { session: tlsSession }),
    ALPNProtocols: [...protocols],
    allowHalfOpen: true,
  } as ConnectionOptions)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, SOCKET_OPTIONS.keepAliveInitialDelay)
  return socket.on('session', (session: Buffer) => {
    memory.tlsSession = session
  })
}
