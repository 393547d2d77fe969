import type { Dispatch } from '../dispatch/dispatch.ts'
import type { RequestHead } from '../http/request.ts'
import type { CompiledRule } from '../rule/compile.ts'
import { type Predicate, RouteInput } from '../rule/route-input.ts'

/** A router, built: what it matches and where it leads. */
export interface Route {
  readonly name: string
  readonly priority: bigint
  /** Breaks ties of priority, lower wins. */
  readonly rank: number
  readonly rule: CompiledRule
  readonly dispatch: Dispatch
}

/** A route at its place in the order of all routes. */
interface Candidate {
  readonly order: number
  readonly predicate: Predicate
  readonly route: Route
}

const NONE: readonly Candidate[] = []

/**
 * The routes of one entry point. A request is only shown to the routes bound to its host and to those bound to none; both
 * lists are in order, and `find` walks them like the two halves of a merge:
 *
 *     a.test → [0, 3]        none → [1, 2, 4]        a request for a.test asks 0 1 2 3 4, any other asks 1 2 4
 */
export class RouterTable {
  readonly #byHost = new Map<string, Candidate[]>()
  readonly #anyHost: Candidate[] = []
  readonly #input = new RouteInput()

  constructor(routes: readonly Route[]) {
    const sorted = [...routes].sort(compareRoutes)
    for (const [order, route] of sorted.entries()) this.#add({ order, predicate: route.rule.predicate, route })
  }

  /** The first route whose rule holds for the request. */
  find(request: RequestHead): Route | undefined {
    const input = this.#input
    input.prepare(request)
    const bound = this.#byHost.get(input.domain) ?? NONE
    const free = this.#anyHost
    let nextBound = 0
    let nextFree = 0
    while (nextBound < bound.length || nextFree < free.length) {
      const candidate = earlier(bound[nextBound], free[nextFree])
      if (candidate.predicate(input)) return candidate.route
      if (candidate === bound[nextBound]) nextBound++
      else nextFree++
    }
    return undefined
  }

  #add(candidate: Candidate): void {
    const { hosts } = candidate.route.rule
    if (hosts === undefined) {
      this.#anyHost.push(candidate)
      return
    }
    for (const host of hosts) {
      const bound = this.#byHost.get(host)
      if (bound === undefined) this.#byHost.set(host, [candidate])
      else bound.push(candidate)
    }
  }
}

/** Higher priority first, then lower rank, then the name, so that the order never depends on who was loaded first. */
function compareRoutes(one: Route, other: Route): number {
  if (one.priority !== other.priority) return one.priority > other.priority ? -1 : 1
  if (one.rank !== other.rank) return one.rank - other.rank
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0
}

/** One of the two is always there. */
function earlier(one: Candidate | undefined, other: Candidate | undefined): Candidate {
  if (one === undefined) return other as Candidate
  return other === undefined || one.order < other.order ? one : other
}
