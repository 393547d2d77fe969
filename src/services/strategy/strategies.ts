import type { ServiceContext } from '../definition.ts'
import type { Member, Strategy } from '../member.ts'
import type { Server } from '../server.ts'
import { HighestRandomWeight } from './hrw.ts'
import { LeastTime } from './least-time.ts'
import { PowerOfTwoChoices } from './p2c.ts'
import { RoundRobin } from './round-robin.ts'
import { canShare, OwnTurns, SharedTurns } from './turns.ts'

/** How the servers of a load balancer can be chosen. */
export const STRATEGIES = {
  wrr: roundRobin<Server>,
  p2c: (servers: readonly Server[]) => new PowerOfTwoChoices(servers),
  hrw: (servers: readonly Server[]) => new HighestRandomWeight(servers),
  leasttime: (servers: readonly Server[]) => new LeastTime(servers),
} as const satisfies Record<string, (servers: readonly Server[], context: ServiceContext) => Strategy<Server>>

/** What each strategy is called where a parent asks for health in vain. */
export const KINDS = { wrr: 'WRR', p2c: 'P2C', hrw: 'HRW', leasttime: 'LeastTime' } as const

/** Turns in proportion to weights of at least 1. */
export function roundRobin<M extends Member>(members: readonly M[], { name, cells, keep }: ServiceContext): Strategy<M> {
  // Where there is no choice, no thread need wait for another one's turn.
  if (members[0] !== undefined && members.length === 1) return new OnlyOne(members[0])
  const weights = members.map(({ weight }) => weight)
  const turns = canShare(weights)
    ? new SharedTurns(weights, cells(`turns ${name}`, 1))
    : keep(`turns ${name} ${weights}`, () => new OwnTurns(weights))
  return new RoundRobin(members, turns)
}

class OnlyOne<M extends Member> implements Strategy<M> {
  readonly #member: M

  constructor(member: M) {
    this.#member = member
  }

  pick(): M | undefined {
    return this.#member.isUp() ? this.#member : undefined
  }
}
