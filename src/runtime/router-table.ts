import type { Dispatch } from '../dispatch/dispatch.ts'
import type { RequestHead } from '../http/request.ts'
import type { Bound } from '../rule/bounds.ts'
import type { CompiledRule } from '../rule/compile.ts'
import { RouteInput } from '../rule/route-input.ts'
import { PathIndex } from './path-index.ts'

/** A router, built: what it matches and where it leads. */
export interface Route {
  readonly name: string
  readonly priority: bigint
  /** Breaks ties of priority, lower wins. */
  readonly rank: number
  readonly rule: CompiledRule
  readonly dispatch: Dispatch
}

/** Places of the index that one route may take; one with more hosts and paths than that is found by its hosts alone. */
const MOST_PLACES = 256

const ANY_PATH: readonly Bound[] = [{ text: '', isExact: false }]

/** Routes for one host, in order, and the index of their paths. */
interface Bucket {
  readonly routes: readonly Route[]
  readonly index: PathIndex<Route>
}

/** How many routes are put in their place between two rests: about a tenth of a millisecond. */
const STRIDE = 50

/**
 * The routes of one entry point, by host and then by path. A request is only shown to routes that may hold for both:
 *
 *     a.test → { /x: [0], /api…: [3] }    *.b.test → { …: [2] }    any host → { /api…: [1], …: [4] }
 *
 * Each list is in order, and of all lists the first route that holds counts: once one is found, no route after it is asked.
 */
export class RouterTable {
  readonly #byDomain = new Map<string, Bucket>()
  /** Routes for one label below a domain, by what follows the label. */
  readonly #bySuffix = new Map<string, Bucket>()
  #anyHost: Bucket = { routes: [], index: new PathIndex() }
  readonly #input = new RouteInput()

  /** A table of these routes. */
  static of(routes: readonly Route[]): RouterTable {
    const steps = RouterTable.steps(routes, undefined)
    for (;;) {
      const { done, value } = steps.next()
      if (done) return value
    }
  }

  /**
   * The same in small steps. Where the routes of a host are those that the last table had, its index is used again: of a
   * large table little changes at a time, and what is not made anew need not be collected (10,000 routers).
   */
  static *steps(routes: readonly Route[], last: RouterTable | undefined): Generator<void, RouterTable> {
    const groups = new Groups()
    for (const [index, route] of routes.entries()) {
      groups.add(route)
      if (index % STRIDE === 0) yield
    }
    const table = new RouterTable()
    const before = last ?? table
    table.#anyHost = yield* bucketSteps(groups.anyHost, before.#anyHost)
    yield* fill(table.#byDomain, groups.byDomain, before.#byDomain)
    yield* fill(table.#bySuffix, groups.bySuffix, before.#bySuffix)
    return table
  }

  /** The first route whose rule holds for the request. */
  find(request: RequestHead): Route | undefined {
    const input = this.#input
    input.prepare(request)
    let best = firstIn(this.#byDomain.get(input.domain), input, undefined)
    if (this.#bySuffix.size > 0) best = firstIn(this.#bySuffix.get(suffixOf(input.domain)), input, best)
    return firstIn(this.#anyHost, input, best)
  }
}

/** Routes by the hosts for which they can hold, each list as they came. */
class Groups {
  readonly byDomain = new Map<string, Route[]>()
  readonly bySuffix = new Map<string, Route[]>()
  readonly anyHost: Route[] = []

  add(route: Route): void {
    const { hosts } = route.rule
    if (hosts === undefined) this.anyHost.push(route)
    else
      for (const { text, isExact } of hosts) {
        const lists = isExact ? this.byDomain : this.bySuffix
        const list = lists.get(text)
        if (list === undefined) lists.set(text, [route])
        else list.push(route)
      }
  }
}

type Buckets = Map<string, Bucket>

function* fill(buckets: Buckets, groups: ReadonlyMap<string, Route[]>, last: Buckets): Generator<void, void> {
  for (const [host, routes] of groups) {
    buckets.set(host, yield* bucketSteps(routes, last.get(host)))
    if (buckets.size % STRIDE === 0) yield
  }
}

function* bucketSteps(routes: Route[], last: Bucket | undefined): Generator<void, Bucket> {
  routes.sort(compareRoutes)
  if (last !== undefined && isSameList(routes, last.routes)) return last
  const index = new PathIndex<Route>()
  for (const [number, route] of routes.entries()) {
    addTo(index, route)
    if (number % STRIDE === STRIDE - 1) yield
  }
  return { routes, index }
}

function addTo(index: PathIndex<Route>, route: Route): void {
  const { hosts, paths = ANY_PATH } = route.rule
  const isWide = paths.length * (hosts?.length ?? 1) > MOST_PLACES
  for (const { text, isExact } of isWide ? ANY_PATH : paths) {
    if (isExact) index.addPath(text, route)
    else index.addPrefix(text, route)
  }
}

function isSameList(one: readonly Route[], other: readonly Route[]): boolean {
  return one.length === other.length && one.every((route, index) => route === other[index])
}

/** Higher priority first, then lower rank, then the name, so that the order never depends on who was loaded first. */
function compareRoutes(one: Route, other: Route): number {
  if (one.priority !== other.priority) return one.priority > other.priority ? -1 : 1
  if (one.rank !== other.rank) return one.rank - other.rank
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0
}

function suffixOf(domain: string): string {
  const dot = domain.indexOf('.')
  return dot > 0 ? domain.slice(dot) : ''
}

/** The best route of a bucket, or the best so far. The longest path goes first: its routes mostly have the highest priority. */
function firstIn(bucket: Bucket | undefined, input: RouteInput, bestSoFar: Route | undefined): Route | undefined {
  if (bucket === undefined) return bestSoFar
  const deepest = bucket.index.find(input.path)
  let best = deepest.depth === input.path.length ? firstOf(deepest.own, input, bestSoFar) : bestSoFar
  for (let node: typeof deepest | undefined = deepest; node !== undefined; node = node.parent) best = firstOf(node.below, input, best)
  return best
}

function firstOf(list: readonly Route[], input: RouteInput, best: Route | undefined): Route | undefined {
  for (let index = 0; index < list.length; index++) {
    const route = list[index] as Route
    if (best !== undefined && compareRoutes(best, route) <= 0) return best
    if (route.rule.predicate(input)) return route
  }
  return best
}
