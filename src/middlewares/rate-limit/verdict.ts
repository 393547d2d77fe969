import type { Dispatch, DispatchHandler } from '../../dispatch/dispatch.ts'
import { replyStatus } from '../../dispatch/reply.ts'
import type { RequestHead } from '../../http/request.ts'
import { formatDuration } from '../../schema/index.ts'
import type { Time } from '../definition.ts'
import { dispatchLater, Waiting } from '../shared/waiting.ts'

interface Limited {
  readonly next: Dispatch
  readonly request: RequestHead
  readonly handler: DispatchHandler
}

/** Lets a request go on when its token is there. */
export function delay({ next, request, handler }: Limited, waitMs: number, time: Time): true {
  const waiting = new Waiting(handler)
  const cancel = time.after(waitMs, () => {
    if (waiting.end()) dispatchLater(next, request, handler)
  })
  waiting.begin(cancel)
  return true
}

/** Answers a request whose token is too far away. */
export function refuse(handler: DispatchHandler, waitMs: number): true {
  return replyStatus(handler, 429, ['Retry-After', String(Math.ceil(waitMs / 1000)), 'X-Retry-In', formatDuration(waitMs)])
}
