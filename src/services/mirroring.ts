import type { Dispatch } from '../dispatch/dispatch.ts'
import { ReplayBody } from '../dispatch/replay-body.ts'
import { forgetExpectation, replayMemory } from '../dispatch/replay-memory.ts'
import { boolean, type Infer, integer, list, object, section, string } from '../schema/index.ts'
import { buildChild } from './child.ts'
import { healthOptions } from './children-options.ts'
import { defineService, type ServiceContext } from './definition.ts'
import { MirrorRuns } from './mirror/mirror-runs.ts'
import { MirroredExchange } from './mirror/mirrored-exchange.ts'

const mirror = object('A service that gets copies of requests.', {
  name: string('Name of the service.', { required: true }),
  percent: integer('Of 100 requests, how many are copied.', { default: 0, min: 0, max: 100 }),
})

const options = object('Sends copies of requests to further services; only the main one is heard.', {
  service: string('Name of the main service.', { required: true }),
  mirrorBody: boolean('Copy the content of requests too.', { default: true }),
  maxBodySize: integer('Requests with more octets of content are not copied; negative: no limit but that of the memory.', { default: -1 }),
  mirrors: list(mirror, 'The services that get copies.', { default: [] }),
  healthCheck: section(healthOptions),
})

type Options = Infer<typeof options>

/** Answers from one service and shows requests to others. */
export const mirroring = defineService({
  name: 'mirroring',
  options,
  references: ({ service, mirrors }) => [
    { kind: 'services', name: service, place: ['service'] },
    ...mirrors.map(({ name }, index) => ({ kind: 'services', name, place: ['mirrors', index, 'name'] }) as const),
  ],
  build: (options, context) => {
    const reportsHealth = options.healthCheck !== undefined
    const main = buildChild(options.service, context, reportsHealth)
    return { dispatch: mirrorRequests(main.dispatch, options, context), isUp: () => main.isUp(), reportsHealth, kind: 'mirroring' }
  },
})

/** After so many requests the same ones are copied again. */
const PERIOD = 100

function mirrorRequests(main: Dispatch, options: Options, context: ServiceContext): Dispatch {
  const mirrors = options.mirrors.map(({ name, percent }) => ({ percent, dispatch: context.child(name).dispatch }))
  const schedule = Array.from({ length: PERIOD }, (_, turn) =>
    mirrors.filter(({ percent }) => isCopied(turn, percent)).map(({ dispatch }) => dispatch),
  )
  const { words, at } = context.cells(`mirrored ${context.name}`, 1)
  const memory = replayMemory(context)
  const runs = new MirrorRuns()
  return function mirroring(request, handler) {
    const copies = schedule[(Atomics.add(words, at, 1) >>> 0) % PERIOD] as readonly Dispatch[]
    const { body } = request
    const isLarge = body !== undefined && options.mirrorBody && options.maxBodySize >= 0 && body.length > options.maxBodySize
    if (copies.length === 0 || isLarge) return main(request, handler)
    const copy = request.clone()
    copy.body = undefined
    forgetExpectation(copy)
    const replay = body === undefined || !options.mirrorBody ? undefined : new ReplayBody(body, options.maxBodySize, memory)
    if (replay !== undefined) request.body = replay.open()
    return main(request, new MirroredExchange(handler, { request: copy, replay, copies }, runs))
  }
}

/**
 * Whether a request is copied so that after every one of them the copies are the least whole number that is no less than
 * the percentage of the requests so far.
 */
export function isCopied(turn: number, percent: number): boolean {
  return Math.ceil((turn * percent) / PERIOD) < Math.ceil(((turn + 1) * percent) / PERIOD)
}
