import type { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import type { DispatchController, DispatchHandler, Tunnel } from './dispatch.ts'

/** Passes everything on; whoever has something to say about a response overrides what it is about. */
export class ForwardingHandler implements DispatchHandler {
  protected readonly next: DispatchHandler

  constructor(next: DispatchHandler) {
    this.next = next
  }

  onRequestStart(controller: DispatchController): void {
    this.next.onRequestStart(controller)
  }

  onResponseInfo(controller: DispatchController, statusCode: number, headers: Headers): void {
    this.next.onResponseInfo(controller, statusCode, headers)
  }

  onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    this.next.onRequestUpgrade(controller, statusCode, headers, tunnel)
  }

  onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    this.next.onResponseStart(controller, statusCode, headers)
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    this.next.onResponseData(controller, chunk)
  }

  onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    this.next.onResponseEnd(controller, trailers)
  }

  onResponseError(controller: DispatchController, error: GatewayError): void {
    this.next.onResponseError(controller, error)
  }
}
