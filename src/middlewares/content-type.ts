import type { DispatchController } from '../dispatch/dispatch.ts'
import { ForwardingHandler } from '../dispatch/forwarding-handler.ts'
import type { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import { boolean, deprecated, object } from '../schema/index.ts'
import { sniffType } from './content-type/sniff.ts'
import { defineMiddleware } from './definition.ts'

/** Tells the type of responses whose server did not. */
export const contentType = defineMiddleware({
  name: 'contentType',
  options: object(
    'Finds out the type of responses that have none, by their first octets.',
    { autoDetect: deprecated(boolean('Whether to do so.'), 'only turns the middleware off where it is false: leave the middleware out') },
    { standalone: true },
  ),
  build: ({ autoDetect = true }) => {
    if (!autoDetect) return (next) => next
    return (next) =>
      function contentType(request, handler) {
        // Without content there is nothing to look at.
        return next(request, request.method === 'HEAD' ? handler : new ContentTypeFinder(handler))
      }
  },
})

/** Holds the head of a response without a type back until its first content is there. */
class ContentTypeFinder extends ForwardingHandler {
  #held: { readonly statusCode: number; readonly headers: Headers } | undefined

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    if (isTyped(statusCode, headers)) this.next.onResponseStart(controller, statusCode, headers)
    else this.#held = { statusCode, headers }
  }

  override onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (this.#held !== undefined && chunk.length > 0) {
      this.#held.headers.append('Content-Type', sniffType(chunk))
      this.#release(controller)
    }
    this.next.onResponseData(controller, chunk)
  }

  override onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    this.#release(controller)
    this.next.onResponseEnd(controller, trailers)
  }

  /** Nothing was sent yet: the client gets the error instead of half an answer. */
  override onResponseError(controller: DispatchController, error: GatewayError): void {
    this.#held = undefined
    this.next.onResponseError(controller, error)
  }

  #release(controller: DispatchController): void {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.next.onResponseStart(controller, held.statusCode, held.headers)
  }
}

/** Encoded content tells nothing of what it encodes. */
function isTyped(statusCode: number, headers: Headers): boolean {
  return statusCode === 204 || statusCode === 304 || headers.has('content-type') || (headers.get('content-encoding') ?? '') !== ''
}
