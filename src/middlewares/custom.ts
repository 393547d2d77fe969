import type { Middleware } from '../dispatch/dispatch.ts'
import { fromInterceptor } from '../dispatch/undici-adapter.ts'
import type { UserContext, UserMiddleware } from '../middleware-api/definition.ts'
import { anything, check, duration, type Infer, type Issue, object, type Schema, string } from '../schema/index.ts'
import { ContainedMiddleware } from './custom/contained-middleware.ts'
import { HookedMiddleware } from './custom/hooked-middleware.ts'
import { hooksOf } from './custom/hooks-of.ts'
import { interceptorIn, middlewareIn } from './custom/module-content.ts'
import type { CustomRules } from './custom/rules.ts'
import type { UserModule } from './custom/user-modules.ts'
import { defineMiddleware, type MiddlewareContext } from './definition.ts'

const written = object(
  'A middleware of your own: exactly one of `file`, `package` and `interceptor`.',
  {
    file: string('A module of one file, `.ts` or `.js`, relative to the file that names it; a change is live at once.'),
    package: string('A package whose module is a middleware, as installed beside the file that names it.'),
    interceptor: string(
      'An undici interceptor: one of those that undici brings by its name, a package, or a file that begins with `./` or `/`.',
    ),
    options: anything('What the schema of the middleware knows, or what the factory of the interceptor takes.'),
    timeout: duration('How long it may keep a request that it neither answers nor passes on; 0 stands for no limit.', {
      default: '30s',
      min: 0,
    }),
  },
  { exactlyOne: true, beside: ['options', 'timeout'] },
)

/** The options as written, and the module that the control plane has found for them. */
export type CustomOptions = Infer<typeof written> & { readonly module?: UserModule }

/** Runs code of users. */
export const custom = defineMiddleware<CustomOptions>({
  name: 'custom',
  options: written as Schema<CustomOptions>,
  build: (options, context) => {
    const { userCode } = context
    // The control plane runs nothing of users: a thread of its own has tried whether this builds.
    if (userCode === undefined) return (next) => next
    if (options.module === undefined) throw new Error('its module is not known')
    return buildCustom(options, userCode.module(options.module.url), context)
  },
})

/** What is wrong with the options, as the middleware in the module sees it. */
export function checkCustom({ options, module }: CustomOptions, content: unknown): readonly Issue[] {
  return module?.kind === 'interceptor' ? [] : check(schemaOf(middlewareIn(content)), options).issues
}

/** Makes a middleware from what its module holds; throws where that is not one, or does not take the options. */
export function buildCustom(
  options: CustomOptions,
  content: unknown,
  context: Pick<MiddlewareContext, 'name' | 'time' | 'userCode'>,
): Middleware {
  const { name, time } = context
  const rules: CustomRules = { name, time, timeoutMs: options.timeout }
  if (options.module?.kind === 'interceptor') {
    const interceptor = interceptorIn(content, options.module.member)(options.options ?? {})
    return (next) => new ContainedMiddleware(rules, next, (inner, link) => fromInterceptor(interceptor, link)(inner)).dispatch
  }
  const definition = middlewareIn(content)
  const { value, issues } = check(schemaOf(definition), options.options)
  if (issues[0] !== undefined) throw new Error(`options: ${issues[0].message}`)
  const user: UserContext = { name, time, log: logOf(context) }
  const built = definition.build?.(value, user) ?? hooksOf(definition, { ...user, options: value })
  if (typeof built !== 'function') return (next) => new HookedMiddleware(rules, next, built).dispatch
  return (next) => new ContainedMiddleware(rules, next, (inner) => built(inner)).dispatch
}

const NO_OPTIONS = object('No options.', {})

function schemaOf({ options }: UserMiddleware): Schema {
  return options ?? NO_OPTIONS
}

function logOf({ name, userCode }: Pick<MiddlewareContext, 'name' | 'userCode'>): UserContext['log'] {
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: Readonly<Record<string, unknown>>) =>
    userCode?.log({ level, message: String(message), fields: { ...fields, middleware: name } })
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}
