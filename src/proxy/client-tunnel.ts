import type { Socket } from 'node:net'
import type { Tunnel, TunnelSink } from '../dispatch/dispatch.ts'
import { writeFramed } from '../upstream/write-framed.ts'

/** The client's end of a connection that has left HTTP. */
export class ClientTunnel implements Tunnel {
  readonly #socket: Socket
  readonly #early: Buffer | undefined
  readonly #ended: boolean
  #sink: TunnelSink | undefined

  /** `early` holds octets that came behind the request, `ended` says that a FIN came behind those; nobody else listens to the socket. */
  constructor(socket: Socket, early: Buffer | undefined, ended: boolean) {
    this.#socket = socket
    this.#early = early
    this.#ended = ended
  }

  start(sink: TunnelSink): void {
    const socket = this.#socket
    this.#sink = sink
    if (this.#early !== undefined) sink.onTunnelData(this.#early)
    if (this.#ended) sink.onTunnelEnd()
    socket.on('drain', () => sink.onTunnelDrain())
    socket.on('end', () => sink.onTunnelEnd())
    socket.on('error', () => socket.destroy())
    socket.on('close', (hadError) => sink.onTunnelClose(hadError))
    if (socket.destroyed) sink.onTunnelClose(true)
    else socket.resume()
  }

  /** The connection passes on what it reads; the view is only valid during the call. */
  onRead(octets: Buffer): void {
    this.#sink?.onTunnelData(octets)
  }

  write(chunk: Buffer): boolean {
    return writeFramed(this.#socket, '', chunk, '')
  }

  end(): void {
    this.#socket.end()
  }

  /** What was written before still goes out. */
  destroy(): void {
    this.#socket.destroySoon()
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }
}
