import type { Middleware } from '../dispatch/dispatch.ts'
import { duration, type Infer, integer, object, section } from '../schema/index.ts'
import { defineMiddleware, type MiddlewareContext } from './definition.ts'
import { BUCKET_WORDS, type BucketRules, BucketTable } from './rate-limit/bucket-table.ts'
import { limitByRedis } from './rate-limit/limit-by-redis.ts'
import { redisOptions } from './rate-limit/redis-options.ts'
import { rulesOf } from './rate-limit/rules.ts'
import { delay, refuse } from './rate-limit/verdict.ts'
import { sourceCriterionOptions, sourceOf } from './shared/source-criterion.ts'
import { prepareTls } from './shared/tls-options.ts'

const options = object('Limits the rate of requests of each source.', {
  average: integer('Requests in each period; 0: no limit.', { default: 0, min: 0 }),
  period: duration('The period of the average.', { default: '1s', min: 0 }),
  burst: integer('How many requests may come at once.', { default: 1, min: 0 }),
  sourceCriterion: section(sourceCriterionOptions, 'What makes requests those of one source; without one, the address of the connection.'),
  redis: section(redisOptions),
})

type Options = Infer<typeof options>

/** Limits the rate of requests of each source, in all workers together, or in all gateways that share a Redis. */
export const rateLimit = defineMiddleware({
  name: 'rateLimit',
  options,
  prepare: (options, files) => {
    const { redis } = options
    return redis?.tls === undefined ? options : { ...options, redis: { ...redis, tls: prepareTls(redis.tls, files) } }
  },
  build: (options, context) => {
    const rules = rulesOf(options)
    const source = sourceOf(options.sourceCriterion ?? {})
    if (rules === undefined) return (next) => next
    return options.redis === undefined ? limitInMemory(options, rules, context) : limitByRedis(options.redis, { rules, source }, context)
  },
})

function limitInMemory(options: Options, rules: BucketRules, { name, user, cells, time }: MiddlewareContext): Middleware {
  const { average, period, burst, sourceCriterion = {} } = options
  const source = sourceOf(sourceCriterion)
  const table = new BucketTable(cells('rate limits', BUCKET_WORDS), time)
  const hash = table.hash().derive(`rateLimit ${name} ${user} ${average} ${period} ${burst} ${JSON.stringify(sourceCriterion)}`)
  return (next) =>
    function rateLimit(request, handler) {
      hash.update(source(request))
      const waitMs = table.take(hash, rules)
      if (waitMs === 0) return next(request, handler)
      return waitMs > rules.maxDelayMs ? refuse(handler, waitMs) : delay({ next, request, handler }, waitMs, time)
    }
}
