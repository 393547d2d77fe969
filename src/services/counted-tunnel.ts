import type { Tunnel } from '../dispatch/dispatch.ts'
import { EndingTunnel } from '../dispatch/ending-tunnel.ts'
import type { ServerState } from './server-state.ts'

/** A tunnel to a server: until it closes, the server works on one request. */
export class CountedTunnel extends EndingTunnel {
  readonly #state: ServerState

  constructor(tunnel: Tunnel, state: ServerState) {
    super(tunnel)
    this.#state = state
  }

  protected override onOver(): void {
    this.#state.leave()
  }
}
