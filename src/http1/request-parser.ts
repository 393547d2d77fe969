import { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { BodyReader } from './body-reader.ts'
import type { BodyFraming } from './framing.ts'
import { type ParserLimits, REQUEST_LIMITS } from './limits.ts'
import { CR, LF } from './octets.ts'
import { type Refusal, refusal, sectionRefusals } from './refusal.ts'
import { RequestFields } from './request-fields.ts'
import { RequestLine } from './request-line.ts'
import { Section } from './section.ts'

/** Hears the requests of one connection. Only the end of a request, told last of all, may lead to another call of the parser. */
export interface RequestParserEvents {
  onRequestHead(request: RequestHead, framing: BodyFraming): void
  /** The chunk is a view into the input, valid during the call. */
  onRequestData(chunk: Buffer): void
  onRequestEnd(trailers: Headers | undefined): void
}

//  IDLE ──CR LF (once)──▶ IDLE          IDLE ──any octet──▶ HEAD ──▶ BODY ──▶ IDLE          every state ──▶ FAILED
const IDLE = 0
const EMPTY_LINE = 1
const HEAD = 2
const BODY = 3
const FAILED = 4

const READING = ['idle', 'head', 'head', 'body', 'failed'] as const

const HEAD_REFUSALS = sectionRefusals('GTW_HEAD_TOO_LARGE')
const BARE_CR = refusal('GTW_REQUEST_LINE_INVALID', 'CR without LF')
const SECOND_EMPTY_LINE = refusal('GTW_REQUEST_LINE_INVALID', 'more than one empty line ahead of it')
const INCOMPLETE_HEAD = refusal('GTW_REQUEST_INCOMPLETE', 'the connection ended inside its head')
const INCOMPLETE_CONTENT = refusal('GTW_REQUEST_INCOMPLETE', 'the connection ended inside its content')

/** Reads the requests of one HTTP/1 connection from pieces of any size, one message at a time (RFC 9112). */
export class RequestParser {
  error: GatewayError | undefined = undefined
  readonly #events: RequestParserEvents
  readonly #head: Section
  readonly #fields: RequestFields
  readonly #body: BodyReader
  #state = IDLE
  #sawEmptyLine = false

  constructor(events: RequestParserEvents, limits: ParserLimits = REQUEST_LIMITS) {
    const line = new RequestLine(limits.maxTargetBytes)
    this.#events = events
    this.#head = new Section(
      {
        maxBytes: limits.maxHeadBytes,
        maxFields: limits.maxFields,
        maxNameBytes: limits.maxFieldNameBytes,
        blankBeforeColon: false,
        refusals: HEAD_REFUSALS,
      },
      line,
    )
    this.#fields = new RequestFields(line, this.#head.noted)
    this.#body = new BodyReader(limits)
  }

  /** Between messages, with nothing buffered. */
  get idle(): boolean {
    return this.#state === IDLE
  }

  get reading(): 'idle' | 'head' | 'body' | 'failed' {
    return READING[this.#state] as 'idle' | 'head' | 'body' | 'failed'
  }

  /**
   * Returns the offset of the first octet not taken: `end`, or less where a message has ended (octets of the next one stay, and
   * the next call starts with them) or where `error` is set, which is final.
   */
  execute(buffer: Buffer, start: number, end: number): number {
    let at = start
    if (this.#state <= EMPTY_LINE) at = this.#readEmptyLine(buffer, at, end)
    if (this.#state === HEAD) at = this.#readHead(buffer, at, end)
    if (this.#state === BODY) at = this.#readBody(buffer, at, end)
    return at
  }

  /** The client sends no more: undefined between messages, else the error that ends the connection. */
  finish(): GatewayError | undefined {
    if (this.#state === HEAD || this.#state === EMPTY_LINE) this.#fail(INCOMPLETE_HEAD)
    else if (this.#state === BODY) this.#fail(INCOMPLETE_CONTENT)
    return this.error
  }

  /** RFC 9112 §2.2 allows for clients that send one empty line behind their content. */
  #readEmptyLine(buffer: Buffer, start: number, end: number): number {
    let at = start
    for (; at < end; at++) {
      const octet = buffer[at]
      if (this.#state === EMPTY_LINE) {
        if (octet !== LF) return this.#fail(BARE_CR, at)
        this.#state = IDLE
        this.#sawEmptyLine = true
      } else if (octet === CR) {
        if (this.#sawEmptyLine) return this.#fail(SECOND_EMPTY_LINE, at)
        this.#state = EMPTY_LINE
      } else {
        this.#state = HEAD
        return at
      }
    }
    return at
  }

  #readHead(buffer: Buffer, start: number, end: number): number {
    const head = this.#head
    const at = head.read(buffer, start, end)
    if (head.refusal !== undefined) return this.#fail(head.refusal, at)
    if (!head.complete) return at
    const request = this.#fields.toRequest()
    if (!(request instanceof RequestHead)) return this.#fail(request, at)
    const { framing } = this.#fields
    this.#body.begin(framing)
    this.#state = BODY
    this.#events.onRequestHead(request, framing)
    return at
  }

  #readBody(buffer: Buffer, start: number, end: number): number {
    const body = this.#body
    let at = start
    while (at < end && !body.complete) {
      const next = body.read(buffer, at, end)
      if (body.refusal !== undefined) return this.#fail(body.refusal, next)
      if (body.tookContent) this.#events.onRequestData(buffer.subarray(at, next))
      at = next
    }
    if (body.complete) this.#end()
    return at
  }

  /** An idle connection holds nothing of its last request. */
  #end(): void {
    this.#state = IDLE
    this.#head.begin()
    this.#sawEmptyLine = false
    this.#events.onRequestEnd(this.#body.trailers)
  }

  #fail(reason: Refusal, at = 0): number {
    this.#state = FAILED
    this.error = new GatewayError(reason.code, reason.detail)
    return at
  }
}
