import type { Tunnel, TunnelSink } from './dispatch.ts'

/** A tunnel that says, once, when it is over. */
export abstract class EndingTunnel implements Tunnel, TunnelSink {
  readonly #tunnel: Tunnel
  #sink: TunnelSink | undefined
  #isOver = false

  constructor(tunnel: Tunnel) {
    this.#tunnel = tunnel
  }

  protected abstract onOver(): void

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
    // Without a sink nobody hears that it is closed.
    if (this.#sink === undefined) this.#over()
    this.#tunnel.destroy()
  }

  reset(): void {
    if (this.#sink === undefined) this.#over()
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
    this.#over()
    this.#sink?.onTunnelClose(reset)
  }

  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.onOver()
  }
}
