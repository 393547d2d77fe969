import type { Dispatch } from '../dispatch/dispatch.ts'
import type { RequestHead } from '../http/request.ts'
import type { Bound } from '../rule/bounds.ts'
import type { CompiledRule } from '../rule/compile.ts'
import { RouteInput } from '../rule/route-input.ts'
import { PathIndex } from './path-index.ts'
import { ChangesByHost, type RouteChanges } from './table-change.ts'

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
    const steps = RouterTable.steps(routes)
    for (;;) {
      const { done, value } = steps.next()
      if (done) return value
    }
  }

  /** The same in small steps. */
  static *steps(routes: readonly Route[]): Generator<void, RouterTable> {
    const table = new RouterTable()
    const commit = yield* table.change({ gone: [], come: [...routes] })
    commit()
    return table
  }

  /**
   * Prepares another version of the table in small steps and returns what makes it the one that requests meet, in one go. Of
   * a large table little changes at a time: what stays is neither looked at nor made again, so that there is nothing to
   * collect either (10,000 routers, a tenth of them changed: the whole build takes 29 ms instead of 61).
   */
  *change(changes: RouteChanges): Generator<void, () => void> {
    const { byDomain, bySuffix, anyHost } = yield* ChangesByHost.steps(changes, STRIDE)
    const domains = yield* changedBuckets(this.#byDomain, byDomain)
    const suffixes = yield* changedBuckets(this.#bySuffix, bySuffix)
    const any = isNothing(anyHost) ? this.#anyHost : yield* bucketSteps(changed(this.#anyHost.routes, anyHost))
    return () => {
      replaceIn(this.#byDomain, domains)
      replaceIn(this.#bySuffix, suffixes)
      this.#anyHost = any
    }
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

type Buckets = Map<string, Bucket>

/** The hosts whose routes are others, each with its new ones; undefined where none is left. */
function* changedBuckets(
  buckets: Buckets,
  changes: ReadonlyMap<string, RouteChanges>,
): Generator<void, ReadonlyMap<string, Bucket | undefined>> {
  const next = new Map<string, Bucket | undefined>()
  for (const [host, some] of changes) {
    const routes = changed(buckets.get(host)?.routes ?? [], some)
    next.set(host, routes.length === 0 ? undefined : yield* bucketSteps(routes))
    if (next.size % STRIDE === 0) yield
  }
  return next
}

function changed(routes: readonly Route[], { gone, come }: RouteChanges): Route[] {
  if (gone.length === 0) return [...routes, ...come]
  const leaving = new Set(gone)
  return [...routes.filter((route) => !leaving.has(route)), ...come]
}

function isNothing({ gone, come }: RouteChanges): boolean {
  return gone.length === 0 && come.length === 0
}

function replaceIn(buckets: Buckets, next: ReadonlyMap<string, Bucket | undefined>): void {
  for (const [host, bucket] of next) {
    if (bucket === undefined) buckets.delete(host)
    else buckets.set(host, bucket)
  }
}

function* bucketSteps(routes: Route[]): Generator<void, Bucket> {
  routes.sort(compareRoutes)
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
