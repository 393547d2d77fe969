import type { Dispatch, DispatchController, DispatchHandler, Tunnel } from '../../dispatch/dispatch.ts'
import { INERT, reply, replyEmpty } from '../../dispatch/reply.ts'
import { GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import { removeResponseHopByHop } from '../../http/hop-by-hop.ts'
import type { RequestHead } from '../../http/request.ts'
import type { Time } from '../definition.ts'

/** What becomes of answers. */
export interface AuthRules {
  readonly ask: Dispatch
  readonly time: Time
  /** Negative: no limit. */
  readonly maxResponseBodySize: number
  /** '' for none. */
  readonly signInUrl: string
  /** The Location of an answer as the client gets it; undefined where it is none. */
  readonly location: (text: string) => string | undefined
  /** The request may go on. */
  readonly grant: (request: RequestHead, handler: DispatchHandler, answer: Headers) => void
}

/** The whole of question and answer takes no longer. */
const LONGEST_MS = 30_000

/**
 * One question about one request, and its answer.
 *
 *   asking ──▶ granting ──▶ over     2xx: when the answer is complete, the request goes on
 *      ├─────▶ refusing ──▶ over     anything else is the client's answer, passed on as it comes
 *      └─────▶ holding ───▶ over     the same where content may be too long: kept until it is known
 */
export class AuthExchange implements DispatchHandler, DispatchController {
  readonly #rules: AuthRules
  readonly #request: RequestHead
  readonly #handler: DispatchHandler
  readonly #cancel: () => void
  #controller: DispatchController = INERT
  #release: () => void = doNothing
  #state: 'asking' | 'granting' | 'refusing' | 'holding' | 'over' = 'asking'
  #statusCode = 0
  #headers: Headers | undefined
  #octets = 0
  readonly #held: Buffer[] = []

  constructor(rules: AuthRules, request: RequestHead, handler: DispatchHandler) {
    this.#rules = rules
    this.#request = request
    this.#handler = handler
    this.#cancel = rules.time.after(LONGEST_MS, () => this.#onLate())
  }

  /** `release` is called once, when question and answer are over. */
  ask(question: RequestHead, release: () => void = doNothing): void {
    this.#release = release
    this.#handler.onRequestStart(this)
    if (this.#state === 'asking') this.#rules.ask(question, this)
  }

  // ── DispatchController: the client ─────────────────────────────────────────────────────────────────────

  pause(): void {
    this.#controller.pause()
  }

  resume(): void {
    this.#controller.resume()
  }

  abort(error: GatewayError): void {
    if (!this.#end()) return
    this.#controller.abort(error)
    this.#handler.onResponseError(this, error)
  }

  // ── DispatchHandler: the server that is asked ──────────────────────────────────────────────────────────

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller
    if (this.#state === 'over') controller.abort(new GatewayError('GTW_CLIENT_GONE'))
  }

  onResponseInfo(): void {}

  onRequestUpgrade(_controller: DispatchController, _statusCode: number, _headers: Headers, tunnel: Tunnel): void {
    tunnel.destroy()
    this.#fail()
  }

  onResponseStart(_controller: DispatchController, statusCode: number, headers: Headers): void {
    if (this.#state !== 'asking') return
    const { maxResponseBodySize } = this.#rules
    this.#statusCode = statusCode
    this.#headers = headers
    if (maxResponseBodySize >= 0 && headers.contentLength > maxResponseBodySize && this.#request.method !== 'HEAD') {
      this.#refuseOwn((handler) => replyEmpty(handler, 401))
    } else if (statusCode >= 200 && statusCode <= 299) this.#state = 'granting'
    else this.#refuse(statusCode, headers)
  }

  onResponseData(_controller: DispatchController, chunk: Buffer): void {
    if (this.#state === 'refusing') {
      this.#handler.onResponseData(this, chunk)
      return
    }
    if (this.#state !== 'granting' && this.#state !== 'holding') return
    this.#octets += chunk.length
    const { maxResponseBodySize } = this.#rules
    if (maxResponseBodySize >= 0 && this.#octets > maxResponseBodySize) this.#refuseOwn((handler) => replyEmpty(handler, 401))
    else if (this.#state === 'holding') this.#held.push(Buffer.from(chunk))
  }

  onResponseEnd(_controller: DispatchController, trailers: Headers | undefined): void {
    const state = this.#state
    const headers = this.#headers
    if (headers === undefined || !this.#end()) return
    if (state === 'granting') this.#rules.grant(this.#request, this.#handler, headers)
    else if (state === 'holding') reply(this.#handler, this.#statusCode, headers, Buffer.concat(this.#held))
    else this.#handler.onResponseEnd(this, trailers)
  }

  onResponseError(_controller: DispatchController, error: GatewayError): void {
    if (this.#state === 'refusing') {
      if (this.#end()) this.#handler.onResponseError(this, error)
    } else this.#fail()
  }

  #refuse(statusCode: number, headers: Headers): void {
    const { signInUrl } = this.#rules
    if (statusCode === 401 && signInUrl !== '') {
      this.#refuseOwn((handler) => replyEmpty(handler, 302, ['Location', signInUrl]))
      return
    }
    removeResponseHopByHop(headers)
    const location = headers.get('location')
    if (location !== undefined) {
      const absolute = this.#rules.location(location)
      if (absolute === undefined) {
        this.#refuseOwn((handler) => replyEmpty(handler, 500))
        return
      }
      headers.set('Location', absolute)
    }
    this.#state = this.#rules.maxResponseBodySize >= 0 ? 'holding' : 'refusing'
    if (this.#state === 'refusing') this.#handler.onResponseStart(this, statusCode, headers)
  }

  /** Answers in the place of the server that was asked. */
  #refuseOwn(answer: (handler: DispatchHandler) => void): void {
    if (!this.#end()) return
    this.#controller.abort(new GatewayError('GTW_UPSTREAM_CLOSED', 'the answer is not wanted'))
    answer(this.#handler)
  }

  #onLate(): void {
    const error = new GatewayError('GTW_UPSTREAM_TIMEOUT', 'the server that decides on requests')
    if (this.#state === 'refusing') this.abort(error)
    else this.#refuseOwn((handler) => replyEmpty(handler, 500))
  }

  /** Nobody has said that the request may go on. */
  #fail(): void {
    if (this.#end()) replyEmpty(this.#handler, 500)
  }

  #end(): boolean {
    if (this.#state === 'over') return false
    this.#state = 'over'
    this.#cancel()
    this.#release()
    return true
  }
}

function doNothing(): void {}
