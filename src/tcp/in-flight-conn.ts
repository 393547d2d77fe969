import { plainAddress } from '../http/trusted-ips.ts'
import { IN_FLIGHT_WORDS, InFlightTable } from '../middlewares/in-flight-req/in-flight-table.ts'
import { int64, object } from '../schema/index.ts'
import { defineTcpMiddleware, type TcpMiddlewareContext } from './definition.ts'

/** Limits how many connections of one address are open at the same time, in all workers together. */
export const inFlightConn = defineTcpMiddleware({
  name: 'inFlightConn',
  options: object('Limits how many connections of one address are open at the same time.', {
    amount: int64('How many connections; 0 or less refuses every one.', { default: 0 }),
  }),
  build: ({ amount }, context) => {
    const most = Number(amount)
    const table = tableOf(context)
    const hash = table.hash().derive(`inFlightConn ${context.name} ${context.user}`)
    return (visitor) => {
      hash.update(plainAddress(visitor.peer.address))
      const { low, high } = hash
      const place = table.enter(hash, most)
      if (place === -1) return false
      visitor.atEnd(() => table.leave(place, low, high))
      return true
    }
  },
})

/** Connections have a table of their own; it changes with its place, so that it never writes where others do. */
function tableOf({ cells, keep, time }: TcpMiddlewareContext): InFlightTable {
  const own = cells('connections in flight', IN_FLIGHT_WORDS)
  return keep(`connections in flight ${own.at}`, () => new InFlightTable(own, time))
}
