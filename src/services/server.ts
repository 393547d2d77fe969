import type { Dispatch } from '../dispatch/dispatch.ts'
import type { Member } from './member.ts'
import type { ServerState } from './server-state.ts'
import type { ResponseTimes } from './strategy/response-times.ts'

interface ServerFacts {
  /** The URL as configured. */
  readonly url: string
  readonly weight: number
  readonly fenced: boolean
}

interface ServerParts {
  readonly dispatch: Dispatch
  readonly state: ServerState
  /** Undefined where nobody asks for them. */
  readonly times: ResponseTimes | undefined
}

/** One server of a load balancer. */
export class Server implements Member {
  readonly name: string
  readonly weight: number
  readonly fenced: boolean
  readonly dispatch: Dispatch
  readonly state: ServerState
  readonly times: ResponseTimes | undefined

  constructor({ url, weight, fenced }: ServerFacts, { dispatch, state, times }: ServerParts) {
    this.name = url
    this.weight = weight
    this.fenced = fenced
    this.dispatch = dispatch
    this.state = state
    this.times = times
  }

  isUp(): boolean {
    return this.state.isUp()
  }
}
