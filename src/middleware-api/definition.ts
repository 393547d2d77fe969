import type { Middleware } from '../dispatch/dispatch.ts'
import type { Headers } from '../http/headers.ts'
import type { RequestHead } from '../http/request.ts'
import type { Schema } from '../schema/index.ts'
import type { Answer } from './answer.ts'

/** Lines in the log of the gateway, each with the name of the middleware. */
export interface UserLog {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** Plain data: it crosses threads. */
type LogFields = Readonly<Record<string, unknown>>

/** Time as the gateway counts it. */
interface UserTime {
  /** Milliseconds of a monotonic clock. */
  now(): number
  /** Milliseconds since 1970. */
  wall(): number
  /** Calls back once after so many milliseconds, unless the returned function is called first. */
  after(ms: number, callback: () => void): () => void
}

/** What a middleware of a user gets besides its options. Each router or service that names it has an instance of its own. */
export interface UserContext {
  /** Qualified name, for instance `auth@file`. */
  readonly name: string
  readonly log: UserLog
  readonly time: UserTime
}

/** The context, and the checked options. */
export type Given<Options> = UserContext & { readonly options: Options }

/** The head of a response on its way back; all of it may be changed. */
export interface ResponseHead {
  status: number
  readonly headers: Headers
}

/** Nothing, so that the request goes on, or an answer in the place of whoever would have answered. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement is the usual case.
type Verdict = Answer | undefined | void

/** What happens to requests and to responses; each may wait for a promise, and costs nothing where it does not. */
export interface Hooks<What> {
  /** Sees a request before it goes on, and may change it or answer it. */
  request?(request: RequestHead, given: What): Verdict | Promise<Verdict>
  /** Sees a response before it goes back, and may change its head. */
  response?(response: ResponseHead, request: RequestHead, given: What): void | Promise<void>
}

/** A middleware of a user: hooks, or a `build` that makes hooks, or one that wraps the next dispatch as those of the gateway do. */
export interface UserMiddleware<Options = unknown> extends Hooks<Given<Options>> {
  /** For people who read it. */
  readonly name?: string
  /** Without a schema it takes no options. */
  readonly options?: Schema<Options>
  /** Runs once for each router or service that uses it and each configuration; throws where the options cannot work together. */
  build?(options: Options, context: UserContext): Middleware | Hooks<unknown>
}

/** Declares a middleware; the type of its options follows from the schema. */
export function defineMiddleware<Options = unknown>(definition: UserMiddleware<Options>): UserMiddleware<Options> {
  return definition
}
