import type { Socket } from 'node:net'
import type { Tunnel } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { type Peer, RequestHead, type TlsFacts } from '../http/request.ts'
import { type BodyFraming, NO_BODY } from '../http1/framing.ts'
import type { ParserLimits } from '../http1/limits.ts'
import { RequestParser, type RequestParserEvents } from '../http1/request-parser.ts'
import type { FaultLog } from '../observe/fault-log.ts'
import type { Clock, Deadline } from '../runtime/clock.ts'
import type { OpenSocket } from './accept.ts'
import { admit, type Entrance } from './admit.ts'
import { ContentDeadline, type PaceRules } from './body-pace.ts'
import { ClientTunnel } from './client-tunnel.ts'
import { Exchange, type ExchangeOwner } from './exchange.ts'
import type { ProxyTrust } from './preamble.ts'
import type { Client } from './sniffer.ts'
import { splice } from './splice.ts'

/** Pipelined requests wait in memory up to this size; then the socket is not read any further (RFC 9112 §9.3.2). */
const MOST_PIPELINED = 64 * 1024

/** A lingering close reads and ignores up to so much for so long, so that the last answer is not lost to a reset (RFC 9112 §9.6). */
const LINGER_BYTES = 64 * 1024
const LINGER_MS = 2_000

/** A client that takes nothing of what is left to send for so long is given up, and sees that its answer is not whole. */
const STALL_MS = 60_000

/** Who is at the other end of a connection. */
export interface ClientFacts {
  readonly peer: Peer
  /** Undefined for a connection in clear text. */
  readonly tls: TlsFacts | undefined
}

/** What all connections of one entry point share in one worker. */
export interface ConnectionContext extends Entrance {
  readonly name: string
  readonly clock: Clock
  /** Undefined where the entry point does not read PROXY protocol headers. */
  readonly proxyTrust: ProxyTrust | undefined
  readonly limits: ParserLimits
  /** Milliseconds, 0 for no limit. */
  readonly readTimeoutMs: number
  readonly writeTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly pace: PaceRules
  readonly keepAliveMaxMs: number
  readonly keepAliveMaxRequests: number
  readonly draining: boolean
  readonly faults: FaultLog
  onClosed(client: Client): void
}

/**
 * One HTTP/1 client socket: requests in order, one exchange at a time.
 *
 *   idle ──▶ reading ──▶ exchanging ──▶ idle        reading: a head has begun
 *                │            │ └─────▶ tunnel      tunnel: 101 was answered, the socket belongs to the splice
 *                └────────────┴───────▶ lingering ─▶ closed
 */
export class ClientConnection implements RequestParserEvents, ExchangeOwner, Deadline {
  readonly socket: Socket
  deadlineAt = 0
  #state: 'idle' | 'reading' | 'exchanging' | 'tunnel' | 'lingering' | 'closed' = 'idle'
  readonly #context: ConnectionContext
  readonly #parser: RequestParser
  readonly #client: ClientFacts
  readonly #openedAt: number
  #requests = 0
  #exchange: Exchange | undefined
  /** The exchange whose head was read in this turn and that no handler has seen. */
  #fresh: Exchange | undefined
  /** Octets behind the current request. */
  #pipelined: Buffer | undefined
  #scheduled = false
  #tunnel: ClientTunnel | undefined
  #ended = false
  #lingered = 0
  #unsent = -1
  #content: ContentDeadline | undefined

  constructor(open: OpenSocket, context: ConnectionContext, client: ClientFacts) {
    const socket = open((buffer, size) => this.#onRead(buffer, size))
    this.socket = socket
    this.#context = context
    this.#parser = new RequestParser(this, context.limits)
    this.#client = client
    context.clock.watch(this)
    this.#openedAt = context.clock.now
    this.#expectWithin(context.readTimeoutMs || context.idleTimeoutMs)
    socket.on('drain', () => this.#onDrain())
    socket.on('end', () => this.#onEnd())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#onClose())
  }

  get closing(): boolean {
    const { draining, keepAliveMaxMs, keepAliveMaxRequests, clock } = this.#context
    if (draining || (this.#ended && this.#pipelined === undefined)) return true
    if (keepAliveMaxRequests > 0 && this.#requests >= keepAliveMaxRequests) return true
    return keepAliveMaxMs > 0 && clock.now - this.#openedAt >= keepAliveMaxMs
  }

  /** The gateway stops: an idle connection ends now, another one with its next answer. */
  drain(): void {
    if (this.#state === 'idle') this.socket.destroySoon()
  }

  // ── RequestParserEvents ────────────────────────────────────────────────────────────────────────────────

  onRequestHead(request: RequestHead, framing: BodyFraming): void {
    this.#requests++
    const { peer, tls } = this.#client
    request.peer = peer
    if (tls !== undefined) {
      request.tls = tls
      request.scheme = 'https'
    }
    request.entryPoint = this.#context.name
    this.#exchange = new Exchange(this, request, framing)
    this.#fresh = this.#exchange
  }

  onRequestData(chunk: Buffer): void {
    this.#exchange?.body?.push(chunk)
  }

  onRequestEnd(trailers: Headers | undefined): void {
    this.#expectWithin(this.#context.writeTimeoutMs)
    this.#exchange?.body?.end(trailers)
  }

  // ── ExchangeOwner ──────────────────────────────────────────────────────────────────────────────────────

  onExchangeEnd(reusable: boolean): void {
    this.#exchange = undefined
    if (this.#state === 'closed') return
    if (!reusable) {
      this.#linger()
      return
    }
    this.#state = 'idle'
    this.#unsent = -1
    this.#expectWithin(this.#context.idleTimeoutMs)
    // A client that does not read its answers gets no further ones.
    if (this.socket.writableNeedDrain) this.socket.pause()
    else this.#goOn()
  }

  #goOn(): void {
    if (this.#pipelined !== undefined) this.#readPipelined()
    else if (this.#ended || this.#context.draining) this.#linger()
    else this.socket.resume()
  }

  #onDrain(): void {
    if (this.#exchange !== undefined) this.#exchange.onDrain()
    else if (this.#state === 'idle') {
      this.#expectWithin(this.#context.idleTimeoutMs)
      this.#goOn()
    }
  }

  cut(): void {
    this.socket.resetAndDestroy()
  }

  onFault(error: GatewayError): void {
    this.#context.faults.note(error)
    this.#context.metrics?.failed(error.code)
  }

  onUpgrade(tunnel: Tunnel): void {
    const { socket } = this
    this.#state = 'tunnel'
    this.#exchange = undefined
    this.deadlineAt = 0
    const early = this.#pipelined
    this.#pipelined = undefined
    for (const event of ['drain', 'end', 'error']) socket.removeAllListeners(event)
    this.#tunnel = new ClientTunnel(socket, early, this.#ended)
    splice(this.#tunnel, tunnel)
  }

  // ── Deadline ───────────────────────────────────────────────────────────────────────────────────────────

  onDeadline(): void {
    if (this.#state === 'idle' || this.#state === 'lingering') this.#endUnlessTaken()
    else if (this.#exchange !== undefined && this.#parser.reading !== 'idle') this.#lookAtContent(this.#exchange)
    else if (this.#exchange !== undefined) this.cut()
    else this.#refuse(new GatewayError('GTW_REQUEST_TIMEOUT'))
  }

  // ── the socket ─────────────────────────────────────────────────────────────────────────────────────────

  #onRead(buffer: Buffer, size: number): void {
    if (this.#tunnel !== undefined) this.#tunnel.onRead(buffer.subarray(0, size))
    else if (this.#state === 'lingering') {
      // While its answer is on the way, the client may go on sending what nobody wants any more.
      if (this.socket.writableLength > 0) return
      this.#lingered += size
      if (this.#lingered > LINGER_BYTES) this.socket.destroy()
    } else if (this.#pipelined !== undefined || (this.#exchange !== undefined && this.#parser.reading === 'idle')) {
      this.#keep(buffer, 0, size)
    } else this.#feed(buffer, size)
  }

  #feed(buffer: Buffer, size: number): void {
    if (this.#state === 'idle') {
      this.#state = 'reading'
      this.#expectWithin(this.#context.readTimeoutMs)
    }
    const taken = this.#parser.execute(buffer, 0, size)
    const { error } = this.#parser
    if (error === undefined && taken < size) this.#keep(buffer, taken, size)
    const fresh = this.#fresh
    if (fresh !== undefined) {
      this.#fresh = undefined
      this.#state = 'exchanging'
      // Only now, with what came of the content: head and content then leave together.
      admit(fresh.request, fresh, this.#context)
    }
    // The buffer is read into again: content that waits for its reader must be a copy.
    const body = this.#exchange?.body
    if (body !== undefined) {
      body.settle()
      if (fresh !== undefined && !body.ended) this.#expectContent()
    }
    if (error !== undefined) this.#refuse(error)
  }

  /** More of the content has to come, and not drop by drop. */
  #expectContent(): void {
    const { clock, pace } = this.#context
    this.#content = new ContentDeadline(pace, clock.now, this.deadlineAt)
    this.deadlineAt = this.#content.nextAfter(clock.now)
  }

  #lookAtContent(exchange: Exchange): void {
    const { now } = this.#context.clock
    // Content behind an answer that has begun comes in turns with it.
    const body = exchange.unanswered ? exchange.body : undefined
    if (this.#content?.isOver(body, now) !== false) exchange.breakOff(new GatewayError('GTW_REQUEST_TIMEOUT'))
    else this.deadlineAt = this.#content.nextAfter(now)
  }

  #keep(buffer: Buffer, start: number, end: number): void {
    const before = this.#pipelined
    const octets = buffer.subarray(start, end)
    this.#pipelined = before === undefined ? Buffer.from(octets) : Buffer.concat([before, octets])
    if (this.#pipelined.length > MOST_PIPELINED) this.socket.pause()
    // The exchange may be over already, in the call that the octets came with.
    if (this.#state === 'idle' && !this.socket.writableNeedDrain) this.#readPipelined()
  }

  /** Not from inside the last exchange's call: a long pipeline would grow the stack. */
  #readPipelined(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      const octets = this.#pipelined
      this.#pipelined = undefined
      if (octets === undefined || this.#state !== 'idle') return
      this.#feed(octets, octets.length)
      if (this.#pipelined !== undefined) return
      // The end had come before these octets were read.
      if (this.#ended) this.#onEnd()
      else this.socket.resume()
    })
  }

  /** What came is no valid request, or did not come in time. */
  #refuse(error: GatewayError): void {
    if (this.#exchange !== undefined) {
      this.#exchange.breakOff(error)
      return
    }
    if (this.#state === 'lingering' || this.#state === 'closed') return
    const request = new RequestHead('GET', '/', new Headers())
    request.keepAlive = false
    this.#state = 'exchanging'
    this.#exchange = new Exchange(this, request, NO_BODY)
    this.#context.metrics?.refused(error.code)
    replyError(this.#exchange, error.code)
  }

  /** FIN from the client: what it asked for completely is still answered. */
  #onEnd(): void {
    this.#ended = true
    if (this.#state === 'lingering') {
      this.socket.destroySoon()
      return
    }
    const error = this.#parser.finish()
    if (error !== undefined) {
      if (this.#exchange !== undefined) this.#exchange.breakOff(error)
      else this.socket.destroySoon()
    } else if (this.#exchange === undefined && this.#pipelined === undefined) this.socket.end()
  }

  #linger(): void {
    const { socket } = this
    this.#state = 'lingering'
    this.#pipelined = undefined
    this.#unsent = -1
    if (this.#ended) socket.destroySoon()
    else {
      socket.end()
      socket.resume()
    }
    if (socket.writableLength === 0) this.#expectWithin(LINGER_MS)
    else {
      this.#expectWithin(STALL_MS)
      socket.once('finish', () => this.#expectWithin(LINGER_MS))
    }
  }

  /** A client that still takes its last answer, however slowly, gets all of it. */
  #endUnlessTaken(): void {
    const left = this.socket.writableLength
    if (left === 0) this.socket.destroy()
    else if (left === this.#unsent) this.cut()
    else this.#expectWithin(STALL_MS)
    this.#unsent = left
  }

  #onClose(): void {
    this.#state = 'closed'
    this.#context.clock.unwatch(this)
    this.#exchange?.abandon(new GatewayError('GTW_CLIENT_GONE'))
    this.#exchange = undefined
    this.#context.onClosed(this)
  }

  #expectWithin(limitMs: number): void {
    this.deadlineAt = this.#context.clock.in(limitMs)
  }
}
