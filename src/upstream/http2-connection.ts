import { type ClientHttp2Session, type ClientHttp2Stream, type ClientSessionRequestOptions, connect, constants } from 'node:http2'
import type { Socket } from 'node:net'
import { GatewayError } from '../errors.ts'
import { RESPONSE_LIMITS } from '../http1/limits.ts'
import type { Clock, Deadline } from '../runtime/clock.ts'
import type { ConnectionTimeouts } from './connection.ts'

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

/** Every request names its own authority; this one is never sent. */
const NO_AUTHORITY = new URL('http://server.invalid')

const SESSION_OPTIONS = {
  settings: { enablePush: false, initialWindowSize: STREAM_WINDOW, maxHeaderListSize: RESPONSE_LIMITS.maxHeadBytes },
  maxHeaderListPairs: RESPONSE_LIMITS.maxFields,
  // Entry points decide how large a head may be; above nghttp2's own 64 KiB it would take the connection along.
  maxSendHeaderBlockLength: 4 * 1024 * 1024,
  // In MB: the default is for servers that defend themselves, and uploads count.
  maxSessionMemory: 256,
  // What a client sends twice is passed on twice.
  strictSingleValueFields: false,
} as const

/** How often within `readIdleMs` the connection is looked at. */
const LOOKS = 4

/** One HTTP/2 connection to a server, with as many exchanges at a time as the server allows. */
export class Http2Connection implements Deadline {
  deadlineAt = 0
  readonly #owner: Http2Owner
  readonly #socket: Socket
  readonly #session: ClientHttp2Session
  /** One goes ahead of the server's settings; more might be refused. */
  #limit = 1
  #settled = false
  #leaving = false
  #pinging = false
  #streams = 0
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
    this.#session = connect(NO_AUTHORITY, { ...SESSION_OPTIONS, createConnection: () => socket })
    this.#session.setLocalWindowSize(CONNECTION_WINDOW)
    this.#session.on('remoteSettings', ({ maxConcurrentStreams }) => this.#onSettings(maxConcurrentStreams))
    this.#session.on('goaway', (_code, lastStreamId) => this.#onGoaway(lastStreamId))
    this.#session.on('error', () => this.#leave())
    this.#session.on('close', () => this.#onClosed())
    this.#readAt = owner.clock.now
    owner.clock.watch(this)
    this.deadlineAt = owner.clock.in(owner.timeouts.dialMs)
  }

  /** Another request can be sent now. */
  get hasRoom(): boolean {
    return !this.#leaving && this.#streams < this.#limit && !this.#session.closed && !this.#session.destroyed
  }

  /** How many requests it takes at a time; undefined until the server has said so. */
  get limit(): number | undefined {
    return this.#settled ? this.#limit : undefined
  }

  get isQuiet(): boolean {
    return this.#streams === 0
  }

  /** It had a request before: the next one may find it dying. */
  get isUsed(): boolean {
    return this.#opened > 0
  }

  /** Nothing comes from it any more. */
  get isGone(): boolean {
    return this.#session.destroyed || this.#socket.destroyed
  }

  /** Opens a stream; throws where the fields are not valid. */
  open(fields: readonly string[], options: ClientSessionRequestOptions): ClientHttp2Stream {
    const stream = this.#session.request(fields, options)
    this.#streams++
    this.#opened++
    stream.on('close', this.#onStreamClosed)
    return stream
  }

  /** Whether the server has told that it did nothing about a request (RFC 9113 §6.8, §8.7). */
  hasRefused({ id, rstCode }: ClientHttp2Stream): boolean {
    return id === undefined || id > this.#lastStreamId || rstCode === constants.NGHTTP2_REFUSED_STREAM
  }

  /** Takes no more requests and ends with the last one. */
  close(): void {
    this.#leave()
    this.#session.close()
  }

  onDeadline(): void {
    const { server, clock } = this.#owner
    if (!this.#settled) this.#fail(new GatewayError('GTW_UPSTREAM_DIAL_TIMEOUT', `${server}: no HTTP/2 settings`))
    else if (this.#pinging) this.#fail(new GatewayError('GTW_UPSTREAM_TIMEOUT', `${server}: no answer to a ping`))
    else if (this.isQuiet && this.#idleUntil !== 0 && this.#idleUntil <= clock.now) this.close()
    else this.#look()
  }

  #onSettings(maxConcurrentStreams = MOST_STREAMS): void {
    if (!this.#settled) this.#toQuiet()
    this.#settled = true
    this.#limit = Math.min(maxConcurrentStreams, MOST_STREAMS)
    this.#plan()
    this.#owner.onRoom(this)
  }

  #onGoaway(lastStreamId: number): void {
    this.#lastStreamId = lastStreamId
    this.#leave()
  }

  #onClosed(): void {
    this.#leave()
    this.deadlineAt = 0
    this.#owner.clock.unwatch(this)
  }

  readonly #onStreamClosed = (): void => {
    this.#streams--
    if (this.hasRoom) this.#owner.onRoom(this)
    if (!this.isQuiet) return
    this.#toQuiet()
    this.#plan()
    this.#owner.onQuiet(this)
  }

  #leave(): void {
    if (this.#leaving) return
    this.#leaving = true
    this.#owner.onLeaving(this)
  }

  #fail(error: GatewayError): void {
    this.#leave()
    this.#session.destroy(error, constants.NGHTTP2_NO_ERROR)
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
    this.#session.ping((error) => {
      if (error !== null) return
      this.#pinging = false
      this.#readAt = clock.now
      this.#octetsRead = this.#socket.bytesRead
      this.#plan()
    })
  }
}
