import type { Socket } from 'node:net'
import { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import type { BodySink, RequestHead } from '../http/request.ts'
import { CHUNKED, NO_BODY } from '../http1/framing.ts'
import { chunkSizeLine, LAST_CHUNK, requestHead, trailerSection } from '../http1/writer.ts'
import { writeText } from './direct-write.ts'
import { writeFramed } from './write-framed.ts'

/** Who hears how the sending of a request goes. */
export interface SenderEvents {
  /** The last octet was handed to the socket. */
  onRequestSent(): void
  /** The client did not deliver the whole content: the connection must be cut, so that the server never takes it as complete. */
  onRequestBroken(error: GatewayError): void
}

/** Writes one request after the other to one connection: the head and what has arrived of the content in one write. */
export class RequestSender implements BodySink {
  readonly #socket: Socket
  readonly #events: SenderEvents
  #request: RequestHead | undefined
  #head = ''
  #framing = NO_BODY

  constructor(socket: Socket, events: SenderEvents) {
    this.#socket = socket
    this.#events = events
  }

  /** Returns an error where the head must not be written (a field that would split it). */
  send(request: RequestHead, hostField: string): GatewayError | undefined {
    const { body } = request
    const framing = body === undefined ? NO_BODY : body.length >= 0 ? body.length : CHUNKED
    const head = requestHead(request, framing, request.upgrade === undefined ? 'keep-alive' : 'upgrade', hostField)
    if (head instanceof GatewayError) return head
    if (body === undefined) {
      writeText(this.#socket, head)
      this.#events.onRequestSent()
      return undefined
    }
    this.#request = request
    this.#framing = framing
    this.#head = head
    if (request.expectsContinue) this.#flushHead()
    else this.goOn()
    return undefined
  }

  /** The head is out and the content has not been asked for: the server has not said `100 Continue` yet (RFC 9110 §10.1.1). */
  get isHolding(): boolean {
    return this.#request?.expectsContinue === true && this.#request.body?.started === false
  }

  /** Sends the content. */
  goOn(): void {
    this.#request?.body?.start(this)
    this.#flushHead()
  }

  /** The connection is gone or given up: nothing more is written. */
  stop(): void {
    this.#request = undefined
  }

  /** The socket has room again. */
  onDrain(): void {
    this.#request?.body?.resume()
  }

  onBodyData(chunk: Buffer): void {
    const request = this.#request
    if (request === undefined) return
    const head = this.#head
    this.#head = ''
    const before = this.#framing === CHUNKED ? head + chunkSizeLine(chunk.length) : head
    const after = this.#framing === CHUNKED ? '\r\n' : ''
    if (!writeFramed(this.#socket, before, chunk, after)) request.body?.pause()
  }

  onBodyEnd(trailers: Headers | undefined): void {
    if (this.#request === undefined) return
    this.#request = undefined
    const end = this.#framing === CHUNKED ? (trailers === undefined ? LAST_CHUNK : trailerSection(trailers)) : ''
    const rest = this.#head + end
    this.#head = ''
    if (rest !== '') writeText(this.#socket, rest)
    this.#events.onRequestSent()
  }

  onBodyError(error: GatewayError): void {
    if (this.#request === undefined) return
    this.#request = undefined
    this.#events.onRequestBroken(error)
  }

  #flushHead(): void {
    if (this.#head === '') return
    writeText(this.#socket, this.#head)
    this.#head = ''
  }
}
