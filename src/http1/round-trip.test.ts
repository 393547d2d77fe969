import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Headers } from '../http/headers.ts'
import type { RequestHead } from '../http/request.ts'
import { type BodyFraming, CHUNKED, NO_BODY } from './framing.ts'
import { RequestParser, type RequestParserEvents } from './request-parser.ts'
import { ResponseParser } from './response-parser.ts'
import { chunkSizeLine, LAST_CHUNK, requestHead, responseHead, trailerSection } from './writer.ts'

const TOKEN = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const TARGET = `${TOKEN}/?:@,;=()"<>[]\\{}`.replace('#', '')
const OCTETS = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet))
const FIELD = OCTETS.filter((octet) => octet === '\t' || (octet >= ' ' && octet !== '\x7f')).join('')

const text = (characters: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength })

/** No name that the codec acts on: those have their own part of the model. */
const name = text(TOKEN, 1, 20).map((token) => `X-${token}`)
const value = text(FIELD, 0, 40).map((written) => written.replace(/^[\t ]+|[\t ]+$/g, ''))
const field = fc.tuple(name, value)
const blanks = text(' \t', 0, 3)
const anyCase = (word: string) =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) => Array.from(word, (letter, index) => (upper[index] ? letter.toUpperCase() : letter)).join(''))

const extension = fc
  .tuple(
    text(TOKEN, 1, 8),
    fc.option(
      fc.oneof(
        text(TOKEN, 1, 8),
        text(FIELD.replace(/["\\]/g, ''), 0, 8).map((quoted) => `"${quoted}\\""`),
      ),
    ),
  )
  .map(([key, given]) => `;${key}${given === null ? '' : `=${given}`}`)

const chunk = fc.record({
  data: fc.uint8Array({ minLength: 1, maxLength: 40 }).map((octets) => Buffer.from(octets).toString('latin1')),
  zeros: fc.nat(6),
  upper: fc.boolean(),
  extensions: fc.array(extension, { maxLength: 2 }),
})

const content = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  fc.record({ kind: fc.constant('length' as const), data: chunk.map(({ data }) => data), zeros: fc.nat(3) }),
  fc.record({
    kind: fc.constant('chunked' as const),
    chunks: fc.array(chunk, { maxLength: 4 }),
    trailers: fc.array(field, { maxLength: 3 }),
  }),
)

const message = fc.record({
  method: text(TOKEN, 1, 32).filter((method) => method !== 'CONNECT' && method !== 'TRACE'),
  target: text(TARGET, 0, 60).map((rest) => `/${rest}`),
  fields: fc.array(fc.record({ field, before: blanks, behind: blanks }), { maxLength: 8 }),
  hostName: anyCase('host'),
  codingName: anyCase('transfer-encoding'),
  coding: anyCase('chunked'),
  lengthName: anyCase('content-length'),
  emptyLine: fc.boolean(),
  content,
})
type Message = typeof message extends fc.Arbitrary<infer T> ? T : never

/** One of the many legal ways to send the message (RFC 9112). */
function serialised(sent: Message): string {
  const lines = sent.fields.map(({ field: [key, text], before, behind }) => `${key}:${before}${text}${behind}\r\n`)
  const head = `${sent.emptyLine ? '\r\n' : ''}${sent.method} ${sent.target} HTTP/1.1\r\n${sent.hostName}: a.example\r\n${lines.join('')}`
  const { content: body } = sent
  if (body.kind === 'none') return `${head}\r\n`
  if (body.kind === 'length') return `${head}${sent.lengthName}: ${'0'.repeat(body.zeros)}${body.data.length}\r\n\r\n${body.data}`
  const chunks = body.chunks.map(({ data, zeros, upper, extensions }) => {
    const size = data.length.toString(16)
    return `${'0'.repeat(zeros)}${upper ? size.toUpperCase() : size}${extensions.join('')}\r\n${data}\r\n`
  })
  const trailers = body.trailers.map(([key, text]) => `${key}: ${text}\r\n`)
  return `${head}${sent.codingName}:\t${sent.coding} \r\n\r\n${chunks.join('')}0\r\n${trailers.join('')}\r\n`
}

interface Received {
  method: string
  target: string
  fields: string[]
  framing: BodyFraming
  data: string
  trailers: string[]
}

class Receiver implements RequestParserEvents {
  readonly received: Received[] = []
  readonly heads: RequestHead[] = []
  ends = 0

  onRequestHead(request: RequestHead, framing: BodyFraming): void {
    this.heads.push(request)
    const { method, target, headers } = request
    this.received.push({ method, target, fields: headers.raw, framing, data: '', trailers: [] })
  }

  onRequestData(data: Buffer): void {
    this.#last.data += data.toString('latin1')
  }

  onRequestEnd(trailers: Headers | undefined): void {
    this.ends++
    this.#last.trailers = trailers?.raw ?? []
  }

  get #last(): Received {
    return this.received[this.received.length - 1] as Received
  }
}

function expected(sent: Message): Received {
  const { method, target, content: body } = sent
  const fields = [sent.hostName, 'a.example', ...sent.fields.flatMap((line) => line.field)]
  if (body.kind === 'none') return { method, target, fields, framing: NO_BODY, data: '', trailers: [] }
  if (body.kind === 'length') return { method, target, fields, framing: body.data.length, data: body.data, trailers: [] }
  return { method, target, fields, framing: CHUNKED, data: body.chunks.map(({ data }) => data).join(''), trailers: body.trailers.flat() }
}

/** Feeds octets in pieces of these sizes, in turn. */
function feed(parser: RequestParser | ResponseParser, octets: Buffer, sizes: readonly number[]): void {
  for (let start = 0, turn = 0; start < octets.length; turn++) {
    const end = Math.min(octets.length, start + (sizes[turn % sizes.length] as number))
    let at = start
    while (at < end && parser.error === undefined) {
      const next = parser.execute(octets, at, end)
      if (next === at && parser.error === undefined) return
      at = next
    }
    start = end
  }
}

const pieces = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 })

test('what is sent, in any legal form and in any pieces, is what is received', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), pieces, (messages, sizes) => {
      const receiver = new Receiver()
      const parser = new RequestParser(receiver)
      feed(parser, Buffer.from(messages.map(serialised).join(''), 'latin1'), sizes)
      expect(parser.finish()).toBeUndefined()
      expect(receiver.received).toEqual(messages.map(expected))
      expect(receiver.ends).toBe(messages.length)
    }),
    { numRuns: 1_000 },
  )
})

test('what is received and written again is received as the same', () => {
  fc.assert(
    fc.property(message, (sent) => {
      const first = new Receiver()
      feed(new RequestParser(first), Buffer.from(serialised(sent), 'latin1'), [1_000])
      const [request] = first.heads as [RequestHead]
      const [{ framing, data, trailers }] = first.received as [Received]
      const head = requestHead(request, framing, 'keep-alive', 'origin.example')
      const end = trailers.length > 0 ? trailerSection(new Headers(trailers)) : LAST_CHUNK
      const body = framing === CHUNKED ? `${data === '' ? '' : `${chunkSizeLine(data.length)}${data}\r\n`}${end}` : data
      const second = new Receiver()
      feed(new RequestParser(second), Buffer.from(`${head}${body}`, 'latin1'), [1_000])
      expect(second.received).toEqual([
        { ...expected(sent), fields: ['Host', 'origin.example', ...sent.fields.flatMap((line) => line.field)] },
      ])
    }),
    { numRuns: 500 },
  )
})

/** Octets that are likely to be taken for something else. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('\r\n', '\n', '\r', '\0', ' ', '\t', ':', ';', '0', '5', 'GET / HTTP/1.1\r\nHost: a\r\n', 'HTTP/1.1 200 OK\r\n'),
      fc.constantFrom(
        'Content-Length: 3\r\n',
        'Transfer-Encoding: chunked\r\n\r\n',
        '3\r\nabc\r\n',
        '0\r\n\r\n',
        'A: b\r\n',
        'HTTP/1.1 100 X\r\n\r\n',
      ),
      fc.uint8Array({ maxLength: 4 }).map((octets) => Buffer.from(octets).toString('latin1')),
    ),
    { maxLength: 14 },
  )
  .map((parts) => Buffer.from(parts.join(''), 'latin1'))

test('any octets are taken or refused, and the pieces that they come in do not matter', () => {
  fc.assert(
    fc.property(hostile, pieces, (octets, sizes) => {
      const whole = new Receiver()
      const split = new Receiver()
      const parsers = [new RequestParser(whole), new RequestParser(split)] as const
      feed(parsers[0], octets, [octets.length])
      feed(parsers[1], octets, sizes)
      expect(split.received).toEqual(whole.received)
      expect(split.ends).toBe(whole.ends)
      expect(parsers[1].finish()?.message).toBe(parsers[0].finish()?.message)
    }),
    { numRuns: 3_000 },
  )
})

test('any octets of a server are taken or refused, and the pieces that they come in do not matter', () => {
  fc.assert(
    fc.property(hostile, pieces, fc.constantFrom('GET', 'HEAD'), (octets, sizes, method) => {
      const logs: string[][] = [[], []]
      const ends = logs.map((log, index) => {
        const parser = new ResponseParser({
          onResponseInfo: (code, { raw }) => log.push(`${code} ${raw}`),
          onResponseHead: (code, { raw }, framing) => log.push(`${code} ${framing} ${raw}`, ''),
          onResponseData: (data) => (log[log.length - 1] += data.toString('latin1')),
          onResponseEnd: (trailers) => log.push(`end ${trailers?.raw}`),
        })
        parser.reset(method, undefined)
        feed(parser, octets, index === 0 ? [octets.length] : sizes)
        return [parser.keepAlive, parser.finish()?.message]
      })
      expect(logs[1]).toEqual(logs[0])
      expect(ends[1]).toEqual(ends[0])
    }),
    { numRuns: 3_000 },
  )
})

test('whatever is given to the writer, a head has the lines that were given or is not written', () => {
  const anything = fc.oneof(value, fc.string({ unit: fc.constantFrom(...OCTETS, 'Ċ', 'č', '日', ':'), maxLength: 6 }))
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(name, anything), anything), { maxLength: 4 }), (fields) => {
      const head = responseHead(200, new Headers(fields.flat()), 0, { minor: 1, keepAlive: true, date: 'now' })
      if (typeof head !== 'string') return
      const onTheWire = Buffer.from(head, 'latin1').toString('latin1')
      const written = fields.filter(([key]) => !/^(connection|upgrade|content-length|transfer-encoding)$/i.test(key))
      const lines = onTheWire.split('\r\n')
      expect(lines).toHaveLength(written.length + (written.some(([key]) => /^date$/i.test(key)) ? 4 : 5))
      expect(lines.every((line) => !/[\0\r\n]/.test(line))).toBe(true)
      expect(lines.slice(1, 1 + written.length).map((line) => line.split(':', 1)[0])).toEqual(written.map(([key]) => key))
    }),
    { numRuns: 2_000 },
  )
})
