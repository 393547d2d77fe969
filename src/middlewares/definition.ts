import type { Middleware } from '../dispatch/dispatch.ts'
import type { Schema } from '../schema/index.ts'

/** What a middleware gets besides its options. */
interface MiddlewareContext {
  /** Qualified name of the instance, for logs and findings. */
  readonly name: string
}

/** A kind of middleware: a name, an option schema, and a function that makes one from checked options. */
export interface MiddlewareDefinition<Options = unknown> {
  /** The key under the name of the middleware, for instance `stripPrefix`. */
  readonly name: string
  readonly options: Schema<Options>
  build(options: Options, context: MiddlewareContext): Middleware
}

/** Declares a middleware; the options of `build` follow from the schema. */
export function defineMiddleware<Options>(definition: MiddlewareDefinition<Options>): MiddlewareDefinition<Options> {
  return definition
}
