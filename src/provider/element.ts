import type { Path, Source } from '../findings/finding.ts'
import type { Tree } from '../schema/tree.ts'

/** One thing that an item defines: a router, a service, a middleware, a TLS store. */
export interface Element {
  /** Its place in the dynamic configuration: `http`, `routers`, its name. */
  readonly path: readonly string[]
  /** As written, not checked yet; a service is without its servers. */
  readonly definition: unknown
  /** The servers that the item adds to the service. */
  readonly servers?: readonly Tree[]
  /** The item that defines it. */
  readonly item: string
  readonly locate: (path: Path) => Source
}
