import type { Dispatch } from '../../dispatch/dispatch.ts'
import { reply, replyStatus } from '../../dispatch/reply.ts'
import { Headers } from '../../http/headers.ts'

const OK = Buffer.from('OK')

/** `ping@internal`: 200 `OK` for whatever is asked, and the terminating status once the process is about to stop. */
export function buildPing(isTerminating: () => boolean, terminatingStatus: number): Dispatch {
  return function ping(_request, handler) {
    return isTerminating() ? replyStatus(handler, terminatingStatus) : reply(handler, 200, new Headers(), OK)
  }
}
