import type { Dispatch } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import { fnv1Hex } from '../services/hash/fnv.ts'

/** As Traefik names it: a loop may lead through both. */
const FIELD = 'X-Traefik-Router'
const LOWER_FIELD = FIELD.toLowerCase()

/**
 * Marks the requests of a router that a default rule has made. The gateway may be an item of its provider, too: its own name
 * would then lead from one such router to itself, again and again.
 */
export function withRecursionGuard(router: string, next: Dispatch): Dispatch {
  const mark = fnv1Hex(router)
  return function recursionGuard(request, handler) {
    const { headers } = request
    if (headers.has(LOWER_FIELD) && headers.values(LOWER_FIELD).includes(mark)) return replyError(handler, 'GTW_RECURSION')
    headers.append(FIELD, mark)
    return next(request, handler)
  }
}
