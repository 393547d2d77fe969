import type { Socket } from 'node:net'
import type { DispatchController, DispatchHandler, Tunnel, TunnelSink } from '../dispatch/dispatch.ts'
import { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import type { RequestHead } from '../http/request.ts'
import { type BodyFraming, TUNNEL } from '../http1/framing.ts'
import { ResponseParser, type ResponseParserEvents } from '../http1/response-parser.ts'
import type { Clock, Deadline } from '../runtime/clock.ts'
import { toUpstreamError } from './connect-error.ts'
import { type Destination, dial, type OnRead, readInto, type TlsMemory } from './connector.ts'
import { GONE, isReplayable } from './repeatable.ts'
import { RequestSender, type SenderEvents } from './request-sender.ts'
import { ServerSocket } from './server-socket.ts'
import { writeFramed } from './write-framed.ts'

/** Milliseconds; 0 for no limit. */
export interface ConnectionTimeouts {
  readonly dialMs: number
  readonly responseHeadMs: number
  readonly idleMs: number
}

/** A server that does not know `100 Continue` gets the content after so long (RFC 9110 §10.1.1). */
const CONTINUE_MS = 1_000

/** What a connection tells the pool that owns it. */
export interface ConnectionOwner extends TlsMemory {
  readonly clock: Clock
  readonly destination: Destination
  readonly timeouts: ConnectionTimeouts
  /** The exchange is over and the connection can take another. */
  onIdle(connection: UpstreamConnection): void
  onClosed(connection: UpstreamConnection): void
  /** A connection from the pool died before the first octet of an answer to this request (RFC 9112 §9.3.1). */
  onStale(request: RequestHead, handler: DispatchHandler, hostField: string): void
}

/**
 * One HTTP/1.1 connection to a server, one exchange at a time.
 *
 *   connecting ──▶ busy ◀──▶ idle        busy: a request is under way, sent or not, answered or not
 *       │           │ └────▶ tunnel      tunnel: 101 came, octets pass both ways
 *       └───────────┴──┬──────┘
 *                      ▼
 *                    closed
 */
export class UpstreamConnection implements ResponseParserEvents, SenderEvents, DispatchController, Tunnel, Deadline {
  state: 'connecting' | 'busy' | 'idle' | 'tunnel' | 'closed' = 'connecting'
  deadlineAt = 0
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  readonly #parser: ResponseParser
  readonly #sender: RequestSender
  #request: RequestHead | undefined
  #handler: DispatchHandler | undefined
  #hostField = ''
  #used = false
  #sent = false
  #answered = false
  #ended = false
  /** Octets of an answer have come, whatever they were. */
  #heard = false
  #trailers: Headers | undefined
  #tunnelSink: TunnelSink | undefined
  #tunnelEarly: Buffer | undefined
  #isReset = false

  /** Dials the server, unless someone else has done so: then the socket is connected and nobody listens to it. */
  constructor(owner: ConnectionOwner, connected?: Socket) {
    this.#owner = owner
    this.#parser = new ResponseParser(this)
    const onRead: OnRead = (buffer, size) => this.#onRead(buffer, size)
    this.#socket = connected === undefined ? dial(owner.destination, owner, onRead) : readInto(connected, onRead)
    this.#sender = new RequestSender(this.#socket, this)
    this.#socket.on(owner.destination.scheme === 'https' ? 'secureConnect' : 'connect', () => this.#onConnected())
    this.#socket.on('drain', () => this.#onDrain())
    this.#socket.on('end', () => this.#onEnd())
    this.#socket.on('error', (error) => {
      this.#isReset = true
      this.#fail(toUpstreamError(error, this.#name, owner.destination.scheme === 'https'))
    })
    this.#socket.on('close', () => this.#fail(new GatewayError('GTW_UPSTREAM_CLOSED', this.#name)))
    owner.clock.watch(this)
    if (connected === undefined) this.#expectWithin(owner.timeouts.dialMs)
    else this.state = 'busy'
  }

  /** Sends a request; the connection must be new or idle. */
  send(request: RequestHead, handler: DispatchHandler, hostField: string): void {
    this.#request = request
    this.#handler = handler
    this.#hostField = hostField
    this.#sent = false
    this.#answered = false
    this.#ended = false
    this.#heard = false
    this.#trailers = undefined
    if (this.state !== 'connecting') this.deadlineAt = 0
    this.#parser.reset(request.method, request.upgrade)
    handler.onRequestStart(this)
    // The handler may have given up at once.
    if (this.#handler === undefined || this.state === 'connecting') return
    this.state = 'busy'
    this.#write()
  }

  /** Ends an idle connection, or one whose exchange is to be the last, without disturbing the exchange. */
  close(): void {
    if (this.state === 'idle') this.#destroy()
  }

  // ── DispatchController: the one who listens to the answer ──────────────────────────────────────────────

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  abort(error: GatewayError): void {
    const handler = this.#release()
    this.#destroy()
    handler?.onResponseError(this, error)
  }

  // ── SenderEvents ───────────────────────────────────────────────────────────────────────────────────────

  onRequestSent(): void {
    this.#sent = true
    if (!this.#answered) this.#expectWithin(this.#owner.timeouts.responseHeadMs)
  }

  onRequestBroken(error: GatewayError): void {
    this.abort(error)
  }

  // ── ResponseParserEvents ───────────────────────────────────────────────────────────────────────────────

  onResponseInfo(statusCode: number, headers: Headers): void {
    // The client hears of it from its own content, when that is asked for.
    if (statusCode === 100) this.#goOn()
    else this.#handler?.onResponseInfo(this, statusCode, headers)
  }

  onResponseHead(statusCode: number, headers: Headers, framing: BodyFraming): void {
    this.#answered = true
    this.deadlineAt = 0
    if (framing === TUNNEL && !this.#sent) {
      this.#fail(new GatewayError('GTW_UPSTREAM_INVALID', `${this.#name} switched before it had the whole request`))
    } else if (framing === TUNNEL) {
      this.state = 'tunnel'
      this.#release()?.onRequestUpgrade(this, statusCode, headers, this)
    } else this.#handler?.onResponseStart(this, statusCode, headers)
  }

  onResponseData(chunk: Buffer): void {
    this.#handler?.onResponseData(this, chunk)
  }

  onResponseEnd(trailers: Headers | undefined): void {
    this.#ended = true
    this.#trailers = trailers
  }

  // ── Tunnel ─────────────────────────────────────────────────────────────────────────────────────────────

  start(sink: TunnelSink): void {
    this.#tunnelSink = sink
    const early = this.#tunnelEarly
    this.#tunnelEarly = undefined
    if (early !== undefined) sink.onTunnelData(early)
  }

  write(chunk: Buffer): boolean {
    return writeFramed(this.#socket, '', chunk, '')
  }

  end(): void {
    this.#socket.end()
  }

  /** What was written before still goes out. */
  destroy(): void {
    this.#socket.destroySoon()
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  // ── Deadline ───────────────────────────────────────────────────────────────────────────────────────────

  onDeadline(): void {
    if (this.state === 'idle') this.#destroy()
    else if (this.#sender.isHolding) this.#goOn()
    else if (this.state === 'connecting') this.#fail(new GatewayError('GTW_UPSTREAM_DIAL_TIMEOUT', this.#name))
    else if (!this.#answered) this.#fail(new GatewayError('GTW_UPSTREAM_TIMEOUT', this.#name))
  }

  // ── the socket ─────────────────────────────────────────────────────────────────────────────────────────

  get #name(): string {
    return `${this.#owner.destination.host}:${this.#owner.destination.port}`
  }

  get #isBroken(): boolean {
    return this.#socket instanceof ServerSocket && this.#socket.isBroken
  }

  #onConnected(): void {
    if (this.state !== 'connecting') return
    this.deadlineAt = 0
    this.state = 'busy'
    if (this.#request === undefined) this.#toIdle()
    else this.#write()
  }

  #write(): void {
    const refused = this.#sender.send(this.#request as RequestHead, this.#hostField)
    if (refused !== undefined) this.abort(refused)
    else if (this.#sender.isHolding) this.#expectWithin(CONTINUE_MS)
  }

  #onRead(buffer: Buffer, size: number): void {
    if (this.state === 'tunnel') {
      this.#tunnelSink?.onTunnelData(buffer.subarray(0, size))
      return
    }
    // Octets that nobody asked for: whatever they are, they are no answer to a later request (RFC 9112 §9.2).
    if (this.state !== 'busy') {
      this.#destroy()
      return
    }
    this.#heard = true
    const taken = this.#parser.execute(buffer, 0, size)
    if (this.#parser.error !== undefined) this.#fail(this.#parser.error)
    else if (this.#ended) this.#finish(taken === size)
    else if (this.#isTunnel() && taken < size) this.#giveEarly(buffer.subarray(taken, size))
  }

  #goOn(): void {
    if (!this.#sender.isHolding) return
    this.deadlineAt = 0
    this.#sender.goOn()
  }

  /** Octets that came together with the 101: the sink may have started already, during the parser's event. */
  #giveEarly(octets: Buffer): void {
    if (this.#tunnelSink === undefined) this.#tunnelEarly = Buffer.from(octets)
    else this.#tunnelSink.onTunnelData(octets)
  }

  #isTunnel(): boolean {
    return this.state === 'tunnel'
  }

  /** The answer is complete. The connection goes back first, so that what follows may use it. */
  #finish(clean: boolean): void {
    const trailers = this.#trailers
    const reusable = clean && this.#sent && this.#parser.keepAlive && !this.#isBroken
    const handler = this.#release()
    if (reusable) this.#toIdle()
    else this.#destroy()
    handler?.onResponseEnd(this, trailers)
  }

  #toIdle(): void {
    this.state = 'idle'
    this.#used = true
    this.#socket.resume()
    this.#expectWithin(this.#owner.timeouts.idleMs)
    this.#owner.onIdle(this)
  }

  #onDrain(): void {
    if (this.state === 'tunnel') this.#tunnelSink?.onTunnelDrain()
    else this.#sender.onDrain()
  }

  #onEnd(): void {
    if (this.state === 'tunnel') {
      this.#tunnelSink?.onTunnelEnd()
      return
    }
    if (this.state !== 'busy') {
      this.#destroy()
      return
    }
    // After a failed write the end is what is left of a reset: an answer that only the end would complete is not whole.
    const error = this.#isBroken ? new GatewayError('GTW_UPSTREAM_RESET', this.#name) : this.#parser.finish()
    if (error === undefined && this.#ended) this.#finish(false)
    else this.#fail(error ?? new GatewayError('GTW_UPSTREAM_CLOSED', this.#name))
  }

  #fail(error: GatewayError): void {
    if (this.state === 'closed') return
    const request = this.#request
    const stale = this.#used && !this.#heard && request !== undefined && GONE.has(error.code) && isReplayable(request)
    const handler = this.#release()
    this.#destroy()
    if (handler === undefined) return
    if (stale) this.#owner.onStale(request, handler, this.#hostField)
    else handler.onResponseError(this, error)
  }

  /** Lets go of the exchange: nothing that still happens here reaches its handler. */
  #release(): DispatchHandler | undefined {
    const handler = this.#handler
    this.#handler = undefined
    this.#request = undefined
    this.#sender.stop()
    return handler
  }

  #destroy(): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.deadlineAt = 0
    this.#owner.clock.unwatch(this)
    this.#socket.destroy()
    const sink = this.#tunnelSink
    this.#tunnelSink = undefined
    sink?.onTunnelClose(this.#isReset)
    this.#owner.onClosed(this)
  }

  #expectWithin(limitMs: number): void {
    this.deadlineAt = this.#owner.clock.in(limitMs)
  }
}
