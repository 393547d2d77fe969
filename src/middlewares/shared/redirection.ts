import type { DispatchHandler } from '../../dispatch/dispatch.ts'
import { replyStatus } from '../../dispatch/reply.ts'
import type { RequestHead } from '../../http/request.ts'
import { toLocation } from './location.ts'

/** Sends the client elsewhere; a method other than GET is kept by the statuses that keep it (RFC 9110 §15.4.8). */
export function redirect({ method }: RequestHead, handler: DispatchHandler, url: string, permanent: boolean): true {
  const location = toLocation(url)
  if (location === undefined) return replyStatus(handler, 502)
  const [found, kept] = permanent ? [301, 308] : [302, 307]
  return replyStatus(handler, method === 'GET' ? found : kept, ['Location', location])
}
