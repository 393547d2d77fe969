import type { GatewayError } from '../../src/errors.ts'
import { CODES } from '../../src/errors.ts'
import type { Headers } from '../../src/http/headers.ts'
import type { RequestHead } from '../../src/http/request.ts'
import { type BodyFraming, CHUNKED, NO_BODY, TUNNEL, UNTIL_CLOSE } from '../../src/http1/framing.ts'
import { RequestParser, type RequestParserEvents } from '../../src/http1/request-parser.ts'
import { ResponseParser, type ResponseParserEvents } from '../../src/http1/response-parser.ts'
import type { WireCase } from './read-cases.ts'

const MARGIN = 3

/** What the parser says when the input arrives in these pieces and the connection then ends. */
export function replay(wire: Pick<WireCase, 'answers'>, pieces: readonly Buffer[]): string[] {
  return wire.answers === undefined ? replayRequests(pieces) : replayResponse(pieces, wire.answers.method, wire.answers.upgrade)
}

function replayRequests(pieces: readonly Buffer[]): string[] {
  const log = new Log()
  const parser = new RequestParser(log)
  for (const piece of pieces) {
    inReusedMemory(piece, (buffer, start, end) => {
      let at = start
      while (at < end && parser.error === undefined) at = advance(at, parser.execute(buffer, at, end))
    })
  }
  return log.finish(parser.finish())
}

function replayResponse(pieces: readonly Buffer[], method: string, upgrade: string | undefined): string[] {
  const log = new Log()
  const parser = new ResponseParser(log)
  log.parser = parser
  parser.reset(method, upgrade)
  let rest = ''
  for (const piece of pieces) {
    inReusedMemory(piece, (buffer, start, end) => {
      const at = rest === '' ? parser.execute(buffer, start, end) : start
      if (parser.error === undefined) rest += buffer.toString('latin1', at, end)
    })
  }
  return log.finish(parser.finish(), rest)
}

/** As a socket does that reads into one buffer again and again: what is around the piece, and in its place later, is something else. */
function inReusedMemory(piece: Buffer, use: (buffer: Buffer, start: number, end: number) => void): void {
  const buffer = Buffer.alloc(piece.length + 2 * MARGIN, ':\r\n')
  piece.copy(buffer, MARGIN)
  use(buffer, MARGIN, MARGIN + piece.length)
  buffer.fill(0)
}

/** A parser that takes nothing of what it is given would be called for ever. */
function advance(before: number, after: number): number {
  if (after < before) throw new Error('the parser went back')
  return after
}

class Log implements RequestParserEvents, ResponseParserEvents {
  parser: ResponseParser | undefined = undefined
  readonly #lines: string[] = []
  #data = ''

  onRequestHead(request: RequestHead, framing: BodyFraming): void {
    const words = ['request', request.method, request.target, `HTTP/1.${request.versionMinor}`, ...framingWords(framing)]
    if (!request.keepAlive) words.push('close')
    if (request.host !== (request.headers.get('host') ?? '')) words.push(`host=${request.host}`)
    if (request.upgrade !== undefined) words.push(`upgrade=${request.upgrade}`)
    if (request.expectsContinue) words.push('expects-continue')
    if (request.acceptsTrailers) words.push('accepts-trailers')
    this.#add(words.join(' '))
    this.#addFields('field', request.headers)
  }

  onRequestData(chunk: Buffer): void {
    this.#data += chunk.toString('latin1')
  }

  onRequestEnd(trailers: Headers | undefined): void {
    this.#add('end')
    if (trailers !== undefined) this.#addFields('trailer', trailers)
  }

  onResponseInfo(statusCode: number, headers: Headers): void {
    this.#add(`info ${statusCode}`)
    this.#addFields('field', headers)
  }

  onResponseHead(statusCode: number, headers: Headers, framing: BodyFraming): void {
    const words = ['response', String(statusCode), ...framingWords(framing)]
    if (framing === NO_BODY && headers.contentLength >= 0) words.push(`declares=${headers.contentLength}`)
    if (this.parser?.keepAlive) words.push('keep-alive')
    this.#add(words.join(' '))
    this.#addFields('field', headers)
  }

  onResponseData(chunk: Buffer): void {
    this.onRequestData(chunk)
  }

  onResponseEnd(trailers: Headers | undefined): void {
    this.onRequestEnd(trailers)
  }

  finish(error: GatewayError | undefined, rest = ''): string[] {
    if (error !== undefined) this.#add(`error ${error.code} ${error.message.slice(CODES[error.code].text.length + 2)}`)
    if (rest !== '') this.#add(`rest ${rest}`)
    this.#add('')
    return this.#lines.slice(0, -1)
  }

  #addFields(word: string, { raw }: Headers): void {
    for (let index = 0; index < raw.length; index += 2) {
      const value = raw[index + 1]
      this.#add(value === '' ? `${word} ${raw[index]}:` : `${word} ${raw[index]}: ${value}`)
    }
  }

  #add(line: string): void {
    if (this.#data !== '') this.#lines.push(`data ${this.#data}`)
    this.#data = ''
    this.#lines.push(line)
  }
}

function framingWords(framing: BodyFraming): string[] {
  if (framing >= 0) return [`length=${framing}`]
  if (framing === CHUNKED) return ['chunked']
  if (framing === UNTIL_CLOSE) return ['until-close']
  return framing === TUNNEL ? ['tunnel'] : []
}
