import type { Middleware as MiddlewareOptions } from '../config/dynamic.ts'
import { compose } from '../dispatch/compose.ts'
import type { Dispatch, Middleware } from '../dispatch/dispatch.ts'
import { middlewareCatalogue } from '../middlewares/catalogue.ts'
import type { MiddlewareContext, MiddlewareDefinition } from '../middlewares/definition.ts'
import type { BuiltService } from '../services/definition.ts'
import { BuildError } from './build-error.ts'

/** A service of our own has no health to tell. */
export function internalService(dispatch: Dispatch): BuiltService {
  return { dispatch, isUp: () => true, reportsHealth: false, kind: 'internal' }
}

/** A service behind middlewares of its own. */
export function inFrontOf(service: BuiltService, middlewares: readonly Middleware[]): BuiltService {
  const { reportsHealth, kind } = service
  return { dispatch: compose(middlewares, service.dispatch), isUp: () => service.isUp(), reportsHealth, kind }
}

/** The middleware of the one kind that its options name. */
export function buildMiddleware(name: string, options: MiddlewareOptions, context: MiddlewareContext): Middleware {
  for (const [kind, definition] of Object.entries<MiddlewareDefinition>(middlewareCatalogue)) {
    const own = options[kind as keyof MiddlewareOptions]
    if (own !== undefined) return definition.build(own, context)
  }
  throw new BuildError(`http.middlewares.${name}`, 'GTW_MISSING', `the middleware "${name}" does not have any type defined`)
}
