import type { SnapshotRouter } from '../config/snapshot.ts'
import type { Dispatch } from '../dispatch/dispatch.ts'

/** Watches the exchanges of a tree: whoever measures puts something in front of what is built. */
export interface TreeObserver {
  /** In front of a router and all its middlewares. */
  router(name: string, router: SnapshotRouter, next: Dispatch): Dispatch
  /** In front of one server of a service: each attempt passes here. */
  server(service: string, next: Dispatch): Dispatch
  /** In front of what answers where no router of an entry point matches. */
  unrouted(entryPoint: string, next: Dispatch): Dispatch
}
