import type { DispatchController, DispatchHandler } from '../../dispatch/dispatch.ts'
import { ForwardingHandler } from '../../dispatch/forwarding-handler.ts'
import type { GatewayError } from '../../errors.ts'
import type { Headers } from '../../http/headers.ts'
import type { ResponseHead } from '../../middleware-api/definition.ts'
import { type CustomRules, failureOf, isPromise, lateness } from './rules.ts'

/** What has come while the hook was thinking: the answer was paused, but what had been read by then comes all the same. */
interface Held {
  readonly chunks: Buffer[]
  end: { readonly trailers: Headers | undefined } | undefined
  readonly cancel: (() => void) | undefined
}

/**
 * Shows the head of one response to the hook of a user.
 *
 *   waiting ──▶ passing ──▶ over     the hook is done
 *      └──────▶ holding ──▶ passing  it thinks: what comes meanwhile is kept
 *                  └──────▶ over     it failed, or took too long
 */
export class HookedResponse extends ForwardingHandler {
  readonly #rules: CustomRules
  readonly #hook: (head: ResponseHead) => unknown
  #state: 'waiting' | 'holding' | 'passing' | 'over' = 'waiting'
  #held: Held | undefined

  constructor(next: DispatchHandler, rules: CustomRules, hook: (head: ResponseHead) => unknown) {
    super(next)
    this.#rules = rules
    this.#hook = hook
  }

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    const head: ResponseHead = { status: statusCode, headers }
    let said: unknown
    try {
      said = this.#hook(head)
    } catch (error) {
      this.#fail(controller, failureOf(this.#rules, error))
      return
    }
    if (isPromise(said)) this.#hold(controller, head, said)
    else this.#pass(controller, head)
  }

  override onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (this.#state === 'passing') this.next.onResponseData(controller, chunk)
    else this.#held?.chunks.push(Buffer.from(chunk))
  }

  override onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    if (this.#state === 'passing') this.next.onResponseEnd(controller, trailers)
    else if (this.#held !== undefined) this.#held.end = { trailers }
  }

  override onResponseError(controller: DispatchController, error: GatewayError): void {
    if (this.#state === 'over') return
    this.#end()
    this.next.onResponseError(controller, error)
  }

  #pass(controller: DispatchController, { status, headers }: ResponseHead): void {
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      this.#fail(controller, failureOf(this.#rules, new TypeError(`${status} is not the status of an answer`)))
      return
    }
    this.#state = 'passing'
    this.next.onResponseStart(controller, status, headers)
  }

  #hold(controller: DispatchController, head: ResponseHead, said: Promise<unknown>): void {
    const { time, timeoutMs } = this.#rules
    const cancel = timeoutMs === 0 ? undefined : time.after(timeoutMs, () => this.#fail(controller, lateness(this.#rules)))
    this.#state = 'holding'
    this.#held = { chunks: [], end: undefined, cancel }
    controller.pause()
    said.then(
      () => this.#release(controller, head),
      (error: unknown) => {
        if (this.#state === 'holding') this.#fail(controller, failureOf(this.#rules, error))
      },
    )
  }

  #release(controller: DispatchController, head: ResponseHead): void {
    if (this.#state !== 'holding' || this.#held === undefined) return
    const { chunks, end, cancel } = this.#held
    this.#held = undefined
    cancel?.()
    this.#pass(controller, head)
    for (const chunk of chunks) this.onResponseData(controller, chunk)
    if (end === undefined) controller.resume()
    else this.onResponseEnd(controller, end.trailers)
  }

  #fail(controller: DispatchController, error: GatewayError): void {
    if (this.#state === 'over') return
    this.#end()
    controller.abort(error)
    this.next.onResponseError(controller, error)
  }

  #end(): void {
    this.#state = 'over'
    this.#held?.cancel?.()
    this.#held = undefined
  }
}
