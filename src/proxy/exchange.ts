import type { Socket } from 'node:net'
import type { DispatchController, DispatchHandler, Tunnel } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import { removeResponseHopByHop } from '../http/hop-by-hop.ts'
import type { RequestHead } from '../http/request.ts'
import { type BodyFraming, CHUNKED, NO_BODY, TUNNEL, UNTIL_CLOSE } from '../http1/framing.ts'
import { chunkSizeLine, infoHead, LAST_CHUNK, responseHead, trailerSection } from '../http1/writer.ts'
import { writeText } from '../upstream/direct-write.ts'
import { writeFramed } from '../upstream/write-framed.ts'
import { BodyQueue } from './body-queue.ts'
import { httpDate } from './http-date.ts'

/** The connection that an exchange belongs to. */
export interface ExchangeOwner {
  readonly socket: Socket
  /** Answers from now on ask the client to close. */
  readonly closing: boolean
  /** Both the request and the response are complete, or the connection cannot be used again. */
  onExchangeEnd(reusable: boolean): void
  /** The response cannot be completed: the client must see that it is not whole. */
  cut(): void
  onUpgrade(tunnel: Tunnel): void
  /** The request fails; whether the client is to blame is in the error. */
  onFault(error: GatewayError): void
}

/** One request and its response: hears the response from the handler tree and writes it to the client's socket. */
export class Exchange implements DispatchHandler {
  readonly request: RequestHead
  readonly #owner: ExchangeOwner
  readonly #body: BodyQueue | undefined
  #controller: DispatchController | undefined
  /** Written with the first octets of the content, so that a small answer is one write. */
  #head = ''
  #framing: BodyFraming = NO_BODY
  #state: 'waiting' | 'answering' | 'answered' | 'gone' = 'waiting'
  #reusable = true
  #error: GatewayError | undefined

  constructor(owner: ExchangeOwner, request: RequestHead, framing: BodyFraming) {
    this.#owner = owner
    this.request = request
    if (framing !== NO_BODY) {
      this.#body = new BodyQueue(owner.socket, framing, request)
      request.body = this.#body
    }
  }

  get body(): BodyQueue | undefined {
    return this.#body
  }

  /** Milliseconds or octets aside: nothing of the answer has been written. */
  get unanswered(): boolean {
    return this.#state === 'waiting'
  }

  /** What the handler tree did not write by now does not wait any longer. */
  flush(): void {
    if (this.#head === '' || this.#state !== 'answering') return
    writeText(this.#owner.socket, this.#head)
    this.#head = ''
  }

  /** The client is gone: whoever works on the answer can stop. */
  abandon(error: GatewayError): void {
    if (this.#state === 'gone') return
    const answered = this.#state === 'answered'
    this.#state = 'gone'
    this.#error = error
    this.#body?.fail(error)
    if (!answered) this.#controller?.abort(error)
  }

  /** The rest of the request is not valid, or does not come: the server must not take it as complete. */
  breakOff(error: GatewayError): void {
    this.#reusable = false
    this.#error = error
    const controller = this.#controller
    if (this.#state !== 'answered') this.#body?.fail(error)
    // Whoever was reading has answered by now; else the attempt is given up, or nobody has begun one.
    if (this.#state === 'waiting' && controller !== undefined) controller.abort(error)
    if (this.#state === 'waiting') this.onResponseError(undefined, error)
    else if (this.#state === 'answering') this.#owner.cut()
    else if (this.#state === 'answered') this.#end()
  }

  onDrain(): void {
    this.#controller?.resume()
  }

  // ── DispatchHandler ────────────────────────────────────────────────────────────────────────────────────

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller
    if (this.#state === 'gone' || this.#error !== undefined) controller.abort(this.#error ?? new GatewayError('GTW_CLIENT_GONE'))
  }

  onResponseInfo(_controller: DispatchController, statusCode: number, headers: Headers): void {
    // RFC 9110 §15.2: never to an HTTP/1.0 client. The gateway has answered an expectation itself.
    if (this.#state !== 'waiting' || this.request.versionMinor === 0 || statusCode === 100) return
    removeResponseHopByHop(headers)
    const head = infoHead(statusCode, headers)
    if (typeof head === 'string') writeText(this.#owner.socket, head)
  }

  onRequestUpgrade(_controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    if (this.#state !== 'waiting') {
      tunnel.destroy()
      return
    }
    removeResponseHopByHop(headers)
    headers.append('Upgrade', this.request.upgrade ?? '')
    const head = responseHead(statusCode, headers, TUNNEL, { minor: 1, keepAlive: true, date: httpDate() })
    if (head instanceof GatewayError) {
      tunnel.destroy()
      this.onResponseError(undefined, head)
      return
    }
    this.#state = 'gone'
    writeText(this.#owner.socket, head)
    this.#owner.onUpgrade(tunnel)
  }

  onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    if (this.#state !== 'waiting') return
    removeResponseHopByHop(headers)
    const { request } = this
    const framing = responseFraming(request, statusCode, headers)
    const isHeldBack = this.#body?.isHeldBack === true
    const keepAlive = request.keepAlive && this.#reusable && framing !== UNTIL_CLOSE && !this.#owner.closing && !isHeldBack
    const head = responseHead(statusCode, headers, framing, { minor: request.versionMinor, keepAlive, date: httpDate() })
    if (head instanceof GatewayError) {
      controller.abort(head)
      return
    }
    this.#reusable = keepAlive
    this.#framing = framing
    this.#head = head
    this.#state = 'answering'
    pendingHeads.add(this)
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (this.#state !== 'answering' || this.#framing === NO_BODY || chunk.length === 0) return
    const chunked = this.#framing === CHUNKED
    const before = chunked ? this.#head + chunkSizeLine(chunk.length) : this.#head
    this.#head = ''
    if (!writeFramed(this.#owner.socket, before, chunk, chunked ? '\r\n' : '')) controller.pause()
  }

  onResponseEnd(_controller: DispatchController, trailers: Headers | undefined): void {
    if (this.#state !== 'answering') return
    this.#controller = undefined
    this.#state = 'answered'
    const end = this.#framing !== CHUNKED ? '' : trailers === undefined ? LAST_CHUNK : trailerSection(trailers)
    const rest = this.#head + end
    this.#head = ''
    if (rest !== '') writeText(this.#owner.socket, rest)
    this.#finish()
  }

  onResponseError(_controller: DispatchController | undefined, error: GatewayError): void {
    this.#controller = undefined
    this.#owner.onFault(error)
    if (this.#state === 'waiting') {
      if (error.code === 'GTW_CLIENT_GONE') this.#owner.cut()
      else replyError(this, error)
    } else if (this.#state === 'answering') this.#owner.cut()
  }

  /** The answer is written. The connection can be used again when the request is over too. */
  #finish(): void {
    const body = this.#body
    if (!this.#reusable || body === undefined || body.ended) this.#end()
    else body.discard((drained) => this.#endAfter(drained))
  }

  #endAfter(drained: boolean): void {
    if (!drained) this.#reusable = false
    this.#end()
  }

  #end(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#owner.onExchangeEnd(this.#reusable)
  }
}

/**
 * Heads whose content has not come yet. They leave at the end of the turn of the event loop, so that head and content
 * share a write where they came together and a slow stream's head does not wait for its content.
 */
class PendingHeads {
  #exchanges: Exchange[] = []

  add(exchange: Exchange): void {
    if (this.#exchanges.length === 0) process.nextTick(this.#flush)
    this.#exchanges.push(exchange)
  }

  readonly #flush = (): void => {
    const exchanges = this.#exchanges
    this.#exchanges = []
    for (const exchange of exchanges) exchange.flush()
  }
}

const pendingHeads = new PendingHeads()

/** RFC 9112 §6.3, decided once: what the writer says and what is written follow this value alone. */
function responseFraming({ method, versionMinor }: RequestHead, statusCode: number, { contentLength }: Headers): BodyFraming {
  if (method === 'HEAD' || statusCode === 204 || statusCode === 304) return NO_BODY
  if (contentLength >= 0) return contentLength
  return versionMinor === 1 ? CHUNKED : UNTIL_CLOSE
}
