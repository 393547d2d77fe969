import type { GatewayError } from '../../src/errors.ts'
import type { Headers } from '../../src/http/headers.ts'
import type { RequestHead } from '../../src/http/request.ts'
import type { BodyFraming } from '../../src/http1/framing.ts'
import { TUNNEL } from '../../src/http1/framing.ts'
import { type ParserLimits, REQUEST_LIMITS, RESPONSE_LIMITS } from '../../src/http1/limits.ts'
import { RequestParser, type RequestParserEvents } from '../../src/http1/request-parser.ts'
import { ResponseParser, type ResponseParserEvents } from '../../src/http1/response-parser.ts'

const MARGIN = 3

/** One message, as far as it was told. */
export class Message {
  /** Request line, or status code. */
  readonly start: string
  readonly headers: Headers
  readonly framing: BodyFraming
  /** The request itself, where it is one. */
  readonly request: RequestHead | undefined
  content = ''
  trailers: readonly string[] = []
  complete = false
  keepAlive = false
  /** Where it ends in the input, once it is complete. */
  end = 0

  constructor(start: string, headers: Headers, framing: BodyFraming, request?: RequestHead) {
    this.start = start
    this.headers = headers
    this.framing = framing
    this.request = request
  }
}

/** What a parser made of an input. */
export class Reading implements RequestParserEvents, ResponseParserEvents {
  readonly messages: Message[] = []
  readonly infos: Message[] = []
  error: GatewayError | undefined = undefined
  /** Whether the error came before the connection ended. */
  refused = false
  /** Octets taken: up to the end of the input, of the last message that is to be read, or up to the error. */
  taken = 0

  get last(): Message | undefined {
    return this.messages.at(-1)
  }

  forget(): void {
    this.messages.length = 0
    this.infos.length = 0
  }

  onRequestHead(request: RequestHead, framing: BodyFraming): void {
    const start = `${request.method} ${request.target} HTTP/1.${request.versionMinor}`
    const message = new Message(start, request.headers, framing, request)
    message.keepAlive = request.keepAlive
    this.messages.push(message)
  }

  onRequestData(chunk: Buffer): void {
    const message = this.last as Message
    message.content += chunk.toString('latin1')
  }

  onRequestEnd(trailers: Headers | undefined): void {
    const message = this.last as Message
    if (message.complete) throw new Error('a message ended twice')
    message.complete = true
    message.trailers = trailers?.raw ?? []
  }

  onResponseInfo(statusCode: number, headers: Headers): void {
    this.infos.push(new Message(String(statusCode), headers, 0))
  }

  onResponseHead(statusCode: number, headers: Headers, framing: BodyFraming): void {
    const message = new Message(String(statusCode), headers, framing)
    message.complete = framing === TUNNEL
    this.messages.push(message)
  }

  onResponseData(chunk: Buffer): void {
    this.onRequestData(chunk)
  }

  onResponseEnd(trailers: Headers | undefined): void {
    this.onRequestEnd(trailers)
  }
}

/** What a response answers. */
export interface Question {
  readonly method: string
  /** The protocol that was asked for. */
  readonly upgrade: string | undefined
}

/** How a stream of requests is read. */
export interface RequestRules {
  readonly limits?: ParserLimits
  /** Reads nothing behind a request that ends its connection, as the gateway does (RFC 9112 §9.6). */
  readonly stopsAtClose?: boolean
}

/** Reads requests that come in these pieces before the connection ends. */
export function readRequests(pieces: readonly Buffer[], { limits = REQUEST_LIMITS, stopsAtClose = false }: RequestRules = {}): Reading {
  const reading = new Reading()
  const parser = new RequestParser(reading, limits)
  const closed = () => stopsAtClose && reading.last?.complete === true && !reading.last.keepAlive
  for (const piece of pieces) {
    if (parser.error !== undefined || closed()) break
    const feed = (buffer: Buffer, start: number, end: number) => {
      for (let at = start; at < end && parser.error === undefined && !closed(); ) {
        const next = progress(parser.execute(buffer, at, end), at, end, parser.error)
        reading.taken += next - at
        at = next
        noteEnd(reading)
      }
    }
    inReusedMemory(piece, feed)
  }
  return finished(reading, parser)
}

/** How a response is read. */
export interface ResponseRules {
  readonly limits?: ParserLimits
  /** The response that the same connection has brought before. */
  readonly before?: Buffer
}

/** Reads the response to one request; what follows it is not taken. */
export function readResponse(
  pieces: readonly Buffer[],
  { method, upgrade }: Question,
  { limits = RESPONSE_LIMITS, before }: ResponseRules = {},
): Reading {
  const reading = new Reading()
  const parser = new ResponseParser(reading, limits)
  if (before !== undefined) {
    parser.reset('GET', undefined)
    parser.execute(before, 0, before.length)
    reading.forget()
  }
  parser.reset(method, upgrade)
  for (const piece of pieces) {
    if (parser.error !== undefined || reading.last?.complete === true) break
    inReusedMemory(piece, (buffer, start, end) => {
      const next = parser.execute(buffer, start, end)
      if (next < start || next > end) throw new Error(`the parser went from ${start} to ${next} of ${end}`)
      if (next < end && parser.error === undefined && reading.last?.complete !== true)
        throw new Error('the parser stopped inside a message')
      reading.taken += next - start
      noteEnd(reading)
    })
  }
  const message = reading.last
  if (message !== undefined) message.keepAlive = parser.keepAlive
  finished(reading, parser)
  noteEnd(reading)
  return reading
}

/** The octets as pieces that end at these offsets. */
export function piecesOf(octets: Buffer, cuts: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  let start = 0
  for (const cut of [...cuts, octets.length]) {
    if (cut > start) pieces.push(octets.subarray(start, cut))
    start = Math.max(start, cut)
  }
  return pieces
}

function finished(reading: Reading, parser: RequestParser | ResponseParser): Reading {
  reading.refused = parser.error !== undefined
  reading.error = parser.finish()
  return reading
}

function noteEnd(reading: Reading): void {
  const { last } = reading
  if (last?.complete === true && last.end === 0) last.end = reading.taken
}

/** A parser that takes nothing of what it is given, and does not refuse it, would be called for ever. */
function progress(next: number, at: number, end: number, error: GatewayError | undefined): number {
  if (next < at || next > end || (next === at && error === undefined)) throw new Error(`the parser went from ${at} to ${next} of ${end}`)
  return next
}

/** As a socket does that reads into one buffer again and again: what is around the piece, and in its place later, is something else. */
export function inReusedMemory(piece: Buffer, use: (buffer: Buffer, start: number, end: number) => void): void {
  const buffer = SOCKET_MEMORY.length < piece.length + 2 * MARGIN ? Buffer.alloc(piece.length + 2 * MARGIN) : SOCKET_MEMORY
  const end = MARGIN + piece.length
  buffer.write(':\r\n', 0, 'latin1')
  piece.copy(buffer, MARGIN)
  buffer.write(':\r\n', end, 'latin1')
  use(buffer, MARGIN, end)
  buffer.fill(0x2a, MARGIN, end)
}

const SOCKET_MEMORY = Buffer.alloc(16_384)
