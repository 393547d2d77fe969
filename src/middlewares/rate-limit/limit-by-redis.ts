import { hash } from 'node:crypto'
import type { Middleware } from '../../dispatch/dispatch.ts'
import { INERT } from '../../dispatch/reply.ts'
import { GatewayError } from '../../errors.ts'
import type { RequestHead } from '../../http/request.ts'
import type { MiddlewareContext } from '../definition.ts'
import { dispatchLater, Waiting } from '../shared/waiting.ts'
import type { BucketRules } from './bucket-table.ts'
import { RedisBuckets } from './redis-buckets.ts'
import type { RedisOptions } from './redis-options.ts'
import { delay, refuse } from './verdict.ts'

interface Limit {
  readonly rules: BucketRules
  readonly source: (request: RequestHead) => string
}

/** Limits by buckets in Redis. While Redis cannot be asked, requests are refused or pass, as the options say. */
export function limitByRedis(
  options: RedisOptions,
  { rules, source }: Limit,
  { name, keep, time, trouble }: MiddlewareContext,
): Middleware {
  const buckets = keep(`redis ${hash('sha256', JSON.stringify(options))}`, () => new RedisBuckets(options))
  const { denyOnError } = options
  const policy = denyOnError ? 'refuses every request' : 'lets every request pass'
  buckets.watch(name, (reason) => trouble(reason && `cannot ask its Redis, and ${policy} until it can: ${reason}`))
  return (next) =>
    function rateLimitByRedis(request, handler) {
      const waiting = new Waiting(handler)
      if (!waiting.begin(doNothing)) return true
      buckets.take(`rate:${name}:${source(request)}`, rules).then(
        (waitMs) => {
          if (!waiting.end()) return
          if (waitMs === 0) dispatchLater(next, request, handler)
          else if (waitMs > rules.maxDelayMs) refuse(handler, waitMs)
          else delay({ next, request, handler }, waitMs, time)
        },
        (error: Error) => {
          if (!waiting.end()) return
          if (denyOnError) handler.onResponseError(INERT, new GatewayError('GTW_RATE_LIMIT_STORE', error.message, { cause: error }))
          else dispatchLater(next, request, handler)
        },
      )
      return true
    }
}

function doNothing(): void {}
