import type { Dispatch, DispatchController, DispatchHandler } from '../dispatch/dispatch.ts'
import { replyEmpty, replyError } from '../dispatch/reply.ts'
import { GatewayError } from '../errors.ts'
import type { RequestHead } from '../http/request.ts'
import type { EntryMetrics } from '../observe/entry-metrics.ts'
import type { EntryRules } from './entry-rules.ts'

/** What an entry point does with a request, whatever protocol it came in. */
export interface Entrance {
  readonly rules: EntryRules
  /** The handler tree of the newest snapshot for requests in clear text, … */
  readonly dispatch: Dispatch
  /** … and for those that came through TLS. */
  readonly tlsDispatch: Dispatch
  /** Absent where nothing is counted. */
  readonly metrics?: EntryMetrics | undefined
}

/** An exchange also takes errors that come from no one who answers. */
export interface EntranceHandler extends DispatchHandler {
  onResponseError(controller: DispatchController | undefined, error: GatewayError): void
}

/** Gives a request that was read to the rules of its entry point, then to the routers. */
export function admit(request: RequestHead, handler: EntranceHandler, entrance: Entrance): void {
  if (request.path === '*') replyEmpty(handler, 200)
  else if (!entrance.rules.apply(request)) {
    entrance.metrics?.refused('GTW_TARGET_INVALID')
    replyError(handler, 'GTW_TARGET_INVALID')
  } else {
    try {
      if (request.tls === undefined) entrance.dispatch(request, handler)
      else entrance.tlsDispatch(request, handler)
    } catch (error) {
      const failure = error instanceof GatewayError ? error : new GatewayError('GTW_INTERNAL', undefined, { cause: error })
      handler.onResponseError(undefined, failure)
    }
  }
}
