import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket, type TLSSocketOptions } from 'node:tls'
import type { TlsFacts } from '../http/request.ts'
import type { HandshakePlan } from '../tls/certificate-store.ts'
import type { TlsOptions } from '../tls/settings.ts'
import { DirectWrite, type WriteRequest } from '../upstream/direct-write.ts'
import type { OnRead } from './accept.ts'

/** The parts of a TLS handle that are not public. */
interface TlsHandle {
  /** 0, or a negative error; the request completes later in any case. Of the octets nothing is used after the call. */
  writeBuffer(request: WriteRequest, octets: Buffer): number
  /** Takes what was read of the connection already. */
  receive(octets: Buffer): void
  /** Undefined where the certificate of the peer is one that the authorities signed. */
  verifyError?(): Error | undefined | null
  /** What goes along with the certificate, where the client asks for it (RFC 6066 §8). */
  setOCSPResponse?(response: Buffer): void
}

/** A socket whose handle tells how many octets wait for the kernel. */
type RawSocket = Socket & { readonly _handle: { readonly writeQueueSize: number } | null }

type Done = (error?: Error | null) => void

/** The parts of a TLS socket that are not public. */
interface TlsInternals {
  readonly _handle: TlsHandle | null
  readonly _tlsOptions: { readonly raw?: RawSocket }
  _wrapHandle?(wrap: Socket | null, handle: object | null, hasWrites: boolean): unknown
  _emitTLSError(error: Error): void
  _parent: Socket
  connecting: boolean
  secureConnecting: boolean
}

/** All TLS connections of a thread read into one buffer, as clear ones do: each record is used up before the next one is read. */
const READ_BUFFER = Buffer.allocUnsafeSlow(16 * 1024)

/** What is on its way into a record: the library would take memory for each text. */
const WRITE_BUFFER = Buffer.allocUnsafeSlow(32 * 1024)

const wrapHandle = (TLSSocket.prototype as unknown as TlsInternals)._wrapHandle

/** Hears what a socket reads; nobody does before the handshake is complete. */
class Hearing {
  onRead: OnRead = () => {}
}

/**
 * The gateway's end of a TLS connection, around the socket that a client opened. The library gives a read buffer only to
 * sockets that open their connection themselves; so this one pretends to, and puts the accepted one in place of the new one
 * (measured: 5 µs of 35 for each small request). A library that has no such place gets what is read as events.
 */
export class ServerTlsSocket extends TLSSocket {
  readonly #raw: Socket
  readonly #plan: HandshakePlan<SecureContext>
  readonly #hearing: Hearing
  readonly #direct = new DirectWrite()

  /** `early` is what was read of the connection already, from its first octet. */
  constructor(raw: Socket, plan: HandshakePlan<SecureContext>, early: Buffer) {
    const hearing = new Hearing()
    const isSlow = wrapHandle === undefined
    if (isSlow) raw.unshift(early)
    super((isSlow ? raw : undefined) as Socket, optionsOf(raw, plan.options, { secureContext: plan.context, hearing }) as TLSSocketOptions)
    this.#raw = raw
    this.#plan = plan
    this.#hearing = hearing
    if (isSlow) this.on('data', (chunk: Buffer) => hearing.onRead(chunk, chunk.length))
    else this.#adopt(early)
    // Before anyone takes the socket over, errors come by this name only.
    this.on('_tlsError', () => this.destroy())
    this.on('error', () => this.destroy())
  }

  /** Called by the library while it makes the socket. */
  _wrapHandle(wrap: Socket | null, handle: object | null, hasWrites: boolean): unknown {
    const { raw } = (this as unknown as TlsInternals)._tlsOptions
    return raw === undefined || wrap !== null
      ? wrapHandle?.call(this, wrap, handle, hasWrites)
      : wrapHandle?.call(this, raw, raw._handle, false)
  }

  /** Sends the response of the authority along with the certificate; before the handshake begins. */
  staple(response: Buffer): void {
    this.#internals._handle?.setOCSPResponse?.(response)
  }

  /** Hands what is read to a reader from now on. */
  readTo(onRead: OnRead): void {
    this.#hearing.onRead = onRead
  }

  /** An octet for each character; false asks to wait for `drain`. */
  writeText(text: string): boolean {
    const direct = this.#direct
    const { _handle: handle } = this.#internals
    const isShort = text.length <= WRITE_BUFFER.length
    if (direct.request === undefined || handle === null || !isShort || !direct.isOpenFor(this)) return this.write(text, 'latin1')
    const size = WRITE_BUFFER.write(text, 0, 'latin1')
    if (handle.writeBuffer(direct.request, WRITE_BUFFER.subarray(0, size)) !== 0) return this.write(text, 'latin1')
    const rest = (this.#raw as RawSocket)._handle?.writeQueueSize ?? 0
    if (rest > 0) return direct.awaitRest(this)
    // The kernel has it, but the library says so only in its next turn.
    direct.begin()
    return true
  }

  override _write(chunk: unknown, encoding: BufferEncoding, done: Done): void {
    if (this.#direct.isRest(chunk)) this.#direct.after(done)
    else this.#direct.after(() => super._write(chunk, encoding, done))
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], done: Done): void {
    this.#direct.after(() => super._writev?.(chunks, done))
  }

  override _final(done: Done): void {
    this.#direct.after(() => super._final(done))
  }

  /** The handshake is complete: HTTP/2 would otherwise wait for an event that only clients get. */
  takeOver(): void {
    this.#internals.secureConnecting = false
  }

  /** Whether the client may go on, once the handshake is complete. A session that is resumed can be one without a certificate. */
  get isAdmitted(): boolean {
    const { clientAuth } = this.#plan.options
    if (clientAuth === undefined) return true
    const given = this.getPeerX509Certificate() !== undefined
    if (!given) return !clientAuth.required
    return !clientAuth.verified || this.#verifies()
  }

  get facts(): TlsFacts {
    const { clientAuth } = this.#plan.options
    return {
      serverName: (this.servername || '').toLowerCase().replace(/\.$/, ''),
      options: this.#plan.name,
      version: this.getProtocol() ?? '',
      cipher: this.getCipher()?.standardName ?? '',
      clientCertificate: clientAuth === undefined ? undefined : this.getPeerX509Certificate()?.toString(),
    }
  }

  /** A reset belongs to TCP; the library refuses it on anything else. */
  override resetAndDestroy(): this {
    this.#raw.resetAndDestroy()
    return this
  }

  /** What the library does with a socket that it is given. */
  #adopt(early: Buffer): void {
    const internals = this.#internals
    const raw = this.#raw
    internals.connecting = false
    internals._parent = raw
    raw.on('error', (error) => internals._emitTLSError(error))
    process.nextTick(() => internals._handle?.receive(early))
  }

  /** A library that cannot say is not believed. */
  #verifies(): boolean {
    const { _handle } = this.#internals
    return typeof _handle?.verifyError === 'function' && !_handle.verifyError()
  }

  get #internals(): TlsInternals {
    return this as unknown as TlsInternals
  }
}

interface Parts {
  readonly secureContext: SecureContext
  readonly hearing: Hearing
}

function optionsOf(raw: Socket, { clientAuth, protocols }: TlsOptions, { secureContext, hearing }: Parts): object {
  const onread = {
    buffer: READ_BUFFER,
    callback: (size: number, buffer: Buffer) => {
      hearing.onRead(buffer, size)
      return true
    },
  }
  return {
    isServer: true,
    secureContext,
    requestCert: clientAuth !== undefined,
    rejectUnauthorized: clientAuth?.required ?? false,
    ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
    allowHalfOpen: true,
    raw,
    onread,
  }
}
