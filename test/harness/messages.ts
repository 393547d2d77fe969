/** One HTTP/1 message as its recipient understands it. */
export interface Message {
  readonly startLine: string
  /** In order, as spelled. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly content: string
  readonly trailers: readonly (readonly [name: string, value: string])[]
  readonly framing: 'none' | 'length' | 'chunked' | 'until-close' | 'tunnel'
  readonly complete: boolean
}

/** What a stream of octets says; `rest` is what stands behind the last message that ended. */
export interface Stream {
  readonly messages: readonly Message[]
  readonly rest: string
}

/** How the sender ended the connection, if it did. */
export type End = 'open' | 'fin' | 'reset'

type Fields = (readonly [name: string, value: string])[]

const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/
const REQUEST_LINE = /^[!#$%&'*+\-.^_`|~\w]+ [\x21-\x7e]+ HTTP\/1\.[01]$/
const STATUS_LINE = /^HTTP\/1\.1 [1-5]\d\d [\x20-\x7e]*$/

/** Reads requests as strictly as a server might; throws where the octets are no HTTP. */
export function readRequests(octets: Buffer): Stream {
  return readStream(octets.toString('latin1'), 'open', (startLine, fields) => {
    if (!REQUEST_LINE.test(startLine)) throw new SyntaxError(`no request line: ${startLine}`)
    return declared(fields) ?? 'none'
  })
}

/** Reads the responses to requests of these methods; throws where the octets are no HTTP. */
export function readResponses(octets: Buffer, methods: readonly string[], end: End): Stream {
  let answered = 0
  return readStream(octets.toString('latin1'), end, (startLine, fields) => {
    if (!STATUS_LINE.test(startLine)) throw new SyntaxError(`no status line: ${startLine}`)
    const status = statusOf({ startLine })
    if (status === 101) return 'tunnel'
    if (status < 200) return 'none'
    const method = methods[answered++]
    if (method === undefined) throw new SyntaxError(`a response that nobody asked for: ${startLine}`)
    return method === 'HEAD' || status === 204 || status === 304 ? 'none' : (declared(fields) ?? 'until-close')
  })
}

export const statusOf = ({ startLine }: Pick<Message, 'startLine'>): number => Number(startLine.split(' ')[1])

/** Every value of a field, in order. */
export const valuesOf = ({ fields }: Pick<Message, 'fields'>, lowerName: string): string[] =>
  fields.filter(([name]) => name.toLowerCase() === lowerName).map(([, value]) => value)

type FramingOf = (startLine: string, fields: Fields) => Message['framing'] | number

function readStream(text: string, end: End, framingOf: FramingOf): Stream {
  const messages: Message[] = []
  let at = 0
  while (at < text.length) {
    const headEnd = text.indexOf('\r\n\r\n', at)
    if (headEnd === -1) break
    const [startLine = '', ...lines] = text.slice(at, headEnd).split('\r\n')
    const fields = lines.map(readField)
    const framing = framingOf(startLine, fields)
    const body = readBody(text, headEnd + 4, framing, end)
    const { content, trailers, complete } = body
    messages.push({ startLine, fields, content, trailers, framing: typeof framing === 'number' ? 'length' : framing, complete })
    at = body.end
    if (!complete || framing === 'tunnel') break
  }
  return { messages, rest: text.slice(at) }
}

function readField(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  const [name, value] = [line.slice(0, colon), line.slice(colon + 1)]
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  if (colon < 1 || !TOKEN.test(name) || /[\x00-\x08\x0a-\x1f\x7f]/.test(value)) throw new SyntaxError(`no field: ${JSON.stringify(line)}`)
  return [name, value.trim()]
}

/** What the framing fields say; a message that says it twice, or in a way that someone may not understand, is a defect. */
function declared(fields: Fields): 'chunked' | number | undefined {
  const lengths = valuesOf({ fields }, 'content-length')
  const codings = valuesOf({ fields }, 'transfer-encoding')
  if (lengths.length + codings.length > 1) throw new SyntaxError('framed more than once')
  if (codings[0] !== undefined && codings[0] !== 'chunked') throw new SyntaxError(`coded as ${codings[0]}`)
  if (lengths[0] !== undefined && !/^\d+$/.test(lengths[0])) throw new SyntaxError(`a length of ${lengths[0]}`)
  return codings.length === 1 ? 'chunked' : lengths[0] === undefined ? undefined : Number(lengths[0])
}

interface Body extends Pick<Message, 'content' | 'trailers' | 'complete'> {
  readonly end: number
}

function readBody(text: string, start: number, framing: Message['framing'] | number, end: End): Body {
  const none = { content: '', trailers: [], complete: true, end: start }
  if (framing === 'none' || framing === 'tunnel') return none
  if (framing === 'chunked') return readChunks(text, start)
  const length = typeof framing === 'number' ? framing : text.length - start
  const content = text.slice(start, start + length)
  const complete = typeof framing === 'number' ? content.length === length : end === 'fin'
  return { ...none, content, complete, end: start + content.length }
}

function readChunks(text: string, start: number): Body {
  let content = ''
  for (let at = start; ; ) {
    const lineEnd = text.indexOf('\r\n', at)
    const line = text.slice(at, lineEnd === -1 ? text.length : lineEnd)
    if (lineEnd !== -1 && !/^[\da-f]+$/.test(line)) throw new SyntaxError(`no chunk size: ${JSON.stringify(line)}`)
    const size = lineEnd === -1 ? Number.NaN : Number.parseInt(line, 16)
    if (size === 0) return { content, ...readTrailers(text, lineEnd + 2) }
    const data = Number.isNaN(size) ? '' : text.slice(lineEnd + 2, lineEnd + 2 + size)
    content += data
    at = lineEnd + 2 + size + 2
    const ended = text.slice(at - 2, at)
    if (Number.isNaN(size) || data.length < size || ended.length < 2) return { content, trailers: [], complete: false, end: text.length }
    if (ended !== '\r\n') throw new SyntaxError('a chunk does not end where it should')
  }
}

function readTrailers(text: string, start: number): Pick<Body, 'trailers' | 'complete' | 'end'> {
  if (text.startsWith('\r\n', start)) return { trailers: [], complete: true, end: start + 2 }
  const end = text.indexOf('\r\n\r\n', start)
  if (end === -1) return { trailers: [], complete: false, end: text.length }
  return { trailers: text.slice(start, end).split('\r\n').map(readField), complete: true, end: end + 4 }
}
