import { type ErrorCode, GatewayError } from '../errors.ts'

/** What the operating system's word for a failed connection means to us. */
const MEANINGS: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: 'GTW_UPSTREAM_REFUSED',
  ENOENT: 'GTW_UPSTREAM_REFUSED',
  ENOTFOUND: 'GTW_UPSTREAM_DNS',
  EAI_AGAIN: 'GTW_UPSTREAM_DNS',
  EAI_FAIL: 'GTW_UPSTREAM_DNS',
  EHOSTUNREACH: 'GTW_UPSTREAM_UNREACHABLE',
  ENETUNREACH: 'GTW_UPSTREAM_UNREACHABLE',
  EHOSTDOWN: 'GTW_UPSTREAM_UNREACHABLE',
  EADDRNOTAVAIL: 'GTW_UPSTREAM_UNREACHABLE',
  ETIMEDOUT: 'GTW_UPSTREAM_DIAL_TIMEOUT',
  ECONNRESET: 'GTW_UPSTREAM_RESET',
  EPIPE: 'GTW_UPSTREAM_RESET',
}

/** Names the reason why a connection to a server failed; TLS errors carry many codes, all of them before the first octet. */
export function toUpstreamError(error: NodeJS.ErrnoException, server: string, secure: boolean): GatewayError {
  const first = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error
  const code = MEANINGS[first.code ?? ''] ?? (secure ? 'GTW_UPSTREAM_TLS' : 'GTW_UPSTREAM_UNREACHABLE')
  return new GatewayError(code, `${server}: ${first.code ?? first.message}`, { cause: error })
}
