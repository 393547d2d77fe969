import type { Dispatch, Middleware } from './dispatch.ts'

/** Wraps a dispatch in middlewares; the first one listed is the outermost. Runs when a snapshot is built, never per request. */
export function compose(middlewares: readonly Middleware[], dispatch: Dispatch): Dispatch {
  return middlewares.reduceRight((next, middleware) => middleware(next), dispatch)
}
