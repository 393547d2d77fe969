import type { Dispatch } from '../dispatch/dispatch.ts'
import { replayMemory } from '../dispatch/replay-memory.ts'
import { replyError } from '../dispatch/reply.ts'
import { expectedOfRange, StatusRanges } from '../http/status-ranges.ts'
import { type Infer, integer, list, object, section, string } from '../schema/index.ts'
import { buildChild } from './child.ts'
import { healthOptions } from './children-options.ts'
import { type BuiltService, defineService, type ServiceContext } from './definition.ts'
import { failOverErrors } from './failover/fail-over-errors.ts'

const errors = object('Answers of the main service that count as a failure; the request is then sent to the fallback.', {
  status: list(string('A status or a range such as `500-599`.', { check: expectedOfRange }), 'Which statuses.', { default: [] }),
  maxRequestBodyBytes: integer('Requests with more octets of content are refused (413); negative: no limit but that of the memory.', {
    default: -1,
  }),
})

const options = object('Answers from a second service when the first one cannot.', {
  service: string('Name of the main service; it must check its health, unless `errors` says when it has failed.', { required: true }),
  fallback: string('Name of the second service.', { required: true }),
  errors: section(errors),
  healthCheck: section(healthOptions),
})

type Options = Infer<typeof options>

/** Answers from one service, and from another one while it cannot. */
export const failover = defineService({
  name: 'failover',
  options,
  references: ({ service, fallback }) => [
    { kind: 'services', name: service, place: ['service'] },
    { kind: 'services', name: fallback, place: ['fallback'] },
  ],
  build: (options, context) => {
    const reportsHealth = options.healthCheck !== undefined
    const statuses = options.errors?.status ?? []
    const main = buildChild(options.service, context, reportsHealth || statuses.length === 0)
    const fallback = buildChild(options.fallback, context, reportsHealth)
    const isMainUp = (): boolean => !main.reportsHealth || main.isUp()
    const isFallbackUp = (): boolean => !reportsHealth || fallback.isUp()
    const first = statuses.length === 0 ? main.dispatch : watchErrors(main, fallback, options, context)
    return {
      dispatch: function failover(request, handler) {
        if (isMainUp()) return first(request, handler)
        return isFallbackUp() ? fallback.dispatch(request, handler) : replyError(handler, 'GTW_NO_SERVICE')
      },
      isUp: () => isMainUp() || isFallbackUp(),
      reportsHealth,
      kind: 'failover',
    }
  },
})

function watchErrors(main: BuiltService, fallback: BuiltService, { errors }: Options, context: ServiceContext): Dispatch {
  return failOverErrors({
    main: main.dispatch,
    fallback: fallback.dispatch,
    statuses: new StatusRanges(errors?.status ?? []),
    maxBodySize: errors?.maxRequestBodyBytes ?? -1,
    memory: replayMemory(context),
  })
}
