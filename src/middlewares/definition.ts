import type { Dispatch, Middleware } from '../dispatch/dispatch.ts'
import type { Schema } from '../schema/index.ts'
import type { Cells } from '../state/cells.ts'
import type { Kept } from '../state/kept.ts'

/** Time as a middleware may know it; a test brings its own. */
export interface Time {
  /** Milliseconds of a monotonic clock, with fractions; each thread has its own origin. What threads share counts in `ticks`. */
  now(): number
  /** Milliseconds since 1970, for what leaves the machine. */
  wall(): number
  /** Calls back once after so many milliseconds, unless the returned function is called first. */
  after(ms: number, callback: () => void): () => void
}

/** TLS towards a server that a middleware asks: PEM texts. */
export interface AskedTls {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly insecureSkipVerify: boolean
}

/** What a middleware gets besides its options. Each router or service that names it has an instance of its own. */
export interface MiddlewareContext {
  /** Qualified name of the middleware, for logs and findings. */
  readonly name: string
  /** Who uses this instance, for instance `router app@file`: part of every key of its state. */
  readonly user: string
  /** State of this thread that a reload leaves alone while its key stays the same: the key holds all that it depends on. */
  readonly keep: <T extends Kept>(key: string, create: () => T) => T
  /** State of all threads that a reload leaves alone while its key stays the same: so many 32-bit words, 0 at first. */
  readonly cells: (key: string, size: number) => Cells
  readonly time: Time
  /** Whether a password is the one of a hash that `htpasswd` has written; found out where it holds up no request. */
  readonly checkPassword: (password: string, hash: string) => Promise<boolean>
  /** Says what it lacks while requests come, such as a server that it needs, and without a problem that it has it again. */
  readonly trouble: (problem: string | undefined) => void
  /** Another middleware, by its name as configured; throws where it cannot be built. */
  readonly middleware: (name: string) => Middleware
  /** A service, by its name as configured; throws where it cannot be built. */
  readonly service: (name: string) => Dispatch
  /** The dispatch to one server by its origin, `http://host:port`, through a pool. */
  readonly ask: (origin: string, tls: AskedTls | undefined) => Dispatch
  /** Absent in a thread that runs nothing of users. */
  readonly userCode?: UserCode | undefined
}

/** What the code of users needs from its thread. */
export interface UserCode {
  /** What the module under this URL exports; throws what its loading has thrown. */
  module(url: string): unknown
  log(line: UserLogLine): void
}

/** A line for the log, as plain data. */
export interface UserLogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** An element that a middleware cannot do without. */
interface MiddlewareReference {
  readonly kind: 'middlewares' | 'services'
  readonly name: string
  /** Below the kind of the middleware. */
  readonly place: readonly (string | number)[]
}

/** A kind of middleware: a name, an option schema, and a function that makes one from checked options. */
export interface MiddlewareDefinition<Options = unknown> {
  /** The key under the name of the middleware, for instance `stripPrefix`. */
  readonly name: string
  readonly options: Schema<Options>
  /** What its options refer to. */
  references?(options: Options): readonly MiddlewareReference[]
  /**
   * Puts the content of files in the place of their names, in the control plane, before `build`. `read` returns the text of
   * a file and throws an error that says why where it cannot; `readOrTake` takes a PEM text as it stands.
   */
  prepare?(options: Options, files: Files): Options
  /** Runs once for each user and snapshot; throws where the options cannot work together. */
  build(options: Options, context: MiddlewareContext): Middleware
}

/** Files that options name. */
export interface Files {
  read(path: string): string
  readOrTake(text: string): string
}

/** Declares a middleware; the options of `build` follow from the schema. */
export function defineMiddleware<Options>(definition: MiddlewareDefinition<Options>): MiddlewareDefinition<Options> {
  return definition
}
