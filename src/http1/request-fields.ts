import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { isAuthority } from './authority.ts'
import { declaredFraming } from './body-framing.ts'
import { type BodyFraming, CHUNKED, NO_BODY } from './framing.ts'
import type { NotedFields } from './noted-fields.ts'
import { isIn, TCHAR } from './octets.ts'
import { type Refusal, refusal } from './refusal.ts'
import type { RequestLine } from './request-line.ts'
import { readTarget } from './request-target.ts'
import { hasToken, membersOf } from './token-list.ts'

const CONNECT = refusal('GTW_CONNECT_REFUSED', 'this is no forward proxy')
const TRACE = refusal('GTW_METHOD_REFUSED', 'TRACE would show what the gateway adds')
const NO_HOST = refusal('GTW_HOST_INVALID', 'there is none')
const TWO_HOSTS = refusal('GTW_HOST_INVALID', 'there is more than one')
const BAD_HOST = refusal('GTW_HOST_INVALID', 'not a host with an optional port')
const OTHER_EXPECTATION = refusal('GTW_EXPECTATION_FAILED', 'only 100-continue is')
const BAD_UPGRADE = refusal('GTW_UPGRADE_INVALID', 'the Upgrade field is no list of protocols')
const BAD_WEBSOCKET = refusal('GTW_UPGRADE_INVALID', 'not a WebSocket handshake of version 13')

/** Turns what was read into a request, or says why it is refused; `framing` is then what ends its content. */
export class RequestFields {
  framing: BodyFraming = NO_BODY
  readonly #line: RequestLine
  readonly #noted: NotedFields

  constructor(line: RequestLine, noted: NotedFields) {
    this.#line = line
    this.#noted = noted
  }

  toRequest(): RequestHead | Refusal {
    const { method } = this.#line
    if (method === 'CONNECT') return CONNECT
    if (method === 'TRACE') return TRACE
    const request = new RequestHead(method, '', new Headers(this.#noted.raw, true))
    request.versionMinor = this.#line.versionMinor
    return (
      this.#setHost(request) ?? readTarget(request, this.#line.target) ?? this.#setFraming(request) ?? this.#setRest(request) ?? request
    )
  }

  #setHost(request: RequestHead): Refusal | undefined {
    const { host, hostLines } = this.#noted
    if (host === undefined) return request.versionMinor === 0 ? undefined : NO_HOST
    if (hostLines > 1) return TWO_HOSTS
    if (!isAuthority(host)) return BAD_HOST
    request.host = host
    return undefined
  }

  #setFraming(request: RequestHead): Refusal | undefined {
    const framing = declaredFraming(this.#noted, request.versionMinor, NO_BODY)
    if (typeof framing !== 'number') return framing
    this.framing = framing
    if (framing >= 0) request.headers.contentLength = framing
    return undefined
  }

  #setRest(request: RequestHead): Refusal | undefined {
    const { connection, expect, te, upgrade } = this.#noted
    request.keepAlive = keepsAlive(connection, request.versionMinor)
    if (te !== undefined) request.acceptsTrailers = hasToken(te, 'trailers')
    if (expect !== undefined && !this.#setExpectation(request, expect)) return OTHER_EXPECTATION
    // Without the nomination, or from HTTP/1.0, the field means nothing (RFC 9110 §7.8).
    if (upgrade === undefined || connection === undefined || request.versionMinor === 0) return undefined
    return hasToken(connection, 'upgrade') ? this.#setUpgrade(request, upgrade) : undefined
  }

  /** A client that has nothing to send waits for nothing, and an HTTP/1.0 client does not know 100 (RFC 9110 §10.1.1). */
  #setExpectation(request: RequestHead, expect: string): boolean {
    if (expect.toLowerCase() !== '100-continue') return false
    request.expectsContinue = request.versionMinor === 1 && this.#hasContent
    return true
  }

  #setUpgrade(request: RequestHead, upgrade: string): Refusal | undefined {
    for (const protocol of membersOf(upgrade.toLowerCase())) {
      if (protocol === '') continue
      if (!isProtocol(protocol)) return BAD_UPGRADE
      if (request.upgrade === undefined && !isTransport(protocol)) request.upgrade = protocol
    }
    return request.upgrade === 'websocket' && !this.#isWebsocketHandshake(request.method) ? BAD_WEBSOCKET : undefined
  }

  /** RFC 6455 §4.2.1; content ahead of the frames would be read as the first of them by someone. */
  #isWebsocketHandshake(method: string): boolean {
    const { websocketKey, websocketVersion } = this.#noted
    const keyed = websocketKey !== undefined && websocketKey !== '' && !websocketKey.includes(',')
    return method === 'GET' && keyed && websocketVersion === '13' && !this.#hasContent
  }

  get #hasContent(): boolean {
    return this.framing > 0 || this.framing === CHUNKED
  }
}

/** Whether the sender keeps the connection open (RFC 9112 §9.3). */
export function keepsAlive(connection: string | undefined, versionMinor: 0 | 1): boolean {
  if (connection === undefined) return versionMinor === 1
  if (connection === 'keep-alive') return true
  return !hasToken(connection, 'close') && (versionMinor === 1 || hasToken(connection, 'keep-alive'))
}

/** An upgrade of HTTP itself would hide every later request from the gateway. */
function isTransport(protocol: string): boolean {
  const name = protocol.split('/', 1)[0]
  return name === 'h2c' || name === 'h2' || name === 'tls' || name === 'http'
}

/** `name` or `name/version` (RFC 9110 §7.8). */
function isProtocol(protocol: string): boolean {
  const parts = protocol.split('/')
  return parts.length <= 2 && parts.every(isToken)
}

function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isIn(text.charCodeAt(at), TCHAR)) return false
  return text.length > 0
}
