import type { Strategy } from '../member.ts'
import type { Server } from '../server.ts'

/** `p2c`: draws two servers and takes the one that works on fewer requests; weights do not count. */
export class PowerOfTwoChoices implements Strategy<Server> {
  readonly #servers: readonly Server[]

  constructor(servers: readonly Server[]) {
    this.#servers = servers
  }

  pick(): Server | undefined {
    let up = 0
    for (const server of this.#servers) if (server.isUp()) up++
    if (up <= 1) return this.#nthUp(0)
    const first = Math.floor(Math.random() * up)
    const drawn = Math.floor(Math.random() * up)
    const second = drawn === first ? (drawn + 1) % up : drawn
    return lessBusy(this.#nthUp(first), this.#nthUp(second))
  }

  #nthUp(count: number): Server | undefined {
    let left = count
    for (const server of this.#servers) if (server.isUp() && left-- === 0) return server
    return undefined
  }
}

/** Either may have gone down since it was counted. */
function lessBusy(first: Server | undefined, second: Server | undefined): Server | undefined {
  if (first === undefined || second === undefined) return first ?? second
  return second.state.inFlight < first.state.inFlight ? second : first
}
