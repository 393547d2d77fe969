import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'

export interface TlsAnswer {
  /** Subject of the certificate that the gateway showed. */
  readonly subject: string
  readonly protocol: string
  readonly alpn: string
  readonly reused: boolean
  readonly status: number
  readonly text: string
}

export interface TlsRequest extends ConnectionOptions {
  readonly host?: string
  readonly path?: string
}

/** Does a handshake with a port of 127.0.0.1, whatever the certificate is; rejects where it fails. */
export async function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'], ...options })
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
  })
  return socket
}

/** Sends one request on a connection of its own; `host` is what the Host field says, else it is the server name. */
export async function ask(port: number, { host, path = '/', ...options }: TlsRequest = {}): Promise<TlsAnswer> {
  const socket = await handshake(port, options)
  try {
    const facts = {
      subject: String(socket.getPeerCertificate().subject?.CN),
      protocol: String(socket.getProtocol()),
      alpn: String(socket.alpnProtocol),
      reused: socket.isSessionReused(),
    }
    const received = new Promise<string>((resolve, reject) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.once('end', () => resolve(text)).once('error', reject)
      socket.once('close', () => reject(new Error('closed without an answer')))
    })
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host ?? options.servername ?? 'localhost'}\r\nConnection: close\r\n\r\n`)
    const text = await received
    return { ...facts, status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text: text.slice(text.indexOf('\r\n\r\n') + 4) }
  } finally {
    socket.destroy()
  }
}
