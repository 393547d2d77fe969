import type { Dispatch, DispatchHandler } from '../../dispatch/dispatch.ts'
import { forgetExpectation } from '../../dispatch/replay-memory.ts'
import { replyStatus } from '../../dispatch/reply.ts'
import { GatewayError } from '../../errors.ts'
import type { BodySink, RequestHead } from '../../http/request.ts'
import type { Predicate } from '../shared/expression.ts'
import { dispatchLater, Waiting } from '../shared/waiting.ts'
import { BufferedResponse } from './buffered-response.ts'
import type { AttemptFacts } from './functions.ts'
import { HeldContent } from './held-content.ts'

/** Bounds in octets. */
export interface BufferingRules {
  readonly maxRequest: number
  readonly requestInMemory: number
  readonly maxResponse: number
  readonly responseInMemory: number
  /** Undefined: a request is sent once. */
  readonly again: Predicate<AttemptFacts> | undefined
}

/** However an expression reads, a request is not sent more often. */
const MOST_ATTEMPTS = 11

/** One request, held back until all of its content has come, with all of its attempts. */
export class BufferedRequest implements BodySink {
  readonly rules: BufferingRules
  readonly #next: Dispatch
  readonly #request: RequestHead
  readonly #handler: DispatchHandler
  readonly #waiting: Waiting
  #content: HeldContent | undefined
  #attempts = 0

  constructor(rules: BufferingRules, next: Dispatch, { request, handler }: { request: RequestHead; handler: DispatchHandler }) {
    this.rules = rules
    this.#next = next
    this.#request = request
    this.#handler = handler
    this.#waiting = new Waiting(handler)
  }

  start(): boolean {
    const { body } = this.#request
    if (body === undefined) return this.#send()
    if (body.length > this.rules.maxRequest) return replyStatus(this.#handler, 413)
    const content = new HeldContent(this.rules.requestInMemory, () => body.resume())
    this.#content = content
    if (this.#waiting.begin(() => content.close())) body.start(this)
    return true
  }

  /** Sends it once more, where the expression says so. */
  isRefused(statusCode: number): boolean {
    const { again } = this.rules
    if (again === undefined || this.#attempts >= MOST_ATTEMPTS) return false
    return again({ attempts: this.#attempts, statusCode, method: this.#request.method })
  }

  again(): void {
    // Not inside the call that ended the last attempt, so that the stack does not grow.
    const waiting = new Waiting(this.#handler)
    const isThere = waiting.begin(() => this.release())
    if (!isThere) return
    setImmediate(() => {
      if (waiting.end()) dispatchLater(() => this.#send(), this.#request, this.#handler)
    })
  }

  /** There will be no further attempt. */
  release(): void {
    this.#content?.close()
  }

  get method(): string {
    return this.#request.method
  }

  // ── BodySink: from the client ──────────────────────────────────────────────────────────────────────────

  onBodyData(chunk: Buffer): void {
    const content = this.#content
    if (content === undefined || this.#waiting.isOver) return
    if (content.size + chunk.length > this.rules.maxRequest) this.#stop(() => replyStatus(this.#handler, 413))
    else if (!content.write(chunk)) this.#request.body?.pause()
  }

  onBodyEnd(): void {
    this.#content?.end((error) => {
      if (error !== undefined)
        this.onBodyError(new GatewayError('GTW_INTERNAL', `content cannot be held: ${error.message}`, { cause: error }))
      else if (this.#waiting.end()) {
        forgetExpectation(this.#request)
        dispatchLater(() => this.#send(), this.#request, this.#handler)
      }
    })
  }

  onBodyError(error: GatewayError): void {
    this.#stop(() => this.#handler.onResponseError(this.#waiting, error))
  }

  #stop(answer: () => void): void {
    if (!this.#waiting.end()) return
    this.release()
    answer()
  }

  #send(): boolean {
    this.#attempts++
    const request = this.rules.again === undefined ? this.#request : this.#request.clone()
    if (this.#content !== undefined) request.body = this.#content.open()
    return this.#next(request, new BufferedResponse(this, this.#handler))
  }
}
