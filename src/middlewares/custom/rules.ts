import { GatewayError } from '../../errors.ts'
import type { Time } from '../definition.ts'

/** Under which the code of a user runs. */
export interface CustomRules {
  /** Qualified name of the middleware. */
  readonly name: string
  readonly time: Time
  /** How long it may keep a request; 0: no limit. */
  readonly timeoutMs: number
}

/** What a failure of the code becomes; an error that is typed already stays what it is. */
export function failureOf({ name }: CustomRules, thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  return new GatewayError('GTW_MIDDLEWARE_FAILED', `${name}: ${text}`, { cause: thrown })
}

/** It has kept a request too long. */
export function lateness({ name, timeoutMs }: CustomRules): GatewayError {
  return new GatewayError('GTW_MIDDLEWARE_TIMEOUT', `${name} has neither answered the request nor passed it on in ${timeoutMs} ms`)
}

/** Whether a function has answered with a promise. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === 'function'
}
