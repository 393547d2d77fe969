import type { Dispatch } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import type { RouterTable } from './router-table.ts'

/** Answers where no router does. */
export const noRouter: Dispatch = (_request, handler) => replyError(handler, 'GTW_NO_ROUTER')

/** The dispatch of an entry point: the first router that matches answers, 404 where none does. */
export function routeTo(table: RouterTable, otherwise: Dispatch = noRouter): Dispatch {
  return function router(request, handler) {
    const route = table.find(request)
    return route === undefined ? otherwise(request, handler) : route.dispatch(request, handler)
  }
}
