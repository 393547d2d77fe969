import type { ErrorCode } from '../errors.ts'
import type { RequestHead } from '../http/request.ts'

/** Only a connection that has ended can have ended before the request came; one that is silent may be working on it. */
export const GONE: ReadonlySet<ErrorCode> = new Set(['GTW_UPSTREAM_CLOSED', 'GTW_UPSTREAM_RESET'])

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** A request may be sent a second time where doing it twice is doing it once, and its content was not used up (RFC 9110 §9.2.2). */
export function isReplayable({ method, body, upgrade }: RequestHead): boolean {
  return body === undefined && upgrade === undefined && IDEMPOTENT.has(method)
}

/** A request that no server has acted on may be sent again whatever it is, while its content is still there (RFC 9113 §8.7). */
export function isUntouched({ body }: RequestHead): boolean {
  return body === undefined || !body.started
}
