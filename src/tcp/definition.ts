import type { Peer } from '../http/request.ts'
import type { Time } from '../middlewares/definition.ts'
import type { Schema } from '../schema/index.ts'
import type { Cells } from '../state/cells.ts'
import type { Kept } from '../state/kept.ts'

/** A connection of a client, as far as middlewares need to know. */
export interface TcpVisitor {
  readonly peer: Peer
  /** Has this run once when the connection is over. */
  atEnd(action: () => void): void
}

/** Decides whether a connection may go on to its service; one that may not is closed. */
export type TcpGuard = (visitor: TcpVisitor) => boolean

/** State that outlives a snapshot. */
export interface TcpContext {
  /** Qualified name of what is built. */
  readonly name: string
  /** State of this thread that a reload leaves alone while its key stays the same. */
  readonly keep: <T extends Kept>(key: string, create: () => T) => T
  /** State of all threads that a reload leaves alone while its key stays the same. */
  readonly cells: (key: string, size: number) => Cells
}

/** What a TCP middleware gets besides its options. */
export interface TcpMiddlewareContext extends TcpContext {
  /** Who uses this instance, for instance `router app@file`. */
  readonly user: string
  readonly time: Time
}

/** A kind of TCP middleware: a name, an option schema, and a function that makes a guard from checked options. */
export interface TcpMiddlewareDefinition<Options = unknown> {
  /** The key under the name of the middleware, for instance `ipAllowList`. */
  readonly name: string
  readonly options: Schema<Options>
  build(options: Options, context: TcpMiddlewareContext): TcpGuard
}

/** Declares a TCP middleware; the options of `build` follow from the schema. */
export function defineTcpMiddleware<Options>(definition: TcpMiddlewareDefinition<Options>): TcpMiddlewareDefinition<Options> {
  return definition
}
