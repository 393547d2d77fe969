import type { SnapshotRouter } from '../config/snapshot.ts'
import type { BuildMemory, RememberedRoute } from './build-memory.ts'
import type { Route } from './router-table.ts'
import { changesOf, type RouteChanges } from './table-change.ts'

type NewRoute = Omit<RememberedRoute, 'seenIn'>

/** What tables call the routers of an entry point in clear text, and those behind TLS. */
export function tableKey(kind: 'clear' | 'secure', entryPoint: string): string {
  return `${kind} ${entryPoint}`
}

/** Collects how the routers of a build differ from those of the last one, table by table. */
export class RouteChangeLog {
  readonly #memory: BuildMemory
  readonly #build: number
  readonly #fresh = new Map<string, RememberedRoute>()
  readonly #gone: string[] = []
  readonly #byTable = new Map<string, RouteChanges>()
  #seen = 0

  constructor(memory: BuildMemory, build: number) {
    this.#memory = memory
    this.#build = build
  }

  /** The router leads where it led. */
  keep(known: RememberedRoute): void {
    known.seenIn = this.#build
    this.#seen += 1
  }

  /** A router is new, or another one than before. */
  put(name: string, next: NewRoute): void {
    const known = this.#memory.routes.get(name)
    if (known !== undefined) {
      this.keep(known)
      this.#note('gone', known.router, known.route)
    }
    this.#note('come', next.router, next.route)
    this.#fresh.set(name, { ...next, seenIn: this.#build })
  }

  /** The routers that neither stayed nor were replaced are gone. What changes in each table. */
  *settle(stride: number): Generator<void, ReadonlyMap<string, RouteChanges>> {
    if (this.#seen === this.#memory.routes.size) return this.#byTable
    let count = 0
    for (const [name, { seenIn, router, route }] of this.#memory.routes) {
      count += 1
      if (count % stride === 0) yield
      if (seenIn === this.#build) continue
      this.#gone.push(name)
      this.#note('gone', router, route)
    }
    return this.#byTable
  }

  /** From now on the next build compares with this one. */
  commit(): void {
    const { routes } = this.#memory
    for (const name of this.#gone) routes.delete(name)
    for (const [name, route] of this.#fresh) routes.set(name, route)
  }

  #note(side: keyof RouteChanges, router: SnapshotRouter, route: Route): void {
    const kind = router.tls === undefined ? 'clear' : 'secure'
    for (const entryPoint of router.entryPoints) changesOf(this.#byTable, tableKey(kind, entryPoint))[side].push(route)
  }
}
