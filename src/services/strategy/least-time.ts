import type { Strategy } from '../member.ts'
import type { Server } from '../server.ts'

/**
 * `leasttime`: the server that would answer first, going by how long it took lately and how many requests it works on. Ties,
 * such as those between servers that nobody has tried, go to the earliest deadline, as in `wrr`.
 */
export class LeastTime implements Strategy<Server> {
  readonly #servers: readonly Server[]
  readonly #deadlines: number[]

  constructor(servers: readonly Server[]) {
    this.#servers = servers
    this.#deadlines = servers.map(({ weight }) => 1 / weight)
  }

  pick(): Server | undefined {
    let chosen = -1
    let least = Number.POSITIVE_INFINITY
    let isTie = false
    for (let index = 0; index < this.#servers.length; index++) {
      const server = this.#servers[index] as Server
      if (!server.isUp()) continue
      const score = scoreOf(server)
      const equals = chosen !== -1 && score === least
      isTie = equals || (isTie && score > least)
      if (score > least || (equals && !this.#isEarlier(index, chosen))) continue
      least = score
      chosen = index
    }
    if (isTie) this.#takeTurn(chosen)
    return this.#servers[chosen]
  }

  #isEarlier(one: number, other: number): boolean {
    return (this.#deadlines[one] as number) < (this.#deadlines[other] as number)
  }

  #takeTurn(index: number): void {
    this.#deadlines[index] = (this.#deadlines[index] as number) + 1 / (this.#servers[index] as Server).weight
  }
}

function scoreOf({ times, state, weight }: Server): number {
  return ((times?.average ?? 0) * (1 + state.inFlight)) / weight
}
