import { GatewayError } from '../../src/errors.ts'
import { Headers } from '../../src/http/headers.ts'
import type { RequestHead } from '../../src/http/request.ts'
import { BodyReader } from '../../src/http1/body-reader.ts'
import { CHUNKED, NO_BODY, TUNNEL, UNTIL_CLOSE } from '../../src/http1/framing.ts'
import { type ParserLimits, REQUEST_LIMITS } from '../../src/http1/limits.ts'
import { chunkSizeLine, infoHead, LAST_CHUNK, requestHead, responseHead, trailerSection } from '../../src/http1/writer.ts'
import { chunkedContent, requests, response } from './messages.ts'
import { FRAMING, mutate } from './mutate.ts'
import type { Random } from './random.ts'
import { inReusedMemory, type Message, piecesOf, type Question, type Reading, readRequests, readResponse } from './read.ts'
import { magnitude, same, type Target } from './target.ts'

/** So small that short inputs reach every limit. */
const SMALL: ParserLimits = {
  maxHeadBytes: 640,
  maxTargetBytes: 64,
  maxFields: 14,
  maxFieldNameBytes: 48,
  maxChunkLineBytes: 40,
  maxChunkExtensionBytes: 100,
  maxTrailerBytes: 160,
  maxTrailerFields: 4,
}

const QUESTIONS: readonly Question[] = [
  { method: 'GET', upgrade: undefined },
  { method: 'GET', upgrade: undefined },
  { method: 'HEAD', upgrade: undefined },
  { method: 'GET', upgrade: 'websocket' },
]

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'
const CONTENT = '5\r\nhello\r\n0\r\n\r\n'

/** Content that uses much of every limit, so that a reader that does not forget it refuses the next. */
const FULL_CONTENT = Buffer.from(`1;${'a'.repeat(36)}\r\nx\r\n1;${'a'.repeat(36)}\r\nx\r\n0\r\n${'A: b\r\n'.repeat(4)}\r\n`)

const BEFORE = Buffer.concat([
  Buffer.from(
    `${'HTTP/1.1 103 X\r\nA: b\r\n\r\n'.repeat(20)}HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: ${'b'.repeat(500)}\r\n\r\n`,
  ),
  FULL_CONTENT,
])

export const requestTarget: Target = {
  name: 'requests',
  weight: 7,
  seeds: [REQUEST, `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${CONTENT}`],
  make: requests,
  words: FRAMING,
  examine: (input, random) => {
    const octets = Buffer.from(input, 'latin1')
    const whole = readRequests([octets], { limits: SMALL })
    sameReading(whole, readRequests(randomPieces(octets, random), { limits: SMALL }))
    sameFromFresh(octets, whole)
    for (const message of whole.messages) if (message.complete) sameWhenWrittenAgain(message, random)
    return signature(whole)
  },
}

export const responseTarget: Target = {
  name: 'responses',
  weight: 5,
  seeds: [RESPONSE, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${CONTENT}`],
  make: response,
  words: FRAMING,
  examine: (input, random) => {
    const octets = Buffer.from(input, 'latin1')
    const question = random.pick(QUESTIONS)
    const whole = readResponse([octets], question, { limits: SMALL })
    sameReading(whole, readResponse(randomPieces(octets, random), question, { limits: SMALL, before: BEFORE }))
    for (const info of whole.infos) sameInfo(info)
    if (whole.last?.complete === true) sameWhenRelayed(whole.last, question, random)
    return signature(whole)
  },
}

export const chunkedTarget: Target = {
  name: 'chunked content',
  weight: 3,
  seeds: [CONTENT],
  make: chunkedContent,
  words: FRAMING,
  examine: (input, random) => {
    const octets = Buffer.from(input, 'latin1')
    const whole = readContent([octets], false)
    same('pieces', whole, readContent(randomPieces(octets, random), true))
    return `${whole.refusal} ${whole.complete} ${magnitude(whole.runs)} ${magnitude(whole.trailers.length)}`
  },
}

/** Limits apart, for a message that is written has other fields than the one that was read. */
function sameWhenWrittenAgain(message: Message, random: Random): void {
  const request = message.request
  if (request === undefined) return
  const host = request.host === '' ? 'a' : request.host
  const connection = request.upgrade === undefined ? random.pick(['keep-alive', 'close'] as const) : 'upgrade'
  const head = written(requestHead(request, message.framing, connection, host))
  const { messages, error } = readRequests([Buffer.from(head + contentOf(message), 'latin1')], { limits: REQUEST_LIMITS })
  if (error !== undefined || messages.length !== 1)
    throw new Error(`the request is not read again: ${error?.message} ${JSON.stringify(head)}`)
  const [again] = messages as [Message]
  same('method and target', again.start, `${request.method} ${request.target} HTTP/1.1`)
  same('host', again.request?.host, host)
  same('upgrade', again.request?.upgrade, request.upgrade)
  same('connection', again.keepAlive, connection !== 'close')
  same('fields', without(again.headers, /^(host|connection|upgrade)$/i), without(message.headers, /^(host|connection|upgrade)$/i))
  sameContent(message, again)
  if (random.once(8)) splitsNoHead(request, head, mutate(host, random))
}

/** Whatever a middleware makes of the host, the head keeps its lines, or is not written (RFC 9112 §11.1). */
function splitsNoHead(request: RequestHead, head: string, host: string): void {
  const other = requestHead(request, NO_BODY, 'keep-alive', host)
  if (other instanceof GatewayError) return
  const lines = (written: string) =>
    written.split('\r\n').filter((line) => !/^(content-length|transfer-encoding|connection|upgrade):/i.test(line))
  if (lines(other).length !== lines(head).length || /[\0\r\n]/.test(lines(other).join('')))
    throw new Error(`the host splits the head: ${JSON.stringify(other)}`)
}

function sameInfo(info: Message): void {
  const head = written(infoHead(Number(info.start), info.headers))
  const final = responseHead(204, new Headers(), NO_BODY, { minor: 1, keepAlive: true, date: 'now' })
  const { infos, error } = readResponse([Buffer.from(head + final, 'latin1')], { method: 'GET', upgrade: undefined })
  if (error !== undefined || infos.length !== 1) throw new Error(`the informational response is not read again: ${error?.message}`)
  same('status', infos[0]?.start, info.start)
  same('fields', infos[0]?.headers.raw, without(info.headers, /^(connection|upgrade)$/i))
}

function sameWhenRelayed(message: Message, question: Question, random: Random): void {
  if (message.framing === TUNNEL || random.once(2)) sameResponse(message, question)
  else sameForOldClient(message, question)
}

/** A client of HTTP/1.0 gets no chunks: it reads on until the connection closes (RFC 9112 §6.1). */
function sameForOldClient(message: Message, question: Question): void {
  const { framing, headers, keepAlive, content } = message
  const head = written(responseHead(Number(message.start), headers, framing, { minor: 0, keepAlive, date: 'now' }))
  const { messages, error } = readResponse([Buffer.from(head + content, 'latin1')], question)
  if (error !== undefined || messages.length !== 1)
    throw new Error(`an old client reads no response: ${error?.message} ${JSON.stringify(head)}`)
  const [again] = messages as [Message]
  const untilClose = framing === CHUNKED || framing === UNTIL_CLOSE
  same('framing for an old client', again.framing, untilClose ? UNTIL_CLOSE : framing)
  same('connection of an old client', again.keepAlive, keepAlive && !untilClose)
  same('status and content for an old client', [again.start, again.content], [message.start, content])
}

function sameResponse(message: Message, question: Question): void {
  const { framing, headers, keepAlive } = message
  const head = written(responseHead(Number(message.start), headers, framing, { minor: 1, keepAlive, date: 'now' }))
  const { messages, error } = readResponse([Buffer.from(head + contentOf(message), 'latin1')], question)
  if (error !== undefined || messages.length !== 1)
    throw new Error(`the response is not read again: ${error?.message} ${JSON.stringify(head)}`)
  const [again] = messages as [Message]
  same('status', again.start, message.start)
  const ours = headers.has('date') || framing === TUNNEL ? /^(connection|upgrade)$/i : /^(connection|upgrade|date)$/i
  same('fields', without(again.headers, ours), without(headers, ours))
  same('connection', again.keepAlive, keepAlive)
  sameContent(message, again)
}

function sameContent(message: Message, again: Message): void {
  same('framing', again.framing, message.framing)
  same('declared length', again.headers.contentLength, message.start === '204' ? -1 : message.headers.contentLength)
  same('content', again.content, message.content)
  same('trailers', again.trailers, message.trailers)
}

function written(head: string | GatewayError): string {
  if (head instanceof GatewayError) throw new Error(`what was read cannot be written: ${head.message}`)
  return head
}

function contentOf({ framing, content, trailers }: Message): string {
  if (framing !== CHUNKED) return content
  const chunk = content === '' ? '' : `${chunkSizeLine(content.length)}${content}\r\n`
  return chunk + (trailers.length > 0 ? trailerSection(new Headers([...trailers])) : LAST_CHUNK)
}

function without({ raw }: Headers, names: RegExp): string[] {
  return raw.filter((_, index) => !names.test(raw[index - (index % 2)] as string))
}

function sameReading(whole: Reading, split: Reading): void {
  same('the end of the reading', [whole.error?.message, whole.refused], [split.error?.message, split.refused])
  // Where a refusal is noticed does not matter: nothing is read behind it.
  if (!whole.refused) same('the octets taken', whole.taken, split.taken)
  same('informational responses', whole.infos.map(shownInfo), split.infos.map(shownInfo))
  same('messages', whole.messages.length, split.messages.length)
  for (const [index, message] of whole.messages.entries()) sameMessage(message, split.messages[index] as Message)
}

/** What is read does not depend on what the same connection has brought before. */
function sameFromFresh(octets: Buffer, { messages, error }: Reading): void {
  const [first, ...later] = messages
  if (first === undefined || !first.complete) return
  const fresh = readRequests([octets.subarray(first.end)], { limits: SMALL })
  same('the end of the reading without the first message', fresh.error?.message, error?.message)
  same('messages without the first', fresh.messages.length, later.length)
  for (const [index, message] of later.entries()) {
    const other = fresh.messages[index] as Message
    if (other.complete) other.end += first.end
    sameMessage(message, other)
  }
}

function shownInfo({ start, headers }: Message): unknown {
  return [start, headers.raw]
}

/** Field by field: to make text of both first would take most of the time. */
function sameMessage(one: Message, other: Message): void {
  same('start line', one.start, other.start)
  same('framing', one.framing, other.framing)
  same('content', one.content, other.content)
  same('end', [one.complete, one.end, one.keepAlive], [other.complete, other.end, other.keepAlive])
  same('fields', [one.headers.contentLength, one.headers.raw], [other.headers.contentLength, other.headers.raw])
  same('trailers', one.trailers, other.trailers)
}

function signature({ messages, infos, error }: Reading): string {
  const words = messages.slice(-2).map(signatureOf)
  return [magnitude(infos.length), magnitude(messages.length), ...words, error?.message].join(' ')
}

function signatureOf({ framing, headers, complete, keepAlive, content, trailers, request }: Message): string {
  const kind = framing > 0 ? 'length' : framing
  const asked =
    request && `${request.upgrade} ${request.expectsContinue} ${request.acceptsTrailers} ${request.versionMinor}${request.path.charAt(0)}`
  const sizes = [content.length, headers.raw.length / 2, trailers.length].map(magnitude)
  const declares = framing === NO_BODY || framing === UNTIL_CLOSE ? Math.sign(headers.contentLength) : ''
  return `${kind}${declares} ${complete} ${keepAlive} ${sizes} ${asked}`
}

function readContent(pieces: readonly Buffer[], isUsed: boolean) {
  const reader = new BodyReader(SMALL)
  reader.begin(CHUNKED)
  if (isUsed) {
    for (let at = 0; !reader.complete; ) at = reader.read(FULL_CONTENT, at, FULL_CONTENT.length)
    reader.begin(CHUNKED)
  }
  const read = { content: '', runs: 0, taken: 0, complete: false, refusal: '', trailers: [] as readonly string[] }
  for (const piece of pieces) {
    inReusedMemory(piece, (buffer, start, end) => {
      for (let at = start; at < end && !reader.complete && reader.refusal === undefined; ) {
        const next = reader.read(buffer, at, end)
        if (next < at || next > end || (next === at && reader.refusal === undefined)) throw new Error(`from ${at} to ${next} of ${end}`)
        if (reader.tookContent) read.content += buffer.toString('latin1', at, next)
        read.taken += next - at
        at = next
      }
    })
  }
  read.runs = read.content.length
  read.complete = reader.complete
  read.refusal = reader.refusal === undefined ? '' : `${reader.refusal.code} ${reader.refusal.detail}`
  read.trailers = reader.trailers?.raw ?? []
  return read
}

/** Mostly a few pieces, now and then single octets. */
function randomPieces(octets: Buffer, random: Random): Buffer[] {
  if (random.once(8)) return Array.from(octets, (_, at) => octets.subarray(at, at + 1))
  const cuts = Array.from({ length: 1 + random.below(4) }, () => random.below(octets.length + 1))
  return piecesOf(
    octets,
    cuts.sort((one, other) => one - other),
  )
}
