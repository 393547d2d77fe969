import type { DispatchController, DispatchHandler, Tunnel } from '../../dispatch/dispatch.ts'
import type { Headers } from '../../http/headers.ts'

/** Hears a response that nobody wants; says once when it is over. */
export class Discard implements DispatchHandler {
  #onEnd: (() => void) | undefined

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  onRequestStart(): void {}

  onResponseInfo(): void {}

  onRequestUpgrade(_controller: DispatchController, _statusCode: number, _headers: Headers, tunnel: Tunnel): void {
    tunnel.destroy()
    this.finish()
  }

  onResponseStart(): void {}

  onResponseData(): void {}

  onResponseEnd(): void {
    this.finish()
  }

  onResponseError(): void {
    this.finish()
  }

  finish(): void {
    const onEnd = this.#onEnd
    this.#onEnd = undefined
    onEnd?.()
  }
}
