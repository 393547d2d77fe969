import { type ErrorCode, GatewayError } from '../../errors.ts'

/** What undici, and the system below it, call what went wrong with a server: interceptors decide by it. */
const UNDICI_CODES: Partial<Record<ErrorCode, string>> = {
  GTW_UPSTREAM_REFUSED: 'ECONNREFUSED',
  GTW_UPSTREAM_UNREACHABLE: 'EHOSTUNREACH',
  GTW_UPSTREAM_DNS: 'ENOTFOUND',
  GTW_UPSTREAM_RESET: 'ECONNRESET',
  GTW_UPSTREAM_CLOSED: 'UND_ERR_SOCKET',
  GTW_UPSTREAM_INVALID: 'HPE_INVALID_CONSTANT',
  GTW_UPSTREAM_DIAL_TIMEOUT: 'UND_ERR_CONNECT_TIMEOUT',
  GTW_UPSTREAM_TIMEOUT: 'UND_ERR_HEADERS_TIMEOUT',
  GTW_CLIENT_GONE: 'UND_ERR_ABORTED',
}

/** An error as interceptors know it, with ours as its cause. */
export function toUndiciError(error: GatewayError): Error {
  return Object.assign(new Error(error.message, { cause: error }), { code: UNDICI_CODES[error.code] ?? error.code })
}

/** What an interceptor says went wrong: ours again where it has passed it on, else its own failure. */
export function fromUndiciError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const { cause } = error as Error
  if (cause instanceof GatewayError) return cause
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new GatewayError('GTW_MIDDLEWARE_FAILED', `the interceptor: ${text}`, { cause: error })
}

/** The status of an answer that an interceptor has turned into an error: `responseError`, or a retry that gives up. */
export function statusOfError(error: unknown): number | undefined {
  const status = (error as { readonly statusCode?: unknown } | undefined)?.statusCode
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined
}
