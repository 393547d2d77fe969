import { forgetExpectation } from '../../dispatch/replay-memory.ts'
import { CheckedField } from '../../http/checked-field.ts'
import type { Headers } from '../../http/headers.ts'
import type { Departure, RequestHead } from '../../http/request.ts'
import { toFieldValue } from '../shared/field-text.ts'

/** Fields to set and to remove, by name. */
export class FieldEdits {
  /** An empty value removes the field. */
  readonly list: readonly CheckedField[]

  constructor(fields: Readonly<Record<string, string>> = {}) {
    this.list = Object.entries(fields).map(([name, value]) => new CheckedField(name, toFieldValue(value)))
  }

  apply(headers: Headers): void {
    for (const field of this.list) {
      if (field.value === '') headers.delete(field.lowerName)
      else headers.put(field)
    }
  }
}

/** The same for requests, where some fields stand for more than themselves. */
export class RequestEdits {
  readonly #edits: FieldEdits
  readonly #effects: readonly ((request: RequestHead) => void)[]

  constructor(fields: Readonly<Record<string, string>> = {}) {
    // A host cannot be taken away.
    const entries = Object.entries(fields).filter(([name, value]) => value !== '' || name.toLowerCase() !== 'host')
    this.#edits = new FieldEdits(Object.fromEntries(entries))
    this.#effects = this.#edits.list.flatMap((edit) => effectOf(edit) ?? [])
  }

  apply(request: RequestHead): void {
    this.#edits.apply(request.headers)
    for (const effect of this.#effects) effect(request)
  }
}

function effectOf({ name, lowerName, value }: CheckedField): ((request: RequestHead) => void) | undefined {
  if (lowerName === 'host') return setHost(value)
  if (value !== '') return undefined
  // In any other spelling it only removes what has come so far.
  return name === 'X-Forwarded-For' ? keepAnonymous : REMOVALS[lowerName]
}

const REMOVALS: Readonly<Record<string, (request: RequestHead) => void>> = {
  connection: forgetUpgrade,
  upgrade: forgetUpgrade,
  expect: forgetExpectation,
  te: forgetTrailers,
}

function setHost(host: string): (request: RequestHead) => void {
  return (request) => {
    request.host = host
  }
}

function forgetUpgrade(request: RequestHead): void {
  request.upgrade = undefined
}

function forgetTrailers(request: RequestHead): void {
  request.acceptsTrailers = false
}

function keepAnonymous(request: RequestHead): void {
  request.departure = new AnonymousDeparture(request.departure)
}

/** Leaves X-Forwarded-For out altogether, also what the gateway itself would say there. */
class AnonymousDeparture implements Departure {
  readonly #departure: Departure | undefined

  constructor(departure: Departure | undefined) {
    this.#departure = departure
  }

  depart(request: RequestHead): void {
    this.#departure?.depart(request)
    request.headers.delete('x-forwarded-for')
  }
}
