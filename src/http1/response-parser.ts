import { CODES, GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { declaredFraming } from './body-framing.ts'
import { BodyReader } from './body-reader.ts'
import { type BodyFraming, CHUNKED, NO_BODY, TUNNEL, UNTIL_CLOSE } from './framing.ts'
import { type ParserLimits, RESPONSE_LIMITS } from './limits.ts'
import { type Refusal, refusal, sectionRefusals } from './refusal.ts'
import { keepsAlive } from './request-fields.ts'
import { Section } from './section.ts'
import { StatusLine } from './status-line.ts'

/** Hears the response to one request. Only its end, told last of all, may lead to another call of the parser. */
export interface ResponseParserEvents {
  /** A 1xx other than 101. */
  onResponseInfo(statusCode: number, headers: Headers): void
  /** `keepAlive` of the parser is decided by now. TUNNEL follows a valid 101: no end is told. */
  onResponseHead(statusCode: number, headers: Headers, framing: BodyFraming): void
  /** The chunk is a view into the input, valid during the call. */
  onResponseData(chunk: Buffer): void
  onResponseEnd(trailers: Headers | undefined): void
}

//  ENDED ──reset──▶ HEAD ──1xx──▶ HEAD          HEAD ──▶ BODY ──▶ ENDED          HEAD ──101──▶ ENDED          HEAD, BODY ──▶ FAILED
const ENDED = 0
const HEAD = 1
const BODY = 2
const FAILED = 3

const MAX_INFOS = 32

const HEAD_REFUSALS = sectionRefusals('GTW_UPSTREAM_INVALID')
const TOO_MANY_INFOS = refusal('GTW_UPSTREAM_INVALID', `more than ${MAX_INFOS} informational responses`)
const INFO_IN_OLD_VERSION = refusal('GTW_UPSTREAM_INVALID', 'HTTP/1.0 has no informational responses')
const BAD_SWITCH = refusal('GTW_UPSTREAM_INVALID', 'it switches to a protocol that was not asked for')
const CLOSED_BEFORE = refusal('GTW_UPSTREAM_CLOSED', 'before it answered')
const CLOSED_IN_HEAD = refusal('GTW_UPSTREAM_CLOSED', 'inside the response head')
const CLOSED_IN_CONTENT = refusal('GTW_UPSTREAM_CLOSED', 'inside the content')

/** Reads the responses of one HTTP/1 connection to a server; `reset` tells it what was asked (RFC 9112 §6.3). */
export class ResponseParser {
  error: GatewayError | undefined = undefined
  /** The connection may serve another request when this response has ended. */
  keepAlive = false
  readonly #events: ResponseParserEvents
  readonly #line = new StatusLine()
  readonly #head: Section
  readonly #body: BodyReader
  #state = ENDED
  #started = false
  #untilClose = false
  #infos = 0
  #method = ''
  #upgrade: string | undefined = undefined

  constructor(events: ResponseParserEvents, limits: ParserLimits = RESPONSE_LIMITS) {
    this.#events = events
    this.#body = new BodyReader(limits)
    this.#head = new Section(
      {
        maxBytes: limits.maxHeadBytes,
        maxFields: limits.maxFields,
        maxNameBytes: limits.maxFieldNameBytes,
        blankBeforeColon: true,
        refusals: HEAD_REFUSALS,
      },
      this.#line,
    )
  }

  /** Expects the response to a request of this method; `upgrade` is the lower-case protocol that it asked for. */
  reset(method: string, upgrade: string | undefined): void {
    if (this.#state === FAILED) return
    this.#method = method
    this.#upgrade = upgrade
    this.#state = HEAD
    this.#started = false
    this.#infos = 0
    this.keepAlive = false
  }

  /** Returns the offset of the first octet not taken: `end`, or less behind the message, at a tunnel, or where `error` is set. */
  execute(buffer: Buffer, start: number, end: number): number {
    let at = start
    while (at < end && this.#state === HEAD) at = this.#readHead(buffer, at, end)
    if (this.#state === BODY) at = this.#readBody(buffer, at, end)
    return at
  }

  /** The server sends no more: completes content that ends with the connection; any other open response becomes an error. */
  finish(): GatewayError | undefined {
    if (this.#state === HEAD) this.#fail(this.#started ? CLOSED_IN_HEAD : CLOSED_BEFORE, 0)
    else if (this.#state === BODY && this.#untilClose) this.#end()
    else if (this.#state === BODY) this.#fail(CLOSED_IN_CONTENT, 0)
    return this.error
  }

  #readHead(buffer: Buffer, start: number, end: number): number {
    const head = this.#head
    this.#started = true
    const at = head.read(buffer, start, end)
    const reason = head.refusal ?? (head.complete ? this.#endHead() : undefined)
    return reason === undefined ? at : this.#fail(reason, at)
  }

  #endHead(): Refusal | undefined {
    const { statusCode } = this.#line
    const headers = new Headers(this.#head.noted.raw, true)
    if (statusCode === 101) return this.#switch(headers)
    return statusCode < 200 ? this.#inform(statusCode, headers) : this.#beginBody(statusCode, headers)
  }

  /** Framing fields mean nothing in a 1xx (RFC 9110 §15.2, RFC 9112 §6.3). */
  #inform(statusCode: number, headers: Headers): Refusal | undefined {
    if (this.#line.versionMinor === 0) return INFO_IN_OLD_VERSION
    if (++this.#infos > MAX_INFOS) return TOO_MANY_INFOS
    this.#head.begin()
    this.#events.onResponseInfo(statusCode, headers)
    return undefined
  }

  #switch(headers: Headers): Refusal | undefined {
    const { upgrade, websocketAccept } = this.#head.noted
    if (this.#upgrade === undefined || this.#line.versionMinor === 0) return BAD_SWITCH
    if (upgrade === undefined || upgrade.toLowerCase() !== this.#upgrade) return BAD_SWITCH
    if (this.#upgrade === 'websocket' && !websocketAccept) return BAD_SWITCH
    this.#state = ENDED
    this.#events.onResponseHead(101, headers, TUNNEL)
    return undefined
  }

  #beginBody(statusCode: number, headers: Headers): Refusal | undefined {
    const { noted } = this.#head
    const declared = declaredFraming(noted, this.#line.versionMinor, UNTIL_CLOSE)
    if (typeof declared !== 'number') return declared
    const bodiless = this.#method === 'HEAD' || statusCode === 204 || statusCode === 304
    const framing = bodiless ? NO_BODY : declared
    if (declared >= 0 && statusCode !== 204) headers.contentLength = declared
    // A server that declares content for a 204 may well send it, later than we would notice (RFC 9112 §6.3).
    const unclear = framing === UNTIL_CLOSE || (statusCode === 204 && (declared > 0 || declared === CHUNKED))
    this.keepAlive = !unclear && keepsAlive(noted.connection, this.#line.versionMinor)
    this.#untilClose = framing === UNTIL_CLOSE
    this.#body.begin(framing)
    this.#state = BODY
    this.#events.onResponseHead(statusCode, headers, framing)
    return undefined
  }

  #readBody(buffer: Buffer, start: number, end: number): number {
    const body = this.#body
    let at = start
    while (at < end && !body.complete) {
      const next = body.read(buffer, at, end)
      if (body.refusal !== undefined) return this.#fail(body.refusal, next)
      if (body.tookContent) this.#events.onResponseData(buffer.subarray(at, next))
      at = next
    }
    if (body.complete) this.#end()
    return at
  }

  /** An idle connection holds nothing of its last response. */
  #end(): void {
    this.#state = ENDED
    this.#head.begin()
    this.#events.onResponseEnd(this.#body.trailers)
  }

  /** Whatever the shared readers refuse is, from a server, an invalid response. */
  #fail(reason: Refusal, at: number): number {
    this.#state = FAILED
    this.keepAlive = false
    const { code, detail } = reason
    const ours = code === 'GTW_UPSTREAM_INVALID' || code === 'GTW_UPSTREAM_CLOSED'
    this.error = ours ? new GatewayError(code, detail) : new GatewayError('GTW_UPSTREAM_INVALID', `${CODES[code].text}: ${detail}`)
    return at
  }
}
