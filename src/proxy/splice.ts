import type { Tunnel, TunnelSink } from '../dispatch/dispatch.ts'

/** Passes the octets of one end of a tunnel to the other: back-pressure, half-close and the end included (RFC 9110 §7.8). */
class Direction implements TunnelSink {
  readonly #from: Tunnel
  readonly #to: Tunnel

  constructor(from: Tunnel, to: Tunnel) {
    this.#from = from
    this.#to = to
  }

  onTunnelData(chunk: Buffer): void {
    if (!this.#to.write(chunk)) this.#from.pause()
  }

  /** The end that is read here has room again for what the other one sends. */
  onTunnelDrain(): void {
    this.#to.resume()
  }

  onTunnelEnd(): void {
    this.#to.end()
  }

  onTunnelClose(reset: boolean): void {
    if (reset) this.#to.reset()
    else this.#to.destroy()
  }
}

/** Joins two connections that have left HTTP; when one is gone, so is the other. */
export function splice(client: Tunnel, server: Tunnel): void {
  client.start(new Direction(client, server))
  server.start(new Direction(server, client))
}
