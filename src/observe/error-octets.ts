import type { DispatchController, DispatchHandler, Tunnel } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import type { ErrorCode, GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'

/** Octets of the content that a client gets instead of what failed. */
export function errorOctets(error: ErrorCode | GatewayError): number {
  const counter = new OctetCounter()
  const code = typeof error === 'string' ? error : error.code
  // Nobody is there to read it.
  if (code !== 'GTW_CLIENT_GONE') replyError(counter, error)
  return counter.octets
}

/** Hears a whole response at once. */
class OctetCounter implements DispatchHandler {
  octets = 0

  onRequestStart(_controller: DispatchController): void {}
  onResponseInfo(_controller: DispatchController, _statusCode: number, _headers: Headers): void {}
  onRequestUpgrade(_controller: DispatchController, _statusCode: number, _headers: Headers, _tunnel: Tunnel): void {}
  onResponseStart(_controller: DispatchController, _statusCode: number, _headers: Headers): void {}
  onResponseData(_controller: DispatchController, chunk: Buffer): void {
    this.octets += chunk.length
  }
  onResponseEnd(_controller: DispatchController, _trailers: Headers | undefined): void {}
  onResponseError(_controller: DispatchController, _error: GatewayError): void {}
}
