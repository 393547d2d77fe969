import type { Socket } from 'node:net'
import { GatewayError } from '../errors.ts'
import type { Clock, Deadline } from '../runtime/clock.ts'
import { toUpstreamError } from './connect-error.ts'
import { type Destination, dialUnread, type TlsMemory } from './connector.ts'

/** Who asked for a connection. */
export interface DialOwner extends TlsMemory {
  readonly clock: Clock
  readonly destination: Destination
  readonly timeouts: { readonly dialMs: number }
  /** The socket is connected, its TLS handshake done; nobody listens to it now. */
  onDialled(dial: Dial, socket: Socket): void
  onDialFailed(dial: Dial, error: GatewayError): void
}

/** One attempt to connect to a server of which only the connection will tell what it speaks. */
export class Dial implements Deadline {
  deadlineAt: number
  readonly #owner: DialOwner
  readonly #socket: Socket

  constructor(owner: DialOwner) {
    this.#owner = owner
    this.#socket = dialUnread(owner.destination, owner)
    this.#socket.on(this.#connectEvent, this.#onConnected)
    this.#socket.on('error', this.#onError)
    this.#socket.on('close', this.#onClose)
    this.deadlineAt = owner.clock.in(owner.timeouts.dialMs)
    owner.clock.watch(this)
  }

  onDeadline(): void {
    this.#fail(new GatewayError('GTW_UPSTREAM_DIAL_TIMEOUT', this.#name))
  }

  get #isSecure(): boolean {
    return this.#owner.destination.scheme === 'https'
  }

  get #connectEvent(): 'secureConnect' | 'connect' {
    return this.#isSecure ? 'secureConnect' : 'connect'
  }

  get #name(): string {
    return `${this.#owner.destination.host}:${this.#owner.destination.port}`
  }

  readonly #onConnected = (): void => {
    this.#settle()
    this.#owner.onDialled(this, this.#socket)
  }

  readonly #onError = (error: Error): void => this.#fail(toUpstreamError(error, this.#name, this.#isSecure))

  readonly #onClose = (): void => this.#fail(new GatewayError('GTW_UPSTREAM_CLOSED', this.#name))

  #fail(error: GatewayError): void {
    this.#settle()
    // What the socket still has to say is said to nobody.
    this.#socket.on('error', () => {})
    this.#socket.destroy()
    this.#owner.onDialFailed(this, error)
  }

  #settle(): void {
    this.deadlineAt = 0
    this.#owner.clock.unwatch(this)
    this.#socket.off(this.#connectEvent, this.#onConnected)
    this.#socket.off('error', this.#onError)
    this.#socket.off('close', this.#onClose)
  }
}
