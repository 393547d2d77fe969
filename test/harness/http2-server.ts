import { readFileSync } from 'node:fs'
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import type { Certificate } from './certificate.ts'

export type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]) => void

export interface Http2ServerOptions {
  readonly settings?: Settings
  /** With TLS; `h2` and `http/1.1` are taken unless the options say otherwise. */
  readonly certificate?: Certificate
  readonly tls?: TlsOptions & SecureContextOptions & { readonly allowHTTP1?: boolean }
}

export interface RunningHttp2Server extends AsyncDisposable {
  readonly port: number
  readonly sessions: readonly ServerHttp2Session[]
  readonly sockets: readonly Socket[]
  readonly server: Http2Server
}

/** An HTTP/2 server on a free port of 127.0.0.1; streams that fail do not end the test. */
export async function startHttp2Server(onStream: OnStream, options: Http2ServerOptions = {}): Promise<RunningHttp2Server> {
  const { certificate, settings = {} } = options
  const server =
    certificate === undefined
      ? createServer({ settings })
      : (createSecureServer({
          settings,
          cert: readFileSync(certificate.certFile),
          key: readFileSync(certificate.keyFile),
          ...options.tls,
        }) as unknown as Http2Server)
  const sessions: ServerHttp2Session[] = []
  const sockets: Socket[] = []
  server.on(certificate === undefined ? 'connection' : 'secureConnection', (socket: Socket) => sockets.push(socket.on('error', () => {})))
  server.on('session', (session) => {
    session.on('error', () => {})
    sessions.push(session)
  })
  server.on('sessionError', () => {})
  server.on('stream', (stream, headers, _flags, rawHeaders) => {
    stream.on('error', () => {})
    onStream(stream, headers, rawHeaders)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    sockets,
    server,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy()
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
