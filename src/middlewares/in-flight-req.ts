import type { DispatchHandler } from '../dispatch/dispatch.ts'
import { reply } from '../dispatch/reply.ts'
import { Headers } from '../http/headers.ts'
import { int64, object, section } from '../schema/index.ts'
import { defineMiddleware, type MiddlewareContext } from './definition.ts'
import { IN_FLIGHT_WORDS, InFlightTable, type Place } from './in-flight-req/in-flight-table.ts'
import { CountedExchange } from './shared/counted-exchange.ts'
import { sourceCriterionOptions, sourceOf } from './shared/source-criterion.ts'

/** Limits how many requests of one source are under way at the same time, in all workers together. */
export const inFlightReq = defineMiddleware({
  name: 'inFlightReq',
  options: object('Limits how many requests of one source are under way at the same time.', {
    amount: int64('How many requests; 0 refuses every request.', { default: 0, min: 0 }),
    sourceCriterion: section(sourceCriterionOptions, 'What makes requests those of one source; without one, their Host.'),
  }),
  build: ({ amount, sourceCriterion }, context) => {
    const most = Number(amount)
    const source = sourceOf(sourceCriterion ?? { requestHost: true })
    const table = tableOf(context)
    const hash = table.hash().derive(`inFlightReq ${context.name} ${context.user} ${JSON.stringify(sourceCriterion)}`)
    const refusal = Buffer.from(`max connections reached: ${amount}`)
    return (next) =>
      function inFlightReq(request, handler) {
        hash.update(source(request))
        const place = table.enter(hash, most)
        if (place === -1) return reply(handler, 429, new Headers(), refusal)
        const counted = new InFlightExchange(handler, table, place, hash)
        try {
          return next(request, counted)
        } catch (error) {
          counted.over()
          throw error
        }
      }
  },
})

/** One table serves all instances in a thread; it changes with its place, so that it never writes where others do. */
function tableOf({ cells, keep, time }: MiddlewareContext): InFlightTable {
  const own = cells('requests in flight', IN_FLIGHT_WORDS)
  return keep(`requests in flight ${own.at}`, () => new InFlightTable(own, time))
}

class InFlightExchange extends CountedExchange {
  readonly #table: InFlightTable
  readonly #place: Place
  readonly #low: number
  readonly #high: number

  constructor(next: DispatchHandler, table: InFlightTable, place: Place, { low, high }: { readonly low: number; readonly high: number }) {
    super(next)
    this.#table = table
    this.#place = place
    this.#low = low
    this.#high = high
  }

  protected override onOver(): void {
    this.#table.leave(this.#place, this.#low, this.#high)
  }
}
