import { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import type { BodySink, RequestBody } from '../http/request.ts'

/** How much content is kept at the same time, for all requests that may be sent again. */
export class ReplayMemory {
  #left: number

  constructor(most: number) {
    this.#left = most
  }

  /** Whether there was room. */
  take(octets: number): boolean {
    if (octets > this.#left) return false
    this.#left -= octets
    return true
  }

  give(octets: number): void {
    this.#left += octets
  }

  close(): void {}
}

/**
 * The content of a request that may be sent more than once. It is kept while the first attempt reads it; whoever opens it
 * after that reads it from the beginning, and the rest as it comes. Beyond the bound it is only passed on.
 */
export class ReplayBody implements BodySink {
  readonly length: number
  /** All of it has come and is kept. */
  isComplete = false
  readonly #source: RequestBody
  readonly #limit: number
  readonly #memory: ReplayMemory
  #chunks: Buffer[] = []
  #octets = 0
  #isKept = true
  #isStarted = false
  #end: { readonly trailers: Headers | undefined } | undefined
  #error: GatewayError | undefined
  /** The attempt that reads what is still to come. */
  #live: Attempt | undefined

  /** A negative limit stands for none but that of the memory. */
  constructor(source: RequestBody, limit: number, memory: ReplayMemory) {
    this.length = source.length
    this.#source = source
    this.#limit = limit < 0 ? Number.POSITIVE_INFINITY : limit
    this.#memory = memory
  }

  /** Whether everything that came is kept, so that it can be sent again. */
  get isKept(): boolean {
    return this.#isKept
  }

  /** The content, for one attempt to send it. It takes the place of an attempt that still reads what is to come. */
  open(): RequestBody {
    if (this.#isStarted) this.#mustBeKept()
    return new Attempt(this, this.#chunks)
  }

  /** Nobody will open it any more: attempts that are under way read on, and then nothing is left. */
  release(): void {
    if (!this.#isKept) return
    this.#isKept = false
    this.isComplete = false
    this.#memory.give(this.#octets)
    this.#chunks = []
    this.#live?.separate()
  }

  // ── BodySink: from the client ──────────────────────────────────────────────────────────────────────────

  onBodyData(chunk: Buffer): void {
    if (this.#isKept && !this.#keep(chunk)) this.release()
    if (this.#isKept) this.#live?.flow()
    else this.#live?.receive(chunk)
  }

  onBodyEnd(trailers: Headers | undefined): void {
    this.#end = { trailers }
    this.isComplete = this.#isKept
    const live = this.#live
    this.#live = undefined
    live?.end(trailers)
  }

  onBodyError(error: GatewayError): void {
    this.#error = error
    this.release()
    const live = this.#live
    this.#live = undefined
    live?.fail(error)
  }

  // ── from an attempt ────────────────────────────────────────────────────────────────────────────────────

  attach(attempt: Attempt): void {
    if (this.#error !== undefined) attempt.fail(this.#error)
    else if (this.#end !== undefined) attempt.end(this.#end.trailers)
    else this.#follow(attempt)
  }

  pause(attempt: Attempt): void {
    if (attempt === this.#live) this.#source.pause()
  }

  resume(attempt: Attempt): void {
    if (attempt === this.#live) this.#source.resume()
  }

  #follow(attempt: Attempt): void {
    const isFirst = !this.#isStarted
    if (!isFirst) this.#mustBeKept()
    this.#isStarted = true
    this.#live?.stop()
    this.#live = attempt
    attempt.flow()
    if (isFirst) this.#source.start(this)
    // The attempt before may have paused it.
    else if (!attempt.isPaused) this.#source.resume()
  }

  #mustBeKept(): void {
    if (!this.#isKept) throw new GatewayError('GTW_INTERNAL', 'the content was not kept')
  }

  #keep(chunk: Buffer): boolean {
    if (this.#octets + chunk.length > this.#limit || !this.#memory.take(chunk.length)) return false
    this.#octets += chunk.length
    this.#chunks.push(Buffer.from(chunk))
    return true
  }
}

/** The content as one attempt reads it, at its own pace. */
class Attempt implements RequestBody {
  readonly length: number
  started = false
  isPaused = false
  readonly #body: ReplayBody
  /** What is kept, or a queue of its own once nothing is kept any more. */
  #chunks: Buffer[]
  #next = 0
  #sink: BodySink | undefined
  #end: { readonly trailers: Headers | undefined } | undefined

  constructor(body: ReplayBody, chunks: Buffer[]) {
    this.length = body.length
    this.#body = body
    this.#chunks = chunks
  }

  start(sink: BodySink): void {
    if (this.started) throw new GatewayError('GTW_INTERNAL', 'content can be read once')
    this.started = true
    this.#sink = sink
    this.#body.attach(this)
  }

  pause(): void {
    this.isPaused = true
    this.#body.pause(this)
  }

  resume(): void {
    this.isPaused = false
    this.flow()
    if (!this.isPaused) this.#body.resume(this)
  }

  /** Passes on what it has not passed on yet, unless it is to wait. */
  flow(): void {
    while (!this.isPaused && this.#next < this.#chunks.length) this.#sink?.onBodyData(this.#chunks[this.#next++] as Buffer)
    if (this.isPaused || this.#end === undefined) return
    const sink = this.#sink
    this.#sink = undefined
    sink?.onBodyEnd(this.#end.trailers)
  }

  /** Takes a view of what is not kept. */
  receive(chunk: Buffer): void {
    if (!this.isPaused && this.#next === this.#chunks.length) this.#sink?.onBodyData(chunk)
    else this.#chunks.push(Buffer.from(chunk))
  }

  /** From now on nothing is kept: what it has not read becomes its own. */
  separate(): void {
    this.#chunks = this.#chunks.slice(this.#next)
    this.#next = 0
  }

  end(trailers: Headers | undefined): void {
    this.#end = { trailers }
    this.flow()
  }

  fail(error: GatewayError): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.onBodyError(error)
  }

  /** Another attempt goes on in its place. */
  stop(): void {
    this.#sink = undefined
  }
}
