import type { Dispatch } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import type { RequestHead } from '../http/request.ts'
import type { Member, Strategy } from './member.ts'
import { CookieSetter } from './sticky/cookie-setter.ts'
import type { Sticky } from './sticky/sticky.ts'

/** Gives each request to the member that the strategy picks, or that its client stays with; 503 where none is up. */
export function balance<M extends Member>(strategy: Strategy<M>, sticky: Sticky<M> | undefined): Dispatch {
  if (sticky !== undefined) return balanceSticky(strategy, sticky)
  return function balancer(request, handler) {
    const member = request.tried === undefined ? strategy.pick(request) : pickUntried(strategy, request, request.tried)
    return member === undefined ? replyError(handler, 'GTW_NO_SERVER') : member.dispatch(request, handler)
  }
}

function balanceSticky<M extends Member>(strategy: Strategy<M>, sticky: Sticky<M>): Dispatch {
  return function stickyBalancer(request, handler) {
    const value = sticky.read(request)
    const known = value === undefined ? undefined : sticky.memberOf(value)
    const isUsable = known?.isUp() === true && request.tried?.includes(known) !== true
    if (value !== undefined && isUsable && !sticky.isOutdated(value)) {
      request.tried?.push(known)
      return known.dispatch(request, handler)
    }
    const member = isUsable ? known : request.tried === undefined ? strategy.pick(request) : pickUntried(strategy, request, request.tried)
    if (member === undefined) return replyError(handler, 'GTW_NO_SERVER')
    return member.dispatch(request, new CookieSetter(handler, sticky.cookieFor(member)))
  }
}

/** How often a strategy is asked for somebody else. */
const MOST_PICKS = 16

/** Another attempt goes to somebody else: other requests take turns meanwhile, and it could meet the same dead server each time. */
function pickUntried<M extends Member>(strategy: Strategy<M>, request: RequestHead, tried: object[]): M | undefined {
  let member = strategy.pick(request)
  for (let picks = 1; picks < MOST_PICKS && member !== undefined && tried.includes(member); picks++) member = strategy.pick(request)
  if (member !== undefined) tried.push(member)
  return member
}
