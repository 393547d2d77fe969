import type { Dispatch, DispatchController, DispatchHandler } from '../../src/dispatch/dispatch.ts'
import { GatewayError } from '../../src/errors.ts'
import { Headers } from '../../src/http/headers.ts'
import type { BodySink, RequestHead } from '../../src/http/request.ts'

export interface Answer {
  readonly status: number
  readonly fields?: readonly string[]
  readonly content?: string
  /** Leaves the length of the content open. */
  readonly unknownLength?: true
  readonly trailers?: Headers
}

/** One request that reached the end of the chain. */
export class Call implements DispatchController {
  readonly request: RequestHead
  readonly handler: DispatchHandler
  /** The content that has come. */
  content = ''
  isPaused = false
  abortedWith: GatewayError | undefined

  constructor(request: RequestHead, handler: DispatchHandler) {
    this.request = request
    this.handler = handler
  }

  answer({ status, fields = [], content = '', unknownLength, trailers }: Answer): void {
    const headers = new Headers([...fields])
    if (unknownLength !== true) headers.contentLength = content.length
    this.handler.onResponseStart(this, status, headers)
    if (content !== '') this.handler.onResponseData(this, Buffer.from(content, 'latin1'))
    if (this.abortedWith === undefined) this.handler.onResponseEnd(this, trailers)
  }

  fail(error: GatewayError): void {
    this.handler.onResponseError(this, error)
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  abort(error: GatewayError): void {
    if (this.abortedWith !== undefined) return
    this.abortedWith = error
    this.handler.onResponseError(this, error)
  }
}

type Script = Answer | GatewayError

/** The end of a chain: answers what is scripted once the content has come, and leaves the rest to the test. */
export class ScriptedNext {
  readonly calls: Call[] = []
  readonly #scripts: Script[]
  readonly #readsContent: boolean

  constructor(scripts: readonly Script[] = [], options: { readonly readsContent?: boolean } = {}) {
    this.#scripts = [...scripts]
    this.#readsContent = options.readsContent ?? true
  }

  get last(): Call {
    const call = this.calls.at(-1)
    if (call === undefined) throw new TypeError('nothing came this far')
    return call
  }

  readonly dispatch: Dispatch = (request, handler) => {
    const call = new Call(request, handler)
    this.calls.push(call)
    handler.onRequestStart(call)
    if (call.abortedWith !== undefined) return true
    const script = this.#scripts.shift()
    const act = (): void => {
      if (script instanceof GatewayError) call.fail(script)
      else if (script !== undefined) call.answer(script)
    }
    if (request.body === undefined || !this.#readsContent) act()
    else request.body.start(new Reader(call, act))
    return true
  }
}

class Reader implements BodySink {
  readonly #call: Call
  readonly #done: () => void

  constructor(call: Call, done: () => void) {
    this.#call = call
    this.#done = done
  }

  onBodyData(chunk: Buffer): void {
    this.#call.content += chunk.toString('latin1')
  }

  onBodyEnd(): void {
    this.#done()
  }

  onBodyError(error: GatewayError): void {
    this.#call.abort(error)
  }
}
