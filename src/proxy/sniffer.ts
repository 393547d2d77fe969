import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Peer } from '../http/request.ts'
import type { Deadline } from '../runtime/clock.ts'
import type { TcpRoute } from '../runtime/tcp-table.ts'
import type { HandshakePlan, NoPlan } from '../tls/certificate-store.ts'
import { type ClientHello, readClientHello, UNRECOGNIZED_NAME } from '../tls/client-hello.ts'
import { ACME_TLS } from '../tls/settings.ts'
import type { OnRead, OpenSocket } from './accept.ts'
import { ClientConnection, type ClientFacts, type ConnectionContext } from './connection.ts'
import { Http2Connection, type Http2Context } from './http2-connection.ts'
import { Preamble } from './preamble.ts'
import { sniff } from './sniff.ts'
import { ACCEPTED, asksPostgresForTls, SSL_REQUEST } from './tcp/postgres.ts'
import { TcpConnection } from './tcp/tcp-connection.ts'
import type { TcpDoor } from './tcp/tcp-door.ts'
import type { TlsContexts } from './tls-context.ts'
import { ServerTlsSocket } from './tls-socket.ts'

/** Whoever speaks TLS has so long from the first octet to the end of the handshake. */
const HANDSHAKE_MS = 10_000

/** An authority that checks who owns a name wants a handshake and nothing else. */
const CHALLENGE_MS = 2_000

const NOTHING = Buffer.alloc(0)

/** One client's connection, in whatever protocol: what its listener can ask of it. */
export interface Client {
  /** The gateway stops: what is under way may finish, the rest ends now. */
  drain(): void
  /** Ends it at once. */
  cut(): void
}

/** The listener that accepted a connection. */
export interface SnifferContext extends ConnectionContext, Http2Context {
  readonly tls: TlsContexts
  readonly tcp: TcpDoor
  /** Servers that do TLS themselves may answer the checks of authorities, where a router leads to them. */
  readonly allowsAcmeBypass: boolean
  onOpened(client: Client): void
}

/**
 * A connection of which nobody knows yet what it speaks. It ends by turning into one that knows:
 *
 *   preamble ──▶ sniffing ──┬──▶ HTTP/1 ◀──┐
 *    (PROXY)    (STARTTLS)  ├──▶ HTTP/2 ◀──┤ ALPN
 *                           ├──▶ TCP ◀─────┤
 *                           └──▶ handshake ┘
 */
export class Sniffer implements Client, Deadline {
  deadlineAt = 0
  readonly #socket: Socket
  readonly #context: SnifferContext
  #peer: Peer
  #preamble: Preamble | undefined
  /** What has come so far and does not tell yet. */
  #held: Buffer | undefined
  /** Set once the connection has turned into another: it hears what is read. */
  #onward: OnRead | undefined
  /** A client of PostgreSQL has asked for TLS. */
  #isPostgres = false
  /** There is no time left but that of the handshake. */
  #isHandshaking = false
  /** Gets the connection once the handshake is complete. */
  #route: TcpRoute | undefined
  #isLeft = false
  readonly #onClose = (): void => this.#leave()

  constructor(open: OpenSocket, context: SnifferContext) {
    const socket = open((buffer, size) => this.#onRead(buffer, size))
    this.#socket = socket
    this.#context = context
    this.#peer = {
      address: socket.remoteAddress ?? '',
      port: socket.remotePort ?? 0,
      localAddress: socket.localAddress ?? '',
      localPort: socket.localPort ?? 0,
    }
    if (context.proxyTrust !== undefined) this.#preamble = new Preamble(context.proxyTrust, this.#peer)
    context.clock.watch(this)
    this.deadlineAt = context.clock.in(context.readTimeoutMs || context.idleTimeoutMs)
    socket.on('error', destroy)
    socket.on('end', endBoth)
    socket.on('close', this.#onClose)
  }

  /** Sets the socket up as all clients' are. */
  prepare(keepAliveMs: number): void {
    const socket = this.#socket
    // Gone before it was accepted: nobody could say who asked.
    if (socket.remoteAddress === undefined) {
      socket.destroy()
      return
    }
    socket.setNoDelay(true)
    socket.setKeepAlive(true, keepAliveMs)
    if (this.#preamble === undefined) this.#serveAtOnce(NOTHING)
  }

  drain(): void {
    this.cut()
  }

  cut(): void {
    this.#socket.destroy()
  }

  onDeadline(): void {
    // Who sends no header may be waiting for a server that speaks first.
    const isSilent = this.#preamble !== undefined && this.#preamble.deadlineAt === 0
    if (!isSilent || !this.#serveAtOnce(NOTHING)) this.#socket.destroy()
  }

  #onRead(buffer: Buffer, size: number): void {
    if (this.#onward !== undefined) this.#onward(buffer, size)
    else if (this.#preamble !== undefined) this.#open(this.#preamble, buffer.subarray(0, size))
    else this.#sniff(buffer.subarray(0, size))
  }

  /** A header in pieces has a deadline of its own, unless the one that holds is nearer. */
  #open(preamble: Preamble, chunk: Buffer): void {
    const { clock, readTimeoutMs, idleTimeoutMs } = this.#context
    const opening = preamble.take(chunk, clock.now)
    if (opening === 'close') this.#socket.destroy()
    else if (opening === 'more') this.deadlineAt = Math.min(this.deadlineAt || preamble.deadlineAt, preamble.deadlineAt)
    else {
      this.#preamble = undefined
      this.#peer = opening.peer
      this.deadlineAt = clock.in(readTimeoutMs || idleTimeoutMs)
      if (!this.#serveAtOnce(opening.rest) && opening.rest.length > 0) this.#sniff(opening.rest)
    }
  }

  #serveAtOnce(early: Buffer): boolean {
    const route = this.#context.tcp.atOnce(this.#peer)
    if (route === undefined || this.#socket.destroyed) return false
    this.#toTcp(route, early)
    return true
  }

  #sniff(chunk: Buffer): void {
    if (this.#socket.destroyed) return
    const octets = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk])
    const { tls, tcp, name } = this.#context
    if (tcp.servesTls && !this.#isPostgres && this.#startTls(octets)) return
    const spoken = sniff(octets, tls.serves(name) || tcp.servesTls)
    if (spoken === 'tls') this.#toTls(octets)
    else if (this.#isPostgres) this.#socket.destroy()
    else {
      const route = tcp.clear(this.#peer)
      if (route !== undefined) this.#toTcp(route, octets)
      else if (spoken === 'http1') this.#toHttp1(octets)
      else if (spoken === 'http2') this.#toHttp2(octets)
      else this.#hold(octets)
    }
  }

  /** Clients of PostgreSQL ask first whether they may begin with TLS. Returns false for everyone else. */
  #startTls(octets: Buffer): boolean {
    const asks = asksPostgresForTls(octets)
    if (asks === false) return false
    this.#limitHandshake()
    if (asks === 'more') {
      this.#hold(octets)
      return true
    }
    this.#isPostgres = true
    this.#held = undefined
    this.#socket.write(Buffer.of(ACCEPTED))
    const rest = octets.subarray(SSL_REQUEST.length)
    if (rest.length > 0) this.#sniff(rest)
    return true
  }

  /** One time for all of it: STARTTLS, and a hello however many pieces it comes in. */
  #limitHandshake(): void {
    if (this.#isHandshaking) return
    this.#isHandshaking = true
    this.deadlineAt = this.#context.clock.in(HANDSHAKE_MS)
  }

  /** What is read is over after the call: what waits must be a copy. */
  #hold(octets: Buffer): void {
    this.#held = Buffer.from(octets)
  }

  /** Gives the socket to what the connection turns into. */
  readonly #handOn: OpenSocket = (onRead) => {
    this.#onward = onRead
    return this.#socket
  }

  #toHttp1(octets: Buffer): void {
    this.#become(new ClientConnection(this.#handOn, this.#context, this.#facts(undefined)))
    this.#onward?.(octets, octets.length)
  }

  #toHttp2(octets: Buffer): void {
    this.#become(new Http2Connection(this.#handOn, this.#context, this.#facts(undefined)))
    this.#onward?.(octets, octets.length)
  }

  #toTls(octets: Buffer): void {
    this.#limitHandshake()
    const hello = readClientHello(octets)
    if (hello === 'more') this.#hold(octets)
    else if (hello === 'invalid') this.#shake('unrecognized', octets)
    else this.#answer(hello, octets)
  }

  #answer(hello: ClientHello, octets: Buffer): void {
    const { tls, tcp, name, allowsAcmeBypass } = this.#context
    const route = this.#isPostgres ? tcp.postgres(hello, this.#peer) : tcp.secure(hello, this.#peer)
    const plan = route && tcp.planFor(route, hello, this.#peer)
    const isServers = route !== undefined && plan === undefined
    const challenge = allowsAcmeBypass && isServers ? undefined : this.#challengePlan(hello)
    if (challenge !== undefined) {
      this.#shake(challenge, octets)
      return
    }
    this.#route = route
    if (plan !== undefined) this.#shake(plan, octets)
    else if (this.#route !== undefined) this.#toTcp(this.#route, octets)
    else if (this.#isPostgres) this.#socket.destroy()
    else this.#shake(tls.plan(name, hello.serverName, this.#peer.localAddress), octets)
  }

  #shake(plan: HandshakePlan<SecureContext> | NoPlan, octets: Buffer): void {
    if (plan === 'broken') this.#socket.destroy()
    else if (plan === 'unrecognized') {
      this.#socket.write(UNRECOGNIZED_NAME)
      this.#socket.destroySoon()
    } else this.#handshakeWith(plan, octets)
  }

  #challengePlan({ serverName, protocols }: ClientHello): HandshakePlan<SecureContext> | undefined {
    const { tls, clock } = this.#context
    const plan = tls.challengePlan(serverName, protocols)
    if (plan !== undefined) this.deadlineAt = clock.in(CHALLENGE_MS)
    return plan
  }

  #handshakeWith(plan: HandshakePlan<SecureContext>, octets: Buffer): void {
    const socket = this.#socket
    socket.removeListener('end', endBoth)
    const secure = new ServerTlsSocket(socket, plan, Buffer.from(octets))
    this.#held = undefined
    const staple = this.#context.tls.stapleOf(plan)
    if (staple !== undefined) secure.staple(staple)
    secure.on('end', endBoth)
    secure.on('secure', () => this.#onSecure(secure))
  }

  #onSecure(secure: ServerTlsSocket): void {
    if (this.#isLeft) return
    if (secure.alpnProtocol === ACME_TLS) {
      secure.destroySoon()
      return
    }
    if (!secure.isAdmitted) {
      secure.destroy()
      return
    }
    secure.removeListener('end', endBoth)
    secure.takeOver()
    if (this.#route !== undefined) {
      this.#toTcp(this.#route, NOTHING, secure)
      return
    }
    const facts = this.#facts(secure)
    if (secure.alpnProtocol === 'h2') this.#become(new Http2Connection((onRead) => readingTo(secure, onRead), this.#context, facts))
    else this.#become(new ClientConnection((onRead) => readingTo(secure, onRead), this.#context, facts))
  }

  /** What was read so far is the server's; behind a handshake, nothing was. */
  #toTcp(route: TcpRoute, early: Buffer, secure?: ServerTlsSocket): void {
    const isPostgres = this.#isPostgres && secure === undefined
    const arrival = { peer: this.#peer, early: Buffer.from(early), isPostgres }
    const connection = new TcpConnection(secure ?? this.#socket, arrival, this.#context)
    if (secure === undefined) this.#onward = connection.onClientRead
    else secure.readTo(connection.onClientRead)
    this.#become(connection)
    connection.begin(route)
  }

  #facts(secure: ServerTlsSocket | undefined): ClientFacts {
    return { peer: this.#peer, tls: secure?.facts }
  }

  #become(client: Client): void {
    this.#context.onOpened(client)
    this.#leave()
  }

  /** Lets go of the socket: it is gone, or somebody else's now. */
  #leave(): void {
    if (this.#isLeft) return
    this.#isLeft = true
    this.#held = undefined
    this.#context.clock.unwatch(this)
    this.#socket.removeListener('close', this.#onClose)
    this.#socket.removeListener('end', endBoth)
    this.#context.onClosed(this)
  }
}

function readingTo(secure: ServerTlsSocket, onRead: OnRead): Socket {
  secure.readTo(onRead)
  return secure
}

function destroy(this: Socket): void {
  this.destroy()
}

/** Who ends a connection before it has said anything gets no answer. */
function endBoth(this: Socket): void {
  this.destroySoon()
}
