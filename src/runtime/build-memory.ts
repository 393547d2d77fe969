import type { SnapshotRouter } from '../config/snapshot.ts'
import type { BuiltService } from '../services/definition.ts'
import type { Route, RouterTable } from './router-table.ts'

/** A service as it was built, and all that it was built from: plain data that is never edited, so the same object says the same. */
interface RememberedService {
  readonly built: BuiltService
  readonly options: object
  /** Servers transports that it has asked for, by name. */
  readonly transports: ReadonlyMap<string, object>
  /** Services that it has asked for, by qualified name. */
  readonly children: ReadonlyMap<string, BuiltService>
  /** What it keeps over snapshots: it has to be asked for again, or it would be closed. */
  readonly keys: readonly string[]
  readonly cells: readonly (readonly [key: string, size: number])[]
}

interface RememberedRoute {
  readonly router: SnapshotRouter
  readonly service: BuiltService
  readonly route: Route
}

/**
 * What the last build has made, for the next one: of 10,000 routers a snapshot changes a few, and what is used again need not
 * be made, nor the old one collected. Whatever has middlewares is made anew each time.
 */
export class BuildMemory {
  readonly services = new Map<string, RememberedService>()
  readonly routes = new Map<string, RememberedRoute>()
  /** By entry point and kind. */
  readonly tables = new Map<string, RouterTable>()
}
