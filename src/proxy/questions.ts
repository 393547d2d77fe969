import type { Dispatch, DispatchHandler } from '../dispatch/dispatch.ts'
import { reply, replyStatus } from '../dispatch/reply.ts'
import { Headers } from '../http/headers.ts'
import type { RequestHead } from '../http/request.ts'
import { Waiting } from '../middlewares/shared/waiting.ts'
import type { Clock, Deadline } from '../runtime/clock.ts'
import { type Answer, LONGEST_WAIT_MS, type Question } from '../thread/question.ts'

/** Answers of the control plane take milliseconds; a worker holds no more than so many requests for them. */
const MOST_OPEN = 64

/** Passes a question on; its answer comes back through `tell`. */
type Ask = (id: number, question: Question) => void

/** The questions of one worker to the control plane: services that stand for it, and the requests that wait for what it says. */
export class Questions {
  readonly #clock: Clock
  readonly #ask: Ask
  readonly #open = new Map<number, OpenQuestion>()
  #lastId = 0

  constructor(clock: Clock, ask: Ask) {
    this.#clock = clock
    this.#ask = ask
  }

  /** The service with this qualified name, answered by the control plane. The content of a request is not read. */
  service(name: string): Dispatch {
    return (request, handler) => this.#begin(name, request, handler)
  }

  /** The control plane has answered. Whoever asked may have gone meanwhile. */
  tell(id: number, answer: Answer): void {
    this.#open.get(id)?.answer(answer)
  }

  #begin(service: string, request: RequestHead, handler: DispatchHandler): boolean {
    if (this.#open.size >= MOST_OPEN) return replyStatus(handler, 503, ['Retry-After', '1'])
    const id = ++this.#lastId
    const question = new OpenQuestion(handler, () => {
      this.#open.delete(id)
      this.#clock.unwatch(question)
    })
    if (!question.begin()) return true
    question.deadlineAt = this.#clock.in(LONGEST_WAIT_MS)
    this.#open.set(id, question)
    this.#clock.watch(question)
    this.#ask(id, questionOf(service, request))
    return true
  }
}

/** A request whose client waits for the control plane. */
class OpenQuestion implements Deadline {
  deadlineAt = 0
  readonly #handler: DispatchHandler
  readonly #waiting: Waiting
  readonly #close: () => void

  constructor(handler: DispatchHandler, close: () => void) {
    this.#handler = handler
    this.#waiting = new Waiting(handler)
    this.#close = close
  }

  /** Returns false where the client is gone already. */
  begin(): boolean {
    return this.#waiting.begin(this.#close)
  }

  answer({ status, headers, content }: Answer): void {
    if (!this.#end()) return
    reply(this.#handler, status, new Headers([...headers]), bufferOf(content))
  }

  onDeadline(): void {
    if (this.#end()) replyStatus(this.#handler, 504)
  }

  #end(): boolean {
    this.#close()
    return this.#waiting.end()
  }
}

function questionOf(service: string, request: RequestHead): Question {
  const { method, path, query, headers, scheme, host, entryPoint, peer } = request
  return { service, method, path, query, headers: headers.raw, scheme, host, entryPoint, peer: peer.address }
}

function bufferOf(content: string | Uint8Array): Buffer {
  return typeof content === 'string' ? Buffer.from(content) : Buffer.from(content.buffer, content.byteOffset, content.byteLength)
}
