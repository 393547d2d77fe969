import { isIP, type Socket, type TcpNetConnectOpts } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { ServerSocket } from './server-socket.ts'

/** How to reach one server: the part of an origin and of a servers transport that a new connection depends on. */
export interface Destination {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  readonly serverName: string | undefined
  readonly insecureSkipVerify: boolean
  /** PEM texts that replace the system's authorities; without any, these hold. */
  readonly rootCAs: readonly string[]
}

/** The TLS session of the last connection to a server: the next handshake is shorter (RFC 8446 §2.2). */
export interface SessionMemory {
  tlsSession: Buffer | undefined
}

/**
 * All plain connections of a thread read into one buffer: what is read is used up before the next read, so that large
 * bodies cost no memory for each connection (measured: 64 KiB a read without it).
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

/** Hears `size` octets at the start of a buffer that is only valid during the call. */
type OnRead = (buffer: Buffer, size: number) => void

/** Dials a server. */
export function dial(destination: Destination, sessions: SessionMemory, onRead: OnRead): Socket {
  const { host, port, scheme } = destination
  if (scheme === 'https') return dialTls(destination, sessions, onRead)
  const onread: TcpNetConnectOpts['onread'] = {
    buffer: READ_BUFFER,
    callback: (size, buffer) => {
      onRead(buffer as Buffer, size)
      return true
    },
  }
  const socket = new ServerSocket({ allowHalfOpen: true, onread })
  return socket.connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 })
}

function dialTls(destination: Destination, sessions: SessionMemory, onRead: OnRead): Socket {
  const { host, port, serverName, insecureSkipVerify, rootCAs } = destination
  const name = serverName ?? host
  const options: ConnectionOptions & { allowHalfOpen: boolean } = {
    host,
    port,
    // An address is no server name (RFC 6066 §3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
    rejectUnauthorized: !insecureSkipVerify,
    ...(rootCAs.length === 0 ? {} : { ca: [...rootCAs] }),
    ...(sessions.tlsSession === undefined ? {} : { session: sessions.tlsSession }),
    ALPNProtocols: ['http/1.1'],
    allowHalfOpen: true,
  }
  const socket = connectTls(options)
  socket.setNoDelay(true)
  socket.on('session', (session) => {
    sessions.tlsSession = session
  })
  socket.on('data', (chunk) => onRead(chunk, chunk.length))
  return socket
}
