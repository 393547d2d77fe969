import type { Interceptor } from '../../dispatch/undici-adapter.ts'
import type { UserMiddleware } from '../../middleware-api/definition.ts'

/** A module as `import()` gives it. */
type Namespace = Readonly<Record<string, unknown>>

/** The middleware that a module exports; throws where there is none. */
export function middlewareIn(content: unknown): UserMiddleware {
  const { default: main, middleware } = content as Namespace
  const found = isMiddleware(main) ? main : middleware
  if (isMiddleware(found)) return found
  throw new Error('it exports no middleware: its default export should be what `defineMiddleware` returns')
}

/** The factory of interceptors that a module exports, one of several by its name; throws where there is none. */
export function interceptorIn(content: unknown, member: string | undefined): (options: unknown) => Interceptor {
  const { default: main, interceptor, interceptors } = content as Namespace
  const found = member === undefined ? [main, interceptor] : [(interceptors as Namespace | undefined)?.[member]]
  const factory = found.find((one) => typeof one === 'function')
  if (factory === undefined)
    throw new Error('it exports no interceptor: its default export should be a function that makes one from its options')
  return factory as (options: unknown) => Interceptor
}

function isMiddleware(value: unknown): value is UserMiddleware {
  if (typeof value !== 'object' || value === null) return false
  const { build, request, response } = value as UserMiddleware
  return [build, request, response].some((one) => typeof one === 'function')
}
