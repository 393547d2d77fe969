import { createHash, randomBytes } from 'node:crypto'
import type { ErrorCode } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { isAuthority, sameAuthority } from '../http1/authority.ts'
import type { ParserLimits } from '../http1/limits.ts'
import { isHost, NotedFields } from '../http1/noted-fields.ts'
import { isIn, SLASH, TARGET, TCHAR } from '../http1/octets.ts'
import { readTarget } from '../http1/request-target.ts'
import { hasToken } from '../http1/token-list.ts'

const COLON = 0x3a

/** What each field counts beside its name and value (RFC 9113 §6.5.2). */
const FIELD_OVERHEAD = 32

const NOTHING_LEFT = /^\d{1,15}$/

/** Fields that speak of a connection have no place here (RFC 9113 §8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

/** What is read of a message, or why it is refused; a malformed one gets no answer (RFC 9113 §8.1.1). */
export type Http2Reading = RequestHead | ErrorCode | 'malformed'

/**
 * Turns the fields of a stream, each of them valid, into a request that reads as one of HTTP/1.1 does (RFC 9113 §8.3). They
 * are held against the rules of the HTTP/1 parser, as its words are what the server gets.
 */
export class Http2RequestReader {
  readonly #limits: ParserLimits
  readonly #noted = new NotedFields()
  #pseudo = new PseudoFields()
  #cookie: string | undefined
  #octets = 0
  #isMalformed = false
  /** Pseudo fields come first. */
  #isPastPseudo = false

  constructor(limits: ParserLimits) {
    this.#limits = limits
  }

  /** `raw` is a flat list of names and values; `hasContent` says that content may follow. */
  read(raw: readonly string[], hasContent: boolean): Http2Reading {
    this.#pseudo = new PseudoFields()
    this.#noted.begin()
    // The authority comes first, once it is known.
    this.#noted.raw.push('host', '')
    this.#cookie = undefined
    this.#octets = 0
    this.#isMalformed = false
    this.#isPastPseudo = false
    for (let index = 0; index < raw.length; index += 2) this.#note(raw[index] as string, raw[index + 1] as string)
    if (this.#isMalformed || this.#pseudo.isIncomplete) return 'malformed'
    const tooLarge = this.#octets > this.#limits.maxHeadBytes || raw.length > 2 * this.#limits.maxFields
    return tooLarge ? 'GTW_HEAD_TOO_LARGE' : this.#toRequest(hasContent)
  }

  #note(name: string, value: string): void {
    this.#octets += name.length + value.length + FIELD_OVERHEAD
    if (name.charCodeAt(0) === COLON) {
      if (this.#isPastPseudo || !this.#pseudo.note(name, value)) this.#isMalformed = true
      return
    }
    this.#isPastPseudo = true
    if (CONNECTION_FIELDS.has(name) || (name === 'te' && value !== 'trailers')) this.#isMalformed = true
    // A cookie may come in crumbs, for the sake of compression (RFC 9113 §8.2.3).
    else if (name === 'cookie') this.#cookie = this.#cookie === undefined ? value : `${this.#cookie}; ${value}`
    else if (!this.#noted.note(name, value) && !isHost(name)) this.#noted.raw.push(name, value)
  }

  #toRequest(hasContent: boolean): Http2Reading {
    const { method, protocol } = this.#pseudo
    if (method === '' || !consistsOf(method, TCHAR)) return 'GTW_METHOD_INVALID'
    if (method === 'TRACE') return 'GTW_METHOD_REFUSED'
    if (method === 'CONNECT' && protocol !== 'websocket') return 'GTW_CONNECT_REFUSED'
    const fields = this.#noted.raw
    if (this.#cookie !== undefined) fields.push('cookie', this.#cookie)
    const request = new RequestHead(method, '', new Headers(fields, true))
    request.versionMajor = 2
    return this.#setAuthority(request) ?? this.#setTarget(request) ?? this.#setRest(request, hasContent) ?? request
  }

  /** One authority, and the Host field is no second opinion (RFC 9113 §8.3.1). */
  #setAuthority(request: RequestHead): ErrorCode | undefined {
    const { authority, scheme } = this.#pseudo
    const { host, hostLines } = this.#noted
    const named = authority === '' ? (host ?? '') : authority
    if (hostLines > 1 || !isAuthority(named)) return 'GTW_HOST_INVALID'
    if (host !== undefined && !sameAuthority(named, host, scheme === 'http' ? ':80' : ':443')) return 'GTW_HOST_INVALID'
    request.host = named
    request.headers.raw[1] = named
    return undefined
  }

  #setTarget(request: RequestHead): ErrorCode | undefined {
    const { path, scheme } = this.#pseudo
    if (scheme !== 'http' && scheme !== 'https') return 'GTW_TARGET_INVALID'
    if (path.length > this.#limits.maxTargetBytes) return 'GTW_TARGET_TOO_LONG'
    const isAsterisk = path === '*' && request.method === 'OPTIONS'
    if ((path.charCodeAt(0) !== SLASH && !isAsterisk) || !consistsOf(path, TARGET)) return 'GTW_TARGET_INVALID'
    return readTarget(request, path)?.code
  }

  #setRest(request: RequestHead, hasContent: boolean): ErrorCode | undefined {
    const { contentLength, contentLengthLines, te, expect, websocketVersion } = this.#noted
    if (contentLength !== undefined) {
      if (contentLengthLines > 1) return 'GTW_CONTENT_LENGTH_CONFLICT'
      if (!NOTHING_LEFT.test(contentLength)) return 'GTW_CONTENT_LENGTH_INVALID'
      request.headers.contentLength = Number(contentLength)
    }
    if (te !== undefined) request.acceptsTrailers = hasToken(te, 'trailers')
    if (expect !== undefined) {
      if (expect.toLowerCase() !== '100-continue') return 'GTW_EXPECTATION_FAILED'
      request.expectsContinue = hasContent
    }
    if (this.#pseudo.protocol === '') return undefined
    if (websocketVersion !== '13') return 'GTW_UPGRADE_INVALID'
    askForWebsocket(request)
    return undefined
  }
}

class PseudoFields {
  method = ''
  scheme = ''
  authority = ''
  path = ''
  protocol = ''

  /** CONNECT has no target but the authority, unless it says what it connects to (RFC 9113 §8.5, RFC 8441 §4). */
  get isIncomplete(): boolean {
    if (this.method === 'CONNECT' && this.protocol === '') return this.authority === '' || this.scheme !== '' || this.path !== ''
    return this.method === '' || this.scheme === '' || this.path === '' || (this.protocol !== '' && this.method !== 'CONNECT')
  }

  /** Returns false for one that is unknown, empty or comes for a second time. */
  note(name: string, value: string): boolean {
    if (name === ':method' && this.method === '') this.method = value
    else if (name === ':scheme' && this.scheme === '') this.scheme = value
    else if (name === ':authority' && this.authority === '') this.authority = value
    else if (name === ':path' && this.path === '') this.path = value
    else if (name === ':protocol' && this.protocol === '') this.protocol = value.toLowerCase()
    else return false
    return value !== '' || name === ':authority'
  }
}

/** The server speaks HTTP/1.1: it gets the handshake of RFC 6455 with a key of our own (RFC 8441 §5). */
function askForWebsocket(request: RequestHead): void {
  request.method = 'GET'
  request.upgrade = 'websocket'
  request.headers.delete('sec-websocket-key')
  request.headers.append('sec-websocket-key', randomBytes(16).toString('base64'))
}

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Whether a server has read the handshake that it accepts (RFC 6455 §4.1). */
export function acceptsWebsocket(request: RequestHead, response: Headers): boolean {
  const key = request.headers.get('sec-websocket-key') ?? ''
  const expected = createHash('sha1')
    .update(key + WEBSOCKET_GUID)
    .digest('base64')
  return response.get('sec-websocket-accept') === expected
}

function consistsOf(text: string, octetClass: number): boolean {
  for (let index = 0; index < text.length; index++) if (!isIn(text.charCodeAt(index), octetClass)) return false
  return true
}
