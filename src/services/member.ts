import type { Dispatch } from '../dispatch/dispatch.ts'
import type { RequestHead } from '../http/request.ts'

/** One of those that a balancer chooses from: a server, or a child service. */
export interface Member {
  /** What hashes and sticky cookies know it by: the URL of a server, the name of a child, as configured. */
  readonly name: string
  readonly weight: number
  /** Gets no new clients and keeps those that have its cookie. */
  readonly fenced: boolean
  readonly dispatch: Dispatch
  isUp(): boolean
}

/** How a balancer chooses. */
export interface Strategy<M extends Member = Member> {
  /** The member that gets the request; undefined where none is up. */
  pick(request: RequestHead): M | undefined
}

/** Whether any of them could get a request. */
export function anyUp(members: readonly Member[]): boolean {
  for (const member of members) if (member.isUp()) return true
  return false
}
