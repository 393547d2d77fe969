import type { SnapshotRouter } from '../config/snapshot.ts'
import type { Dispatch } from '../dispatch/dispatch.ts'
import type { BuiltService } from '../services/definition.ts'
import type { Route, RouterTable } from './router-table.ts'

/** A service as it was built, and all that it was built from: plain data that is never edited, so the same object says the same. */
export interface RememberedService {
  readonly built: BuiltService
  readonly options: object
  /** Servers transports that it has asked for, by name. */
  readonly transports: ReadonlyMap<string, object>
  /** Services that it has asked for, by qualified name. */
  readonly children: ReadonlyMap<string, BuiltService>
  /** What it keeps over snapshots: it has to be asked for again, or it would be closed. */
  readonly keys: readonly string[]
  readonly cells: readonly (readonly [key: string, size: number])[]
  /** The last build that has used it. */
  usedIn: number
}

/** A router as it was built. */
export interface RememberedRoute {
  readonly router: SnapshotRouter
  /** Undefined where it may not be used again as it is. */
  readonly service: BuiltService | undefined
  readonly route: Route
  /** The last build that knew a router of this name. */
  seenIn: number
}

/** The routers of an entry point, of one kind, as requests meet them. */
export interface LiveTable {
  readonly table: RouterTable
  readonly dispatch: Dispatch
}

/**
 * What the last build has made, for the next one: of 10,000 routers a snapshot changes a few, and what is used again need not
 * be made, nor the old one collected. Whatever has middlewares is made anew each time. A build marks what it meets and
 * changes the rest only when it is committed, so one that is given up leaves everything as it was.
 */
export class BuildMemory {
  readonly services = new Map<string, RememberedService>()
  readonly routes = new Map<string, RememberedRoute>()
  /** By entry point and kind. */
  readonly tables = new Map<string, LiveTable>()
  #builds = 0

  /** The number of the build that begins now. */
  begin(): number {
    this.#builds += 1
    return this.#builds
  }
}
