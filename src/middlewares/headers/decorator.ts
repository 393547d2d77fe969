import type { DispatchController, DispatchHandler } from '../../dispatch/dispatch.ts'
import { ForwardingHandler } from '../../dispatch/forwarding-handler.ts'
import type { GatewayError } from '../../errors.ts'
import type { CheckedField } from '../../http/checked-field.ts'
import { Headers } from '../../http/headers.ts'
import type { Cors } from './cors.ts'
import type { FieldEdits } from './field-edits.ts'

/** What responses get, in this order: the later one counts. */
export interface Decoration {
  readonly edits: FieldEdits
  /** Undefined where nothing is said about other origins. */
  readonly cors: Cors | undefined
}

/** Changes the fields of whatever answers: a response, or the error that becomes one; not those of a switch of protocols. */
export class Decorator extends ForwardingHandler {
  readonly #decoration: Decoration
  readonly #secure: readonly CheckedField[]
  readonly #origin: string
  #isStarted = false

  constructor(next: DispatchHandler, decoration: Decoration, secure: readonly CheckedField[], origin: string) {
    super(next)
    this.#decoration = decoration
    this.#secure = secure
    this.#origin = origin
  }

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    this.#isStarted = true
    this.#decorate(headers)
    this.next.onResponseStart(controller, statusCode, headers)
  }

  override onResponseError(controller: DispatchController, error: GatewayError): void {
    this.next.onResponseError(controller, this.#isStarted ? error : this.#decorated(error))
  }

  #decorated(error: GatewayError): GatewayError {
    const headers = new Headers([...error.responseFields])
    this.#decorate(headers)
    return error.withResponseFields(headers.raw)
  }

  #decorate(headers: Headers): void {
    for (const field of this.#secure) headers.put(field)
    this.#decoration.edits.apply(headers)
    this.#decoration.cors?.apply(headers, this.#origin)
  }
}
