import type { Socket, SocketConstructorOpts } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { GatewayError } from '../../errors.ts'
import type { Peer } from '../../http/request.ts'
import type { TcpTarget } from '../../runtime/tcp-target.ts'
import { proxyHeader } from '../../tcp/proxy-header.ts'
import { toUpstreamError } from '../../upstream/connect-error.ts'
import { ServerSocket } from '../../upstream/server-socket.ts'
import { TransportTls } from '../../upstream/transport-tls.ts'
import { ACCEPTED, SSL_REQUEST } from './postgres.ts'

/** Who asked for a connection to a server. */
export interface DialOwner {
  readonly peer: Peer
  /** The server is told beforehand that the client wants TLS, in the words of PostgreSQL. */
  readonly isPostgres: boolean
  onDialled(server: Socket): void
  onDialFailed(error: GatewayError): void
  /** Octets of the server, which are only valid during the call. */
  onServerRead(buffer: Buffer, size: number): void
}

/** All plain connections of a thread read into one buffer: what is read is written or copied before the next read. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

/** A transport that a reload leaves alone keeps its context, which takes milliseconds to make. */
const contexts = new WeakMap<object, TransportTls>()

/**
 * Connects to a server of a TCP service:
 *
 *     connect ──▶ PROXY header ──┬─────────────────────────────────────┬──▶ dialled
 *                                ├──▶ TLS handshake ───────────────────┤
 *                                └──▶ SSLRequest ──▶ `S` (PostgreSQL) ──┘
 */
export class ServerDial {
  readonly #target: TcpTarget
  readonly #owner: DialOwner
  /** The connection of TCP, below TLS where that is spoken. */
  readonly raw: ServerSocket
  #state: 'dialling' | 'asking' | 'dialled' | 'failed' = 'dialling'

  constructor(target: TcpTarget, owner: DialOwner) {
    this.#target = target
    this.#owner = owner
    const { host, port, transport, tls } = target
    const keepAliveMs = transport.dialKeepAlive
    const options = {
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: keepAliveMs >= 0,
      // As in Go, 0 stands for the default.
      keepAliveInitialDelay: keepAliveMs > 0 ? keepAliveMs : 15_000,
      ...(tls ? {} : { onread: { buffer: READ_BUFFER, callback: this.#onRead } }),
    }
    this.raw = new ServerSocket(options as SocketConstructorOpts)
    this.raw.on('error', this.#onError)
    this.raw.on('close', this.#onClose)
    this.raw.once('connect', this.#onConnected)
    this.raw.connect({ host, port })
  }

  /** Nobody waits for it any more, or it takes too long. */
  fail(error: GatewayError): void {
    if (this.#state === 'dialled' || this.#state === 'failed') return
    this.#state = 'failed'
    this.raw.destroy()
    this.#owner.onDialFailed(error)
  }

  /** What faults call the server. */
  get name(): string {
    const { host, port } = this.#target
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  }

  readonly #onConnected = (): void => {
    const { transport, tls } = this.#target
    const { peer, isPostgres } = this.#owner
    if (transport.proxyProtocol !== undefined) this.raw.write(proxyHeader(transport.proxyProtocol.version, peer))
    if (isPostgres) {
      this.#state = 'asking'
      this.raw.write(SSL_REQUEST)
    } else if (tls) this.#secure()
    else this.#finish(this.raw)
  }

  #secure(): void {
    const { host, transport } = this.#target
    const options = { ...tlsOf(transport.tls).optionsFor(host)(), socket: this.raw, host, allowHalfOpen: true }
    const secure = connectTls(options as ConnectionOptions)
    secure.on('error', this.#onError)
    secure.once('secureConnect', () => this.#finish(secure))
    secure.on('data', (chunk: Buffer) => this.#owner.onServerRead(chunk, chunk.length))
  }

  #finish(server: Socket): void {
    if (this.#state === 'failed') return
    this.#state = 'dialled'
    this.#owner.onDialled(server)
  }

  /** The answer to SSLRequest is one octet; whatever follows it belongs to the client. */
  readonly #onRead = (size: number, buffer: Uint8Array): boolean => {
    const octets = buffer as Buffer
    if (this.#state === 'dialled') this.#owner.onServerRead(octets, size)
    else if (this.#state !== 'asking') return true
    else if (octets[0] !== ACCEPTED) this.fail(new GatewayError('GTW_UPSTREAM_TLS', `${this.name}: the server refuses TLS`))
    else {
      this.#finish(this.raw)
      if (size > 1) this.#owner.onServerRead(octets.subarray(1, size), size - 1)
    }
    return true
  }

  readonly #onError = (error: Error): void => this.fail(toUpstreamError(error, this.name, this.#target.tls))

  readonly #onClose = (): void => this.fail(new GatewayError('GTW_UPSTREAM_CLOSED', this.name))
}

function tlsOf(settings: TcpTarget['transport']['tls']): TransportTls {
  const known = contexts.get(settings) ?? new TransportTls(settings)
  contexts.set(settings, known)
  return known
}
