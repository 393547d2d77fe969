import type { DispatchController, DispatchHandler } from '../../dispatch/dispatch.ts'
import { ForwardingHandler } from '../../dispatch/forwarding-handler.ts'
import { INERT } from '../../dispatch/reply.ts'
import { GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import type { Time } from '../definition.ts'
import type { Chosen } from './accepted.ts'
import { CompressedContent } from './compressed-content.ts'
import { toCompressed, varyByEncoding } from './compressed-fields.ts'
import type { MediaTypes } from './media-types.ts'
import { mediaTypeOf } from './media-types.ts'

export interface CompressRules {
  readonly types: MediaTypes
  /** Octets of content; less is not worth it. */
  readonly minimum: number
  readonly time: Time
}

/** Content whose length nobody knows is held back for so long at most, to see whether it is worth it. */
const HOLD_MS = 20

/**
 * One response to a client that accepts a coding.
 *
 *   waiting ──▶ passing                       it stays as it is
 *      └──────▶ holding ──▶ passing           its content ended before it was worth it
 *                  └──────▶ compressing ──▶ over
 */
export class CompressedResponse extends ForwardingHandler implements DispatchController {
  readonly #rules: CompressRules
  readonly #chosen: Chosen
  #state: 'waiting' | 'passing' | 'holding' | 'compressing' | 'over' = 'waiting'
  /** Of the one who answers. */
  #controller: DispatchController = INERT
  #statusCode = 0
  #headers: Headers | undefined
  #held: Buffer[] = []
  #heldOctets = 0
  #cancelHold: (() => void) | undefined
  #content: CompressedContent | undefined
  #trailers: Headers | undefined
  #hasEnded = false

  constructor(next: DispatchHandler, rules: CompressRules, chosen: Chosen) {
    super(next)
    this.#rules = rules
    this.#chosen = chosen
  }

  // ── DispatchHandler: the one who answers ───────────────────────────────────────────────────────────────

  override onRequestStart(controller: DispatchController): void {
    this.#controller = controller
    this.next.onRequestStart(this)
  }

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    this.#controller = controller
    varyByEncoding(headers)
    if (!this.#isWorthIt(statusCode, headers)) {
      this.#state = 'passing'
      this.next.onResponseStart(this, statusCode, headers)
      return
    }
    this.#state = 'holding'
    this.#statusCode = statusCode
    this.#headers = headers
    if (headers.contentLength !== -1) this.#compress()
    else this.#cancelHold = this.#rules.time.after(HOLD_MS, () => this.#stopHolding())
  }

  override onResponseData(_controller: DispatchController, chunk: Buffer): void {
    if (this.#state === 'passing') this.next.onResponseData(this, chunk)
    else if (this.#state === 'compressing') this.#write(chunk)
    else if (this.#state === 'holding') this.#hold(chunk)
  }

  override onResponseEnd(_controller: DispatchController, trailers: Headers | undefined): void {
    this.#hasEnded = true
    this.#trailers = trailers
    if (this.#state === 'holding') this.#pass()
    if (this.#state === 'compressing') this.#content?.end()
    else if (this.#state === 'passing') {
      this.#state = 'over'
      this.next.onResponseEnd(this, trailers)
    }
  }

  override onResponseError(_controller: DispatchController, error: GatewayError): void {
    if (this.#end()) this.next.onResponseError(this, error)
  }

  // ── DispatchController: the client ─────────────────────────────────────────────────────────────────────

  pause(): void {
    if (this.#content === undefined) this.#controller.pause()
    else this.#content.pause()
  }

  resume(): void {
    if (this.#content === undefined) this.#controller.resume()
    else this.#content.resume()
  }

  abort(error: GatewayError): void {
    // What is complete over there is not complete here.
    if (!this.#hasEnded) this.#controller.abort(error)
    else if (this.#end()) this.next.onResponseError(this, error)
  }

  // ── from the compressor ────────────────────────────────────────────────────────────────────────────────

  onCompressed(chunk: Buffer): void {
    if (this.#state === 'compressing') this.next.onResponseData(this, chunk)
  }

  onDrain(): void {
    // Whose answer has ended may answer another request by now.
    if (this.#state === 'compressing' && !this.#hasEnded) this.#controller.resume()
  }

  onCompressedEnd(): void {
    if (!this.#end()) return
    this.next.onResponseEnd(this, this.#trailers)
  }

  onCompressError(error: Error): void {
    this.abort(new GatewayError('GTW_INTERNAL', `a response cannot be compressed: ${error.message}`, { cause: error }))
  }

  // ── what becomes of it ─────────────────────────────────────────────────────────────────────────────────

  #isWorthIt(statusCode: number, headers: Headers): boolean {
    if (statusCode === 204 || statusCode === 205 || statusCode === 304 || statusCode === 206 || headers.has('content-range')) return false
    // What nobody asked for by name is a quirk that clients of Traefik are used to.
    if (this.#chosen.coding === 'gzip' && !this.#chosen.isNamed) return false
    if (headers.contentLength !== -1 && headers.contentLength < this.#rules.minimum) return false
    if (headers.get('content-encoding')) return false
    // RFC 9110 §7.7: nobody on the way may change it.
    if (headers.values('cache-control').some((value) => /(?:^|[\s,])no-transform(?:$|[\s,])/i.test(value))) return false
    return this.#rules.types.includes(headers.get('content-type'))
  }

  #hold(chunk: Buffer): void {
    this.#held.push(Buffer.from(chunk))
    this.#heldOctets += chunk.length
    if (this.#heldOctets >= this.#rules.minimum || this.#isStream) this.#compress()
  }

  /** More may be long in coming, and who waits for it may need what is here. */
  #stopHolding(): void {
    this.#cancelHold = undefined
    if (this.#state === 'holding') this.#compress()
  }

  #compress(): void {
    const headers = this.#headers as Headers
    const { coding } = this.#chosen
    this.#cancelHold?.()
    this.#state = 'compressing'
    this.#content = new CompressedContent({ coding, time: this.#rules.time, isStream: this.#isStream }, this)
    toCompressed(headers, coding)
    this.next.onResponseStart(this, this.#statusCode, headers)
    for (const chunk of this.#held.splice(0)) this.#write(chunk)
  }

  #pass(): void {
    this.#cancelHold?.()
    this.#state = 'passing'
    this.next.onResponseStart(this, this.#statusCode, this.#headers as Headers)
    for (const chunk of this.#held.splice(0)) this.next.onResponseData(this, chunk)
  }

  #write(chunk: Buffer): void {
    if (this.#content?.write(chunk) === false) this.#controller.pause()
  }

  get #isStream(): boolean {
    return mediaTypeOf(this.#headers?.get('content-type') ?? '') === 'text/event-stream'
  }

  #end(): boolean {
    if (this.#state === 'over') return false
    this.#state = 'over'
    this.#cancelHold?.()
    this.#held = []
    this.#content?.destroy()
    return true
  }
}
