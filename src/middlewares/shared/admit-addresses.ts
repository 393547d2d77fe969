import type { Middleware } from '../../dispatch/dispatch.ts'
import { replyStatus } from '../../dispatch/reply.ts'
import { addressList, type ClientIp } from './ip-strategy.ts'

/** Who is let in, and what the others get. */
interface Admission {
  readonly sourceRange: readonly string[]
  readonly clientIp: ClientIp
  readonly rejectStatusCode: number
}

/** Lets clients in by their address; one whose address cannot be told is none of them. */
export function admitAddresses({ sourceRange, clientIp, rejectStatusCode }: Admission): Middleware {
  const admitted = addressList(sourceRange)
  return (next) =>
    function admitAddresses(request, handler) {
      return admitted.has(clientIp(request)) ? next(request, handler) : replyStatus(handler, rejectStatusCode)
    }
}
