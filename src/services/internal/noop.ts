import type { DispatchHandler } from '../../dispatch/dispatch.ts'
import { replyEmpty } from '../../dispatch/reply.ts'
import type { RequestHead } from '../../http/request.ts'

/** `noop@internal`: stands where a middleware always answers; 418 tells that none did. */
export function noop(_request: RequestHead, handler: DispatchHandler): boolean {
  return replyEmpty(handler, 418)
}
