import type { ErrorCode, GatewayError } from '../../errors.ts'

/** There was no connection: nobody has seen anything of the request. */
const NEVER_SENT: ReadonlySet<ErrorCode> = new Set(['GTW_UPSTREAM_REFUSED', 'GTW_UPSTREAM_DNS', 'GTW_UPSTREAM_TLS'])

/** These also end connections that a request was written to: only the failed call tells. */
const PERHAPS_SENT: ReadonlySet<ErrorCode> = new Set(['GTW_UPSTREAM_UNREACHABLE', 'GTW_UPSTREAM_DIAL_TIMEOUT', 'GTW_UPSTREAM_RESET'])

/** Whether an error came before anything of the request was written to a server. */
export function isUnsent({ code, cause }: GatewayError): boolean {
  if (NEVER_SENT.has(code)) return true
  if (!PERHAPS_SENT.has(code)) return false
  // Without a cause it was our own timer that ended the dialling.
  if (cause === undefined) return code === 'GTW_UPSTREAM_DIAL_TIMEOUT'
  const first = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause
  return (first as NodeJS.ErrnoException).syscall === 'connect'
}
