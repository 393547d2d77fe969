import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

export interface StreamOrigin extends AsyncDisposable {
  readonly port: number
  /** `127.0.0.1:PORT`. */
  readonly address: string
  /** How many connections were accepted. */
  readonly accepted: number
}

/** What a server does with a connection; it may listen to its events and write. */
export type Serve = (socket: Socket) => void

/** Sends back what comes, a name in front of it. */
export const echo =
  (name = ''): Serve =>
  (socket) => {
    if (name !== '') socket.write(`${name}:`)
    socket.pipe(socket)
  }

/** A server of TCP on a free port of 127.0.0.1; with TLS where options for it are given. */
export async function startStreamOrigin(serve: Serve, tls?: TlsOptions): Promise<StreamOrigin> {
  const sockets = new Set<Socket>()
  let accepted = 0
  const take = (socket: Socket): void => {
    accepted++
    // A reset is a close.
    socket.on('error', () => {})
    serve(socket)
  }
  const server: Server =
    tls === undefined ? createServer({ allowHalfOpen: true }, take) : createTlsServer({ ...tls, allowHalfOpen: true }, take)
  // Below TLS: a handshake that fails leaves its connection open.
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    address: `127.0.0.1:${port}`,
    get accepted() {
      return accepted
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
