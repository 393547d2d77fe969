import type { Dispatch, DispatchHandler } from '../../dispatch/dispatch.ts'
import { ReplayBody, type ReplayMemory } from '../../dispatch/replay-body.ts'
import { forgetExpectation } from '../../dispatch/replay-memory.ts'
import { INERT, replyError } from '../../dispatch/reply.ts'
import type { GatewayError } from '../../errors.ts'
import type { BodySink, RequestHead } from '../../http/request.ts'
import type { StatusRanges } from '../../http/status-ranges.ts'
import { FirstAttempt } from './first-attempt.ts'

export interface FailOverOptions {
  readonly main: Dispatch
  readonly fallback: Dispatch
  /** Which answers of the main service are thrown away. */
  readonly statuses: StatusRanges
  /** Negative: no limit of its own. */
  readonly maxBodySize: number
  readonly memory: ReplayMemory
}

/** Sends a request to the fallback when the main service answered with an error; until then its content is kept. */
export function failOverErrors(options: FailOverOptions): Dispatch {
  return function failOverErrors(request, handler) {
    const { body } = request
    if (body === undefined) return options.main(request.clone(), new FirstAttempt(handler, options, request))
    if (options.maxBodySize >= 0 && body.length > options.maxBodySize) return replyError(handler, 'GTW_CONTENT_NOT_KEPT')
    const replay = new ReplayBody(body, options.maxBodySize, options.memory)
    replay.open().start(new WholeBody(request, handler, replay, options))
    return true
  }
}

/** Waits for the whole content: the main service only sees what the fallback could see as well. */
class WholeBody implements BodySink {
  readonly #request: RequestHead
  readonly #handler: DispatchHandler
  readonly #replay: ReplayBody
  readonly #options: FailOverOptions
  #isOver = false

  constructor(request: RequestHead, handler: DispatchHandler, replay: ReplayBody, options: FailOverOptions) {
    this.#request = request
    this.#handler = handler
    this.#replay = replay
    this.#options = options
  }

  onBodyData(): void {
    if (this.#isOver || this.#replay.isKept) return
    this.#isOver = true
    replyError(this.#handler, 'GTW_CONTENT_NOT_KEPT')
  }

  onBodyEnd(): void {
    if (this.#isOver) return
    this.#isOver = true
    forgetExpectation(this.#request)
    const first = this.#request.clone()
    first.body = this.#replay.open()
    this.#options.main(first, new FirstAttempt(this.#handler, this.#options, this.#request, this.#replay))
  }

  onBodyError(error: GatewayError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#handler.onResponseError(INERT, error)
  }
}
