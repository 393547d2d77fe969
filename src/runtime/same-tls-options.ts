import type { Dispatch } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'

/**
 * Keeps a router with its own TLS options from answering on a connection that was made with others: a client could reach
 * what asks for a certificate through a name that does not (RFC 9110 §15.5.20).
 */
export function withSameTlsOptions(options: string, next: Dispatch): Dispatch {
  return function tlsOptions(request, handler) {
    return request.tls?.options === options ? next(request, handler) : replyError(handler, 'GTW_MISDIRECTED')
  }
}
