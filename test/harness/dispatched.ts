import type { Dispatch, DispatchController, DispatchHandler, Tunnel } from '../../src/dispatch/dispatch.ts'
import type { GatewayError } from '../../src/errors.ts'
import { Headers } from '../../src/http/headers.ts'
import { type BodySink, type RequestBody, RequestHead } from '../../src/http/request.ts'

const WITHIN_MS = 5_000

/** Everything that a handler hears of one response. */
export class Dispatched implements DispatchHandler {
  readonly request: RequestHead
  controller: DispatchController | undefined
  starts = 0
  readonly infos: { readonly status: number; readonly fields: readonly string[] }[] = []
  status = 0
  headers = new Headers()
  /** Octets of content so far. */
  octets = 0
  trailers: Headers | undefined
  tunnel: Tunnel | undefined
  ended = false
  error: GatewayError | undefined
  /** Called with the content as it comes. */
  onChunk: (chunk: Buffer) => void = () => {}
  onStart: () => void = () => {}
  readonly #chunks: Buffer[] = []
  readonly #listeners = new Set<() => void>()

  constructor(request: RequestHead) {
    this.request = request
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('latin1')
  }

  /** How it ended: the status, or the code of the error. */
  get outcome(): number | string | undefined {
    return this.error?.code ?? (this.ended ? this.status : undefined)
  }

  async until(condition: (response: this) => unknown, what = 'what was expected'): Promise<this> {
    if (condition(this)) return this
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const late = setTimeout(() => reject(new Error(`${what} did not come: ${this.status} ${this.text} ${this.error}`)), WITHIN_MS)
    const listener = (): void => {
      if (condition(this)) resolve()
    }
    this.#listeners.add(listener)
    await promise.finally(() => clearTimeout(late))
    this.#listeners.delete(listener)
    return this
  }

  untilOver(): Promise<this> {
    return this.until(({ outcome }) => outcome !== undefined, 'the end of the response')
  }

  onRequestStart(controller: DispatchController): void {
    this.controller = controller
    this.starts++
    this.#changed()
  }

  onResponseInfo(_controller: DispatchController, status: number, { raw }: Headers): void {
    this.infos.push({ status, fields: raw })
    this.#changed()
  }

  onRequestUpgrade(_controller: DispatchController, status: number, headers: Headers, tunnel: Tunnel): void {
    this.status = status
    this.headers = headers
    this.tunnel = tunnel
    this.#changed()
  }

  onResponseStart(_controller: DispatchController, status: number, headers: Headers): void {
    this.status = status
    this.headers = headers
    this.onStart()
    this.#changed()
  }

  onResponseData(_controller: DispatchController, chunk: Buffer): void {
    this.#chunks.push(Buffer.from(chunk))
    this.octets += chunk.length
    this.onChunk(chunk)
    this.#changed()
  }

  onResponseEnd(_controller: DispatchController, trailers: Headers | undefined): void {
    if (this.outcome !== undefined) throw new Error('the response ended twice')
    this.trailers = trailers
    this.ended = true
    this.#changed()
  }

  onResponseError(_controller: DispatchController, error: GatewayError): void {
    if (this.outcome !== undefined) throw new Error('the response ended twice')
    this.error = error
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Content that a test delivers by hand. */
export class HandedBody implements RequestBody {
  readonly length: number
  isPaused = false
  #sink: BodySink | undefined
  #waiting: (() => void)[] = []
  readonly #onChange: () => void

  /** -1 for content of unknown length; `onChange` hears when it is started, paused and resumed. */
  constructor(length = -1, onChange: () => void = () => {}) {
    this.length = length
    this.#onChange = onChange
  }

  get started(): boolean {
    return this.#sink !== undefined
  }

  start(sink: BodySink): void {
    this.#sink = sink
    for (const deliver of this.#waiting.splice(0)) deliver()
    this.#onChange()
  }

  pause(): void {
    this.isPaused = true
    this.#onChange()
  }

  resume(): void {
    this.isPaused = false
    this.#onChange()
  }

  push(chunk: string | Buffer): this {
    return this.#deliver((sink) => sink.onBodyData(Buffer.from(chunk)))
  }

  end(trailers?: Headers): this {
    return this.#deliver((sink) => sink.onBodyEnd(trailers))
  }

  fail(error: GatewayError): this {
    return this.#deliver((sink) => sink.onBodyError(error))
  }

  #deliver(event: (sink: BodySink) => void): this {
    if (this.#sink === undefined) this.#waiting.push(() => event(this.#sink as BodySink))
    else event(this.#sink)
    return this
  }
}

export interface Question {
  readonly method?: string
  readonly path?: string
  readonly fields?: readonly string[]
  readonly body?: RequestBody
  readonly upgrade?: string
  readonly expectsContinue?: boolean
  /** Before the request is sent. */
  readonly prepare?: (response: Dispatched) => void
}

/** Sends one request through a dispatch. */
export function send(dispatch: Dispatch, question: Question = {}): Dispatched {
  const { method = 'GET', path = '/', fields = [], body, upgrade, expectsContinue = false } = question
  const request = new RequestHead(method, path, new Headers([...fields], true))
  request.host = 'app.test'
  request.body = body
  request.upgrade = upgrade
  request.expectsContinue = expectsContinue
  const response = new Dispatched(request)
  question.prepare?.(response)
  dispatch(request, response)
  return response
}
