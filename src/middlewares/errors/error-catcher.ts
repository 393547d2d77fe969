import type { Dispatch, DispatchController, DispatchHandler, Tunnel } from '../../dispatch/dispatch.ts'
import { ForwardingHandler } from '../../dispatch/forwarding-handler.ts'
import { CODES, GatewayError } from '../../errors.ts'
import type { FieldNames } from '../../http/field-names.ts'
import type { Headers } from '../../http/headers.ts'
import type { RequestHead } from '../../http/request.ts'
import type { StatusRanges } from '../../http/status-ranges.ts'
import { PageHandler } from './page-handler.ts'
import type { PageQuery } from './page-query.ts'
import { FailedRequest } from './page-request.ts'

/** An answer that is thrown away is read to its end up to this size, so that the connection can be used again. */
const MOST_DISCARDED = 256 * 1024

/** Which answers are replaced, and by what. */
export interface ErrorPages {
  readonly statuses: StatusRanges
  readonly statusOf: (originalStatus: number) => number
  readonly query: PageQuery
  /** Undefined: all fields of the request. */
  readonly fields: FieldNames | undefined
  readonly service: Dispatch
}

/**
 * Hears the answer to a request.
 *
 *   waiting ──▶ passing      the answer is the client's
 *      └──────▶ replaced     the client gets a page; what still comes of the answer is thrown away
 */
export class ErrorCatcher extends ForwardingHandler {
  readonly #pages: ErrorPages
  readonly #request: FailedRequest
  #state: 'waiting' | 'passing' | 'replaced' = 'waiting'
  /** Who still sends the answer that was replaced. */
  #unwanted: DispatchController | undefined
  #discarded = 0

  constructor(next: DispatchHandler, pages: ErrorPages, request: RequestHead) {
    super(next)
    this.#pages = pages
    this.#request = new FailedRequest(request)
  }

  override onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    this.#state = 'passing'
    this.next.onRequestUpgrade(controller, statusCode, headers, tunnel)
  }

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    if (this.#pages.statuses.has(statusCode)) {
      this.#unwanted = controller
      this.#replace(statusCode)
      return
    }
    this.#state = 'passing'
    this.next.onResponseStart(controller, statusCode, headers)
  }

  override onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (this.#state === 'passing') {
      this.next.onResponseData(controller, chunk)
      return
    }
    this.#discarded += chunk.length
    if (this.#discarded > MOST_DISCARDED) this.#stopUnwanted()
  }

  override onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    this.#unwanted = undefined
    if (this.#state === 'passing') this.next.onResponseEnd(controller, trailers)
  }

  override onResponseError(controller: DispatchController, error: GatewayError): void {
    this.#unwanted = undefined
    const { status, fault } = CODES[error.code]
    // A client that is to blame is most likely gone.
    if (this.#state === 'waiting' && fault !== 'client' && this.#pages.statuses.has(status)) this.#replace(status)
    else if (this.#state !== 'replaced') this.next.onResponseError(controller, error)
  }

  #replace(originalStatus: number): void {
    this.#state = 'replaced'
    const { query, fields, service, statusOf } = this.#pages
    const status = statusOf(originalStatus)
    const page = this.#request.forPage(query, { status, originalStatus }, fields)
    // A page that is there at once is over before the rest of the answer has been looked at, which is mostly its end.
    const onOver = (): void => queueMicrotask(() => this.#stopUnwanted())
    service(page, new PageHandler(this.next, status, onOver))
  }

  /** The page is there: nobody waits for the rest of the answer, which might never end. */
  #stopUnwanted(): void {
    const unwanted = this.#unwanted
    this.#unwanted = undefined
    unwanted?.abort(new GatewayError('GTW_UPSTREAM_CLOSED', 'the answer is not wanted'))
  }
}
