import type { Socket } from 'node:net'
import { GatewayError } from '../../errors.ts'
import type { Peer } from '../../http/request.ts'
import type { FaultLog } from '../../observe/fault-log.ts'
import type { Clock, Deadline } from '../../runtime/clock.ts'
import type { TcpRoute } from '../../runtime/tcp-table.ts'
import type { TcpTarget } from '../../runtime/tcp-target.ts'
import type { TcpVisitor } from '../../tcp/definition.ts'
import { writeFramed } from '../../upstream/write-framed.ts'
import { type DialOwner, ServerDial } from './server-dial.ts'

/** The listener that accepted the connection. */
export interface TcpConnectionContext {
  readonly clock: Clock
  readonly faults: FaultLog
  onClosed(connection: TcpConnection): void
}

/** What is known of a connection when its router is found. */
export interface TcpArrival {
  readonly peer: Peer
  /** Octets that have been read already and belong to the server; a copy. */
  readonly early: Buffer
  /** The client was told in the words of PostgreSQL that it may begin with TLS, and TLS is the server's. */
  readonly isPostgres: boolean
}

/** How long a client may take to read the last octets of a connection that was cut. */
const LAST_WORDS_MS = 5_000

/**
 * How long a server may take to read what a client that is gone has sent. What the kernel holds counts: that may be megabytes,
 * and it takes more only when a good part of them has been read.
 */
const UNREAD_MS = 60_000

/**
 * A connection of a client that is passed on to a server octet by octet: back-pressure, half-close and resets included.
 *
 *     dialling ──▶ open ──▶ closed
 *         └─────────────────▲
 */
export class TcpConnection implements Deadline, TcpVisitor, DialOwner {
  deadlineAt = 0
  readonly peer: Peer
  readonly isPostgres: boolean
  readonly #client: Socket
  readonly #context: TcpConnectionContext
  #early: Buffer[]
  #state: 'dialling' | 'open' | 'closed' = 'dialling'
  #dial: ServerDial | undefined
  #server: Socket | undefined
  #terminationDelayMs = 0
  /** Sides that have said their last word. */
  #ends = 0
  #isCut = false
  readonly #endings: (() => void)[] = []

  constructor(client: Socket, { peer, early, isPostgres }: TcpArrival, context: TcpConnectionContext) {
    this.#client = client
    this.#context = context
    this.peer = peer
    this.isPostgres = isPostgres
    this.#early = early.length === 0 ? [] : [early]
    // Nothing is read for a server that is not there yet.
    client.pause()
    client.on('close', this.#onClientClose)
    context.clock.watch(this)
  }

  /** Gives it to the service of a router, unless a middleware is against it. */
  begin({ guards, pick }: TcpRoute): void {
    for (const guard of guards) {
      if (guard(this)) continue
      this.#client.destroy()
      return
    }
    const target = pick()
    if (target === undefined) this.onDialFailed(new GatewayError('GTW_NO_SERVER'))
    else this.#connect(target)
  }

  atEnd(action: () => void): void {
    this.#endings.push(action)
  }

  /** What is under way may go on until it is cut. */
  drain(): void {}

  cut(): void {
    this.#client.destroy()
  }

  onDeadline(): void {
    const dial = this.#dial
    if (this.#state === 'closed') dial?.raw.resetAndDestroy()
    else if (this.#state === 'dialling' && dial !== undefined) dial.fail(new GatewayError('GTW_UPSTREAM_DIAL_TIMEOUT', dial.name))
    else if (this.#isCut) this.#client.destroy()
    else {
      this.#isCut = true
      this.deadlineAt = this.#context.clock.in(LAST_WORDS_MS)
      this.#server?.destroy()
      this.#client.destroySoon()
    }
  }

  /** The client's socket has read; the view is only valid during the call. */
  readonly onClientRead = (buffer: Buffer, size: number): void => {
    if (this.#server === undefined) this.#early.push(Buffer.from(buffer.subarray(0, size)))
    else this.#pass(buffer, size, this.#client, this.#server)
  }

  onServerRead(buffer: Buffer, size: number): void {
    if (this.#server !== undefined) this.#pass(buffer, size, this.#server, this.#client)
  }

  onDialled(server: Socket): void {
    const client = this.#client
    if (this.#state !== 'dialling') {
      server.destroy()
      return
    }
    this.#state = 'open'
    this.#server = server
    this.deadlineAt = 0
    for (const octets of this.#early) server.write(octets)
    this.#early = []
    server.on('drain', () => client.resume())
    client.on('drain', () => server.resume())
    server.on('end', () => this.#passEnd(client))
    client.on('end', () => this.#passEnd(server))
    server.on('close', this.#onServerClose)
    server.resume()
    if (!server.writableNeedDrain) client.resume()
  }

  onDialFailed(error: GatewayError): void {
    if (this.#state !== 'dialling') return
    this.#context.faults.note(error)
    // A client must not take a server that is gone for one that has nothing to say.
    this.#client.resetAndDestroy()
  }

  #connect(target: TcpTarget): void {
    const { dialTimeout, terminationDelay } = target.transport
    this.#terminationDelayMs = terminationDelay
    this.deadlineAt = this.#context.clock.in(dialTimeout)
    this.#dial = new ServerDial(target, this)
  }

  #pass(buffer: Buffer, size: number, from: Socket, to: Socket): void {
    if (to.destroyed || to.writableEnded) return
    if (!writeFramed(to, '', buffer.subarray(0, size), '')) from.pause()
  }

  /** One side has ended: the other one hears it behind all that was sent, and has a while for its own last words. */
  #passEnd(to: Socket): void {
    this.#ends++
    to.end(() => {
      const { clock } = this.#context
      if (this.#ends === 1 && this.#terminationDelayMs >= 0) this.deadlineAt = clock.in(Math.max(1, this.#terminationDelayMs))
    })
  }

  readonly #onClientClose = (hadError: boolean): void => {
    const dial = this.#dial
    this.#close()
    if (this.#server === undefined) dial?.fail(new GatewayError('GTW_CLIENT_GONE'))
    else if (hadError) dial?.raw.resetAndDestroy()
    else this.#leave(this.#server)
  }

  /** The server gets what its client has sent, while it reads. */
  #leave(server: Socket): void {
    server.destroySoon()
    if (server.destroyed || this.#terminationDelayMs < 0) return
    const { clock } = this.#context
    this.deadlineAt = clock.in(Math.max(UNREAD_MS, this.#terminationDelayMs))
    clock.watch(this)
  }

  readonly #onServerClose = (hadError: boolean): void => {
    if (this.#state === 'closed') this.#context.clock.unwatch(this)
    if (this.#state === 'closed' || this.#isCut) return
    if (hadError) this.#client.resetAndDestroy()
    else this.#client.destroySoon()
  }

  #close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#early = []
    this.#context.clock.unwatch(this)
    for (const ending of this.#endings) ending()
    this.#context.onClosed(this)
  }
}
