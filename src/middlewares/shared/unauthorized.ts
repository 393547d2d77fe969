import type { DispatchHandler } from '../../dispatch/dispatch.ts'
import { reply } from '../../dispatch/reply.ts'
import { Headers } from '../../http/headers.ts'

const TEXT = Buffer.from('401 Unauthorized\n')

/** Asks the client who it is (RFC 9110 §11.6.1). */
export function challenge(handler: DispatchHandler, scheme: string): true {
  return reply(handler, 401, new Headers(['Content-Type', 'text/plain', 'WWW-Authenticate', scheme]), TEXT)
}

/** A text as a quoted string (RFC 9110 §5.6.4). */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
