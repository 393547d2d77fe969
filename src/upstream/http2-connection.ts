import type { Socket } from 'node:net'
import { GatewayError } from '../errors.ts'
import { RESPONSE_LIMITS } from '../http1/limits.ts'
import type { PeerSettings } from '../http2/peer-settings.ts'
import { CODE, FIRST_TABLE_SIZE, SETTING } from '../http2/protocol.ts'
import { Session, type SessionOptions, type SessionOwner } from '../http2/session.ts'
import type { Stream } from '../http2/stream.ts'
import type { Clock, Deadline } from '../runtime/clock.ts'
import type { ConnectionTimeouts } from './connection.ts'
import { readInto } from './connector.ts'
import { nameOf } from './http2-error.ts'

/** Milliseconds; 0 for no limit. */
export interface Http2Timeouts extends ConnectionTimeouts {
  /** Silence after which the connection is probed. */
  readonly readIdleMs: number
  readonly pingMs: number
}

/** What a connection tells the pool that owns it. */
export interface Http2Owner {
  readonly clock: Clock
  readonly timeouts: Http2Timeouts
  /** For messages. */
  readonly server: string
  /** It may take requests that it could not take before, or is known not to. */
  onRoom(connection: Http2Connection): void
  /** No stream is left. */
  onQuiet(connection: Http2Connection): void
  /** It takes no more requests; those under way go on where that is possible. */
  onLeaving(connection: Http2Connection): void
}

/** Streams of one connection at a time, where the server would allow more. */
export const MOST_STREAMS = 1_000

/** Octets that a server may send before the client has taken any: for one stream, and for all of a connection. */
const STREAM_WINDOW = 256 * 1024
const CONNECTION_WINDOW = 1024 * 1024

const OPTIONS: SessionOptions = {
  isServer: false,
  settings: [
    [SETTING.enablePush, 0],
    [SETTING.initialWindowSize, STREAM_WINDOW],
    [SETTING.maxHeaderListSize, RESPONSE_LIMITS.maxHeadBytes],
  ],
  connectionWindow: CONNECTION_WINDOW,
  fields: { maxFields: RESPONSE_LIMITS.maxFields, maxOctets: RESPONSE_LIMITS.maxHeadBytes },
  mostEncoderTable: FIRST_TABLE_SIZE,
}

/** A server that does not read what it is sent is not heard either, beyond so many octets. */
const MOST_UNREAD = 1024 * 1024

/** A connection that is over has so long to be gone. */
const ENDING_MS = 5_000

/** How often within `readIdleMs` the connection is looked at. */
const LOOKS = 4

/** One HTTP/2 connection to a server, with as many exchanges at a time as the server allows. */
export class Http2Connection implements SessionOwner, Deadline {
  deadlineAt = 0
  /** Why it ended, where there was a reason. */
  cause: Error | undefined = undefined
  readonly #owner: Http2Owner
  readonly #socket: Socket
  readonly #session: Session
  /** One goes ahead of the server's settings; more might be refused. */
  #limit = 1
  #settled = false
  #leaving = false
  #pinging = false
  #opened = 0
  #idleUntil = 0
  #octetsRead = 0
  #readAt: number
  #lastStreamId = Number.MAX_SAFE_INTEGER

  /** The socket is connected and nobody listens to it. */
  constructor(owner: Http2Owner, socket: Socket) {
    this.#owner = owner
    this.#socket = socket
    // A server that sends FIN is gone: there is no half of a session.
    socket.allowHalfOpen = false
    this.#session = new Session(socket, this, OPTIONS)
    readInto(socket, (buffer, size) => this.#onRead(buffer, size))
    socket.on('drain', () => this.#onDrain())
    socket.on('error', (error) => {
      this.cause ??= error
    })
    socket.on('end', () => this.#end())
    socket.on('close', () => this.#onClosed())
    this.#readAt = owner.clock.now
    owner.clock.watch(this)
    this.deadlineAt = owner.clock.in(owner.timeouts.dialMs)
  }

  /** Another request can be sent now. */
  get hasRoom(): boolean {
    return !this.#leaving && this.#session.streams < this.#limit && this.#session.canOpen && !this.#socket.destroyed
  }

  /** How many requests it takes at a time; undefined until the server has said so. */
  get limit(): number | undefined {
    return this.#settled ? this.#limit : undefined
  }

  get isQuiet(): boolean {
    return this.#session.streams === 0
  }

  /** It had a request before: the next one may find it dying. */
  get isUsed(): boolean {
    return this.#opened > 0
  }

  /** Nothing comes from it any more. */
  get isGone(): boolean {
    return this.#session.isOver || this.#socket.destroyed
  }

  /** Opens a stream with a request; a flat list of valid fields. */
  open(fields: readonly string[], isLast: boolean): Stream {
    this.#opened++
    return this.#session.open(fields, isLast)
  }

  /** Whether the server has told that it did nothing about a request (RFC 9113 §6.8, §8.7). */
  hasRefused({ id }: Stream, code: number): boolean {
    return id > this.#lastStreamId || code === CODE.refusedStream
  }

  /** Takes no more requests and ends with the last one. */
  close(): void {
    this.#leave()
    if (this.isQuiet) this.#end()
    else this.#session.leave(CODE.noError)
  }

  onDeadline(): void {
    const { server, clock } = this.#owner
    if (this.#session.isOver) this.#socket.destroy()
    else if (!this.#settled) this.#fail(new GatewayError('GTW_UPSTREAM_DIAL_TIMEOUT', `${server}: no HTTP/2 settings`))
    else if (this.#pinging) this.#fail(new GatewayError('GTW_UPSTREAM_TIMEOUT', `${server}: no answer to a ping`))
    else if (this.isQuiet && this.#idleUntil !== 0 && this.#idleUntil <= clock.now) this.close()
    else this.#look()
  }

  // ── SessionOwner ───────────────────────────────────────────────────────────────────────────────────────

  /** No server asks for anything. */
  onRequest(): void {}

  /** A server is trusted: what it sends is what it was asked for. */
  onGlitch(): void {}

  onSettings({ maxConcurrentStreams = MOST_STREAMS }: PeerSettings): void {
    if (!this.#settled) this.#toQuiet()
    this.#settled = true
    this.#limit = Math.min(maxConcurrentStreams, MOST_STREAMS)
    this.#plan()
    this.#owner.onRoom(this)
  }

  onGoaway(lastStream: number, code: number): void {
    this.#lastStreamId = Math.min(lastStream, this.#lastStreamId)
    this.#leave()
    if (code !== CODE.noError) this.#end(new GatewayError('GTW_UPSTREAM_RESET', `${this.#owner.server}: ${nameOf(code)}`))
    else this.#session.refuseBehind(lastStream)
  }

  onPong(): void {
    this.#pinging = false
    this.#readAt = this.#owner.clock.now
    this.#octetsRead = this.#socket.bytesRead
    this.#plan()
  }

  onStreamOver(): void {
    if (this.#session.isOver) return
    if (this.hasRoom) this.#owner.onRoom(this)
    if (!this.isQuiet) return
    if (this.#leaving) {
      this.#end()
      return
    }
    this.#toQuiet()
    this.#plan()
    this.#owner.onQuiet(this)
  }

  onSessionFault(code: number): void {
    this.#end(new GatewayError('GTW_UPSTREAM_INVALID', `${this.#owner.server}: ${nameOf(code)}`), code)
  }

  #onRead(buffer: Buffer, size: number): void {
    this.#session.read(buffer, size)
    if (this.#socket.writableLength > MOST_UNREAD) this.#socket.pause()
  }

  #onDrain(): void {
    this.#session.outlet.onDrain()
    this.#socket.resume()
  }

  #onClosed(): void {
    this.#leave()
    this.#session.end(CODE.cancel)
    this.deadlineAt = 0
    this.#owner.clock.unwatch(this)
  }

  /** It is over, with all that is still under way. */
  #end(cause?: Error, code: number = CODE.noError): void {
    if (this.#session.isOver) return
    this.cause ??= cause
    this.#leave()
    this.deadlineAt = this.#owner.clock.in(ENDING_MS)
    this.#session.end(code)
    this.#socket.destroySoon()
  }

  #leave(): void {
    if (this.#leaving) return
    this.#leaving = true
    this.#owner.onLeaving(this)
  }

  #fail(error: GatewayError): void {
    this.#end(error)
    // A peer that is silent does not take the rest either.
    this.#socket.destroy()
  }

  #toQuiet(): void {
    this.#idleUntil = this.#owner.clock.in(this.#owner.timeouts.idleMs)
  }

  /** Decides when to look next, at what comes first. */
  #plan(): void {
    if (!this.#settled || this.#pinging) return
    const { clock, timeouts } = this.#owner
    const lookAt = clock.in(timeouts.readIdleMs / LOOKS)
    const idleUntil = this.isQuiet ? this.#idleUntil : 0
    this.deadlineAt = lookAt === 0 || idleUntil === 0 ? Math.max(lookAt, idleUntil) : Math.min(lookAt, idleUntil)
  }

  /** Nothing is done for each frame: what has been read since the last look tells whether the server is alive. */
  #look(): void {
    const { clock, timeouts } = this.#owner
    const { bytesRead } = this.#socket
    if (bytesRead !== this.#octetsRead) this.#readAt = clock.now
    this.#octetsRead = bytesRead
    if (timeouts.readIdleMs > 0 && clock.now - this.#readAt >= timeouts.readIdleMs) this.#ping()
    else this.#plan()
  }

  #ping(): void {
    const { clock, timeouts } = this.#owner
    this.#pinging = true
    this.deadlineAt = clock.in(timeouts.pingMs)
    this.#session.ping()
  }
}
