import type { DispatchHandler } from '../dispatch/dispatch.ts'
import type { RequestHead } from '../http/request.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Kept } from '../services/kept.ts'
import { type ConnectionOwner, type ConnectionTimeouts, UpstreamConnection } from './connection.ts'
import type { Destination } from './connector.ts'

/** How a pool behaves: the part of a servers transport that is not about reaching the server. */
export interface PoolOptions {
  readonly timeouts: ConnectionTimeouts
  /** Idle connections kept for reuse; below 0 none. */
  readonly maxIdle: number
}

/** The connections to one server. The one used last is used next, so that what is not needed grows old and goes. */
export class Pool implements ConnectionOwner, Kept {
  readonly clock: Clock
  readonly destination: Destination
  readonly timeouts: ConnectionTimeouts
  tlsSession: Buffer | undefined = undefined
  readonly #maxIdle: number
  readonly #idle: UpstreamConnection[] = []
  #closed = false

  constructor(destination: Destination, options: PoolOptions, clock: Clock) {
    this.destination = destination
    this.timeouts = options.timeouts
    this.#maxIdle = options.maxIdle
    this.clock = clock
  }

  dispatch(request: RequestHead, handler: DispatchHandler, hostField: string): boolean {
    const connection = this.#idle.pop() ?? new UpstreamConnection(this)
    connection.send(request, handler, hostField)
    return true
  }

  onIdle(connection: UpstreamConnection): void {
    if (this.#closed || this.#maxIdle < 0) {
      connection.close()
      return
    }
    // What is too much now is often needed in the same turn of the event loop: it stays until the next tick of the clock
    // (512 clients on 200 idle connections: 71 → 41 µs CPU per request).
    if (this.#idle.length >= this.#maxIdle) connection.deadlineAt = this.clock.now
    this.#idle.push(connection)
  }

  onClosed(connection: UpstreamConnection): void {
    const index = this.#idle.lastIndexOf(connection)
    if (index !== -1) this.#idle.splice(index, 1)
  }

  onStale(request: RequestHead, handler: DispatchHandler, hostField: string): void {
    new UpstreamConnection(this).send(request, handler, hostField)
  }

  /** No user is left: idle connections end now, the others after their exchange. */
  close(): void {
    this.#closed = true
    for (const connection of this.#idle.splice(0)) connection.close()
  }
}
