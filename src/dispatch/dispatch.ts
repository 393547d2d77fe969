import type { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import type { RequestHead } from '../http/request.ts'

/**
 * Answers one request by calling the handler, now or later. Everything on the request path is one: router table,
 * middleware chain, balancer, pool. Returns false where the callee is busy and the caller may want to slow down.
 */
export type Dispatch = (request: RequestHead, handler: DispatchHandler) => boolean

/** Wraps the next dispatch once, when a snapshot is built; never per request. */
export type Middleware = (next: Dispatch) => Dispatch

/** What the one who answers offers to the one who listens. */
export interface DispatchController {
  /** Stops reading the response; no more onResponseData until `resume`. */
  pause(): void
  resume(): void
  /** Gives the exchange up. onResponseError follows unless the response had ended. */
  abort(error: GatewayError): void
}

/**
 * Hears one response: RequestStart, then any number of ResponseInfo, then either RequestUpgrade or
 * ResponseStart, ResponseData…, ResponseEnd; ResponseError may come at any time instead of what is left.
 * Every method is required, so that a call site sees one shape.
 */
export interface DispatchHandler {
  onRequestStart(controller: DispatchController): void
  /** A 1xx other than 101 (RFC 9110 §15.2). */
  onResponseInfo(controller: DispatchController, statusCode: number, headers: Headers): void
  onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void
  onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void
  /** The chunk is a view that is only valid during the call: copy what must be kept. */
  onResponseData(controller: DispatchController, chunk: Buffer): void
  onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void
  onResponseError(controller: DispatchController, error: GatewayError): void
}

/** One end of a connection that has left HTTP: raw octets both ways, with back-pressure and half-close. */
export interface Tunnel {
  /** Begins to deliver; octets that had arrived already come first, before this returns. */
  start(sink: TunnelSink): void
  /** Returns false where the caller should wait for the sink's onTunnelDrain. The chunk is copied if it is kept. */
  write(chunk: Buffer): boolean
  /** Sends FIN after what was written. */
  end(): void
  /** Closes both directions; what was written before still goes out. */
  destroy(): void
  /** Ends the connection with a reset, as the other end of the tunnel did. */
  reset(): void
  pause(): void
  resume(): void
}

/** Hears one end of a tunnel. */
export interface TunnelSink {
  onTunnelData(chunk: Buffer): void
  onTunnelDrain(): void
  /** The other side sent FIN. */
  onTunnelEnd(): void
  /** The connection is gone; `reset` where it had no clean end. Comes exactly once. */
  onTunnelClose(reset: boolean): void
}
