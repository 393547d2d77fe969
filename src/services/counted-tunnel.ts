import type { Tunnel, TunnelSink } from '../dispatch/dispatch.ts'
import type { ServerState } from './server-state.ts'

/** A tunnel to a server: until it closes, the server works on one request. */
export class CountedTunnel implements Tunnel, TunnelSink {
  readonly #tunnel: Tunnel
  readonly #state: ServerState
  #sink: TunnelSink | undefined
  #left = false

  constructor(tunnel: Tunnel, state: ServerState) {
    this.#tunnel = tunnel
    this.#state = state
  }

  start(sink: TunnelSink): void {
    this.#sink = sink
    this.#tunnel.start(this)
  }

  write(chunk: Buffer): boolean {
    return this.#tunnel.write(chunk)
  }

  end(): void {
    this.#tunnel.end()
  }

  destroy(): void {
    // Without a sink nobody says that it is closed.
    if (this.#sink === undefined) this.#leave()
    this.#tunnel.destroy()
  }

  reset(): void {
    if (this.#sink === undefined) this.#leave()
    this.#tunnel.reset()
  }

  pause(): void {
    this.#tunnel.pause()
  }

  resume(): void {
    this.#tunnel.resume()
  }

  onTunnelData(chunk: Buffer): void {
    this.#sink?.onTunnelData(chunk)
  }

  onTunnelDrain(): void {
    this.#sink?.onTunnelDrain()
  }

  onTunnelEnd(): void {
    this.#sink?.onTunnelEnd()
  }

  onTunnelClose(reset: boolean): void {
    this.#leave()
    this.#sink?.onTunnelClose(reset)
  }

  #leave(): void {
    if (this.#left) return
    this.#left = true
    this.#state.leave()
  }
}
