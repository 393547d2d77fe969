import type { Middleware, ServersTransport, Service } from './dynamic.ts'

/** A router as the data plane needs it: every name qualified, entry-point defaults applied, priority computed. */
export interface SnapshotRouter {
  readonly entryPoints: readonly string[]
  readonly rule: string
  /** int64: may be as large as 9223372036854775807. */
  readonly priority: bigint
  /** Place of the provider in `providers.precedence`: breaks ties, lower wins. */
  readonly rank: number
  readonly middlewares: readonly string[]
  /** Characters whose escapes its entry point does not allow in paths; absent where it allows all. */
  readonly deniedCharacters?: readonly string[]
  readonly service: string
}

/**
 * All dynamic configuration that is live, as plain data: what crosses to the worker threads. Keys and references are
 * qualified names (`name@provider`). Never edited, only replaced.
 */
export interface Snapshot {
  readonly revision: number
  /** Digest of everything but the revision: equal fingerprints behave alike. */
  readonly fingerprint: string
  readonly routers: Readonly<Record<string, SnapshotRouter>>
  readonly services: Readonly<Record<string, Service>>
  readonly middlewares: Readonly<Record<string, Middleware>>
  readonly serversTransports: Readonly<Record<string, ServersTransport>>
}
