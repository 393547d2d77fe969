import { replayMemory } from '../dispatch/replay-memory.ts'
import { expectedOfRange, StatusRanges } from '../http/status-ranges.ts'
import { boolean, duration, integer, list, object, string } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { RetriedRequest, type RetryRules } from './retry/retried-request.ts'
import { RetryBudget } from './retry/retry-budget.ts'

/** Sends a request again when a server could not be reached, or answered with an error. */
export const retry = defineMiddleware({
  name: 'retry',
  options: object('Sends a request again when a server could not be reached, or answered with one of certain statuses.', {
    attempts: integer('How often a request is sent at most, the first time included.', { required: true, min: 1 }),
    initialInterval: duration('Wait so long before the second attempt, and up to twice as long before the last; 0: do not wait.', {
      default: '0s',
      min: 0,
    }),
    timeout: duration('No further attempt begins so long after the first; 0: no limit.', { default: '0s', min: 0 }),
    status: list(
      string('A status or a range such as `500-599`.', { check: expectedOfRange }),
      'Answers that are asked for again; of the requests under way at most one of five, and 10 in any case, so that busy servers are not flooded.',
      { default: [] },
    ),
    maxRequestBodyBytes: integer(
      'With `status`: requests with more octets of content are not sent again because of an answer; -1: no limit but that of the memory.',
      { default: 2 * 1024 * 1024, min: -1 },
    ),
    disableRetryOnNetworkError: boolean('Do not send again what could not reach a server.', { default: false }),
    retryNonIdempotentMethod: boolean('Also ask again, because of an answer, with POST, PATCH and LOCK.', { default: false }),
  }),
  build: ({ attempts, initialInterval, status, ...options }, context) => {
    if (options.disableRetryOnNetworkError && status.length === 0) {
      throw new Error('retry needs `status` where `disableRetryOnNetworkError` is set: there is nothing left to try again for')
    }
    const rules: RetryRules = {
      attempts,
      intervals: intervalsOf(attempts, initialInterval),
      timeoutMs: options.timeout,
      statuses: status.length === 0 ? undefined : new StatusRanges(status),
      budget: status.length === 0 ? undefined : new RetryBudget(),
      onNetworkError: !options.disableRetryOnNetworkError,
      nonIdempotent: options.retryNonIdempotentMethod,
      maxBodySize: options.maxRequestBodyBytes,
      memory: replayMemory(context),
      time: context.time,
    }
    if (attempts === 1) return (next) => next
    return (next) =>
      function retry(request, handler) {
        return new RetriedRequest(rules, next, { request, handler }).send()
      }
  },
})

/** As many as anybody needs: later ones are as long as the last. */
const MOST_INTERVALS = 100

/** The waits grow so that the last one stays below twice the first; each is later varied by half of itself. */
function intervalsOf(attempts: number, initial: number): number[] {
  if (initial === 0) return [0]
  return Array.from({ length: Math.min(attempts - 1, MOST_INTERVALS) }, (_, index) => initial * 2 ** (index / (attempts - 1)))
}
