import type { GatewayError } from '../../errors.ts'
import type { DispatchController, DispatchHandler } from '../dispatch.ts'
import { replyStatus } from '../reply.ts'
import { fromUndiciError, statusOfError, toUndiciError } from './errors.ts'
import { toFieldList, toHeaders } from './fields.ts'
import type { FieldRecord, UndiciController, UndiciHandler } from './types.ts'

/** What an interceptor tells about a response, for one of our handlers. */
export class OutwardHandler implements UndiciHandler {
  readonly #handler: DispatchHandler
  readonly #controller = new Controller()
  #state: 'waiting' | 'answering' | 'over' = 'waiting'

  constructor(handler: DispatchHandler) {
    this.#handler = handler
  }

  onRequestStart(controller: UndiciController): void {
    this.#controller.target = controller
    if (this.#state !== 'over') this.#handler.onRequestStart(this.#controller)
  }

  onResponseStart(controller: UndiciController, statusCode: number, headers: FieldRecord): void {
    if (this.#state !== 'waiting') return
    this.#controller.target = controller
    const ours = toHeaders(toFieldList(headers), spellingsOf(controller))
    if (statusCode < 200) {
      this.#handler.onResponseInfo(this.#controller, statusCode, ours)
      return
    }
    this.#state = 'answering'
    this.#handler.onResponseStart(this.#controller, statusCode, ours)
  }

  onResponseData(_controller: UndiciController, chunk: Buffer): void {
    if (this.#state === 'answering') this.#handler.onResponseData(this.#controller, chunk)
  }

  onResponseEnd(_controller: UndiciController, trailers: FieldRecord | undefined): void {
    if (this.#state !== 'answering') {
      this.onResponseError(_controller, new Error('the answer ends and has not begun'))
      return
    }
    this.#state = 'over'
    const list = toFieldList(trailers)
    this.#handler.onResponseEnd(this.#controller, list.length === 0 ? undefined : toHeaders(list, []))
  }

  onResponseError(_controller: UndiciController, error: Error): void {
    if (this.#state === 'over') return
    const status = this.#state === 'waiting' ? statusOfError(error) : undefined
    this.#state = 'over'
    if (status === undefined) this.#handler.onResponseError(this.#controller, fromUndiciError(error))
    else replyStatus(this.#handler, status)
  }
}

function spellingsOf({ rawHeaders }: UndiciController): readonly string[] {
  return Array.isArray(rawHeaders) && typeof rawHeaders[0] === 'string' ? rawHeaders : []
}

/** What our handlers hold of a controller of undici. */
class Controller implements DispatchController {
  target: UndiciController | undefined

  pause(): void {
    this.target?.pause()
  }

  resume(): void {
    this.target?.resume()
  }

  abort(error: GatewayError): void {
    this.target?.abort(toUndiciError(error))
  }
}
