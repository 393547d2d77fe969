import type { Dispatch } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import type { RouterTable } from './router-table.ts'

/** The dispatch of an entry point: the first router that matches answers, 404 where none does. */
export function routeTo(table: RouterTable): Dispatch {
  return function router(request, handler) {
    const route = table.find(request)
    return route === undefined ? replyError(handler, 'GTW_NO_ROUTER') : route.dispatch(request, handler)
  }
}
