import type { Dispatch, DispatchHandler } from '../../dispatch/dispatch.ts'
import { ReplayBody, type ReplayMemory } from '../../dispatch/replay-body.ts'
import { forgetExpectation } from '../../dispatch/replay-memory.ts'
import { CODES, type GatewayError } from '../../errors.ts'
import type { RequestBody, RequestHead } from '../../http/request.ts'
import type { StatusRanges } from '../../http/status-ranges.ts'
import type { Time } from '../definition.ts'
import { dispatchLater, Waiting } from '../shared/waiting.ts'
import { Attempt } from './attempt.ts'
import { isUnsent } from './is-unsent.ts'
import { LastAttempt } from './last-attempt.ts'
import type { RetryBudget } from './retry-budget.ts'

/** When a request is sent again. */
export interface RetryRules {
  /** At least 2. */
  readonly attempts: number
  /** Milliseconds between two attempts; the last one stands for all that follow. */
  readonly intervals: readonly number[]
  /** 0: no limit. */
  readonly timeoutMs: number
  /** Undefined: no answer is asked for again. */
  readonly statuses: StatusRanges | undefined
  /** Bounds what is sent again because of an answer; undefined where nothing is. */
  readonly budget: RetryBudget | undefined
  readonly onNetworkError: boolean
  readonly nonIdempotent: boolean
  /** Negative: no limit of its own. */
  readonly maxBodySize: number
  readonly memory: ReplayMemory
  readonly time: Time
}

interface Exchanged {
  readonly request: RequestHead
  readonly handler: DispatchHandler
}

/** Doing these twice may do something twice: an answer to them is never asked for again unless someone says so. */
const NOT_IDEMPOTENT: ReadonlySet<string> = new Set(['POST', 'PATCH', 'LOCK'])

/** One request with all of its attempts. The last attempt goes straight to the client, whatever comes of it. */
export class RetriedRequest {
  readonly #rules: RetryRules
  readonly #next: Dispatch
  /** As it was before the first attempt. */
  readonly #request: RequestHead
  readonly #handler: DispatchHandler
  readonly #content: RequestBody | undefined
  /** Undefined where the content is only sent again while nobody has read it. */
  readonly #replay: ReplayBody | undefined
  readonly #startedAt: number
  #attempts = 0
  /** Whether it counts in the budget, and as what. */
  #counts: 'once' | 'again' | 'no'

  constructor(rules: RetryRules, next: Dispatch, { request, handler }: Exchanged) {
    this.#rules = rules
    this.#next = next
    this.#request = request
    this.#handler = handler
    request.tried ??= []
    this.#content = request.body
    this.#replay = this.#keepContent(rules)
    this.#startedAt = rules.timeoutMs === 0 ? 0 : rules.time.now()
    this.#counts = rules.budget === undefined ? 'no' : 'once'
    rules.budget?.begin()
  }

  /** Begins the next attempt. */
  send(): boolean {
    const request = ++this.#attempts < this.#rules.attempts ? this.#request.clone() : this.#request
    const isLast = request === this.#request
    if (this.#content?.started) forgetExpectation(request)
    if (this.#replay !== undefined) request.body = this.#replay.open()
    if (isLast) this.release()
    return this.#next(request, isLast ? this.#lastHandler : new Attempt(this, this.#handler))
  }

  /** It is over for the client. */
  end(): void {
    if (this.#counts === 'no') return
    this.#rules.budget?.end(this.#counts === 'again')
    this.#counts = 'no'
  }

  /** Whether this answer is thrown away for another attempt. */
  isRefused(statusCode: number): boolean {
    return this.#mayAskAgain(statusCode) && this.#takeBudget()
  }

  /** Whether there is another attempt after this error. */
  isWorthAnother(error: GatewayError): boolean {
    const { fault, status } = CODES[error.code]
    if (fault !== 'upstream') return false
    if (this.#rules.onNetworkError && isUnsent(error) && this.#canGoOn && this.#content?.started !== true) return true
    // A server that is gone has no work, one that is late has too much.
    return this.#mayAskAgain(status) && (error.code !== 'GTW_UPSTREAM_TIMEOUT' || this.#takeBudget())
  }

  /** Whether all content has come, so that whoever was sent it has it all. */
  get isWhole(): boolean {
    return this.#content === undefined || this.#replay?.isComplete === true
  }

  /** There will be no further attempt. */
  release(): void {
    this.#replay?.release()
  }

  /** Begins another attempt when its time has come; never inside the call that ended the last one, so that the stack does not grow. */
  again(): void {
    const waiting = new Waiting(this.#handler)
    const goOn = (): void => {
      if (waiting.end()) dispatchLater(() => this.send(), this.#request, this.#lastHandler)
    }
    const interval = this.#interval
    const cancel = interval === 0 ? undefined : this.#rules.time.after(interval, goOn)
    const isThere = waiting.begin(() => {
      cancel?.()
      this.release()
      this.end()
    })
    if (isThere && interval === 0) setImmediate(goOn)
  }

  #mayAskAgain(statusCode: number): boolean {
    const { statuses, nonIdempotent } = this.#rules
    if (statuses?.has(statusCode) !== true) return false
    return (nonIdempotent || !NOT_IDEMPOTENT.has(this.#request.method)) && this.#canGoOn && this.#hasContent
  }

  get #lastHandler(): DispatchHandler {
    return this.#counts === 'no' ? this.#handler : new LastAttempt(this, this.#handler)
  }

  /** What was sent again counts once, however often it is. */
  #takeBudget(): boolean {
    if (this.#counts !== 'once') return true
    if (this.#rules.budget?.take() !== true) return false
    this.#counts = 'again'
    return true
  }

  get #interval(): number {
    const { intervals } = this.#rules
    const interval = intervals[Math.min(this.#attempts, intervals.length) - 1] ?? 0
    // Clients that failed together must not come back together.
    return interval * (0.5 + Math.random())
  }

  get #canGoOn(): boolean {
    const { timeoutMs, time } = this.#rules
    return timeoutMs === 0 || time.now() - this.#startedAt < timeoutMs
  }

  get #hasContent(): boolean {
    return this.#content === undefined || (this.#replay === undefined ? !this.#content.started : this.#replay.isKept)
  }

  #keepContent({ statuses, maxBodySize, memory }: RetryRules): ReplayBody | undefined {
    const { body } = this.#request
    if (body === undefined || statuses === undefined || (maxBodySize >= 0 && body.length > maxBodySize)) return undefined
    return new ReplayBody(body, maxBodySize, memory)
  }
}
