import { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import type { RequestHead } from '../http/request.ts'
import { reasonOf } from '../http/status.ts'
import { type BodyFraming, CHUNKED, NO_BODY, TUNNEL, UNTIL_CLOSE } from './framing.ts'
import { HeadText, isFieldText } from './head-text.ts'
import { isConnectionField, isDate, isHost, isUpgrade } from './noted-fields.ts'
import { isTrailerField } from './trailer-fields.ts'

/** Ends chunked content that has no trailers. */
export const LAST_CHUNK = '0\r\n\r\n'

/** What the response says about the connection to its client. */
export interface ResponseHeadOptions {
  /** 0 where the client speaks HTTP/1.0: it gets no Transfer-Encoding, and keeps the connection only where told so. */
  readonly minor: 0 | 1
  readonly keepAlive: boolean
  /** Written where the response has no Date of its own (RFC 9110 §6.6.1). */
  readonly date: string
}

/**
 * The head of a request: Host first, then the fields in their order and spelling, then framing and connection. Framing and
 * connection fields of the list are left out; a method, target, name or value that would make another message of it is an
 * error (RFC 9112 §11.1).
 */
export function requestHead(
  request: RequestHead,
  framing: BodyFraming,
  connection: 'keep-alive' | 'upgrade' | 'close',
  host: string,
): string | GatewayError {
  const { method, target } = request
  const { raw } = request.headers
  // Host and protocol are no fields of the list: a middleware may have set them.
  const isRead = request.headers.isRead && connection !== 'upgrade' && isFieldText(host)
  const head = new HeadText(`${method} ${target} HTTP/1.1`, isRead)
  head.field('Host', host)
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    if (!isHost(name) && !isConnectionField(name)) head.field(name, raw[index + 1] as string)
  }
  writeFraming(head, framing)
  if (connection === 'close') head.field('Connection', 'close')
  if (connection === 'upgrade') {
    head.field('Connection', 'Upgrade')
    head.field('Upgrade', request.upgrade ?? '')
  }
  return head.endRequest(method, target) ?? new GatewayError('GTW_INTERNAL', 'the request to the server would not be valid')
}

/**
 * The head of a final response, or of the 101 that starts a tunnel (its Upgrade field is taken from the list). Content-Length
 * is written from the framing; where there is no content, from what the headers declare (RFC 9110 §8.6: HEAD and 304).
 */
export function responseHead(
  statusCode: number,
  headers: Headers,
  framing: BodyFraming,
  options: ResponseHeadOptions,
): string | GatewayError {
  const tunnel = framing === TUNNEL
  if (!isStatusCode(statusCode) || statusCode < 200 !== tunnel) return badResponse()
  const { raw } = headers
  const head = new HeadText(statusLine(statusCode), headers.isRead)
  let dated = tunnel
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    if (isConnectionField(name) && !(tunnel && isUpgrade(name))) continue
    if (!dated) dated = isDate(name)
    head.field(name, raw[index + 1] as string)
  }
  if (!dated) head.field('Date', options.date)
  if (statusCode >= 200 && statusCode !== 204) writeResponseFraming(head, headers, framing, options.minor)
  writeConnection(head, framing, options)
  return head.end() ?? badResponse()
}

/** The head of a 1xx other than 101; it frames nothing (RFC 9112 §6.1, §6.3). */
export function infoHead(statusCode: number, headers: Headers): string | GatewayError {
  if (!isStatusCode(statusCode) || statusCode >= 200 || statusCode === 101) return badResponse()
  const { raw } = headers
  const head = new HeadText(statusLine(statusCode))
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    if (!isConnectionField(name)) head.field(name, raw[index + 1] as string)
  }
  return head.end() ?? badResponse()
}

/** The line ahead of a chunk's data. An empty chunk would end the content: never ask for one. */
export function chunkSizeLine(length: number): string {
  return `${length.toString(16)}\r\n`
}

/** Ends chunked content with trailers: in place of LAST_CHUNK. Fields that may not be there, or are not valid, are left out. */
export function trailerSection(trailers: Headers): string {
  const { raw } = trailers
  let text = '0\r\n'
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    if (isTrailerField(name)) text += trailerLine(name, raw[index + 1] as string)
  }
  return `${text}\r\n`
}

function trailerLine(name: string, value: string): string {
  const line = new HeadText('')
  line.field(name, value)
  return line.end()?.slice(2, -2) ?? ''
}

function writeFraming(head: HeadText, framing: BodyFraming): void {
  if (framing >= 0) head.field('Content-Length', String(framing))
  else if (framing === CHUNKED) head.field('Transfer-Encoding', 'chunked')
}

function writeResponseFraming(head: HeadText, { contentLength }: Headers, framing: BodyFraming, minor: 0 | 1): void {
  if (framing === NO_BODY && contentLength >= 0) head.field('Content-Length', String(contentLength))
  // RFC 9112 §6.1: an HTTP/1.0 client would read the chunk sizes as content; it reads until the connection closes.
  else if (framing >= 0 || minor === 1) writeFraming(head, framing)
}

function writeConnection(head: HeadText, framing: BodyFraming, { minor, keepAlive }: ResponseHeadOptions): void {
  if (framing === TUNNEL) head.field('Connection', 'Upgrade')
  else if (!keepAlive || framing === UNTIL_CLOSE || (framing === CHUNKED && minor === 0)) head.field('Connection', 'close')
  else if (minor === 0) head.field('Connection', 'keep-alive')
}

function statusLine(statusCode: number): string {
  return `HTTP/1.1 ${statusCode} ${reasonOf(statusCode)}`
}

function isStatusCode(statusCode: number): boolean {
  return Number.isInteger(statusCode) && statusCode >= 100 && statusCode <= 599
}

function badResponse(): GatewayError {
  return new GatewayError('GTW_UPSTREAM_INVALID', 'its head cannot be written')
}
