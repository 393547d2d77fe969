import { AsyncLocalStorage } from 'node:async_hooks'
import { type IncomingMessage, request as requestClear } from 'node:http'
import { type RequestOptions, request as requestSecure } from 'node:https'
import { getCACertificates } from 'node:tls'
import type { AcmeOptions } from '../../config/certificates-resolvers.ts'
import { readAuthorities } from '../authorities.ts'
import { AcmeError, problemOf } from './acme-error.ts'

/** A request as the library makes it. */
export interface LibraryRequest {
  readonly url?: string
  readonly method?: string
  readonly headers?: unknown
  readonly data?: unknown
}

/** An answer as the library takes it. */
interface LibraryResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: IncomingMessage['headers']
  readonly data: string
  readonly config: LibraryRequest
}

/** More is no answer to anything that we ask. */
const MOST_OCTETS = 1024 * 1024
const LONGEST_WAIT_MS = 7 * 24 * 60 * 60 * 1000

/** The library has one way to send requests for all accounts: whose request it is follows from who called it. */
const current = new AsyncLocalStorage<AcmeTransport>()

/** The one way; it never repeats a request, as whoever obtains certificates decides about that. */
export function sendForLibrary(request: LibraryRequest): Promise<LibraryResponse> {
  const transport = current.getStore()
  if (transport === undefined) throw new TypeError('a request to an authority outside of a transport')
  return transport.send(request)
}

/** How one resolver reaches its authority: whom it trusts, and how long it waits. */
export class AcmeTransport {
  readonly #options: AcmeOptions
  readonly #tls: RequestOptions
  #retryAfterMs: number | undefined

  constructor(options: AcmeOptions, signal: AbortSignal, env: NodeJS.ProcessEnv = process.env) {
    this.#options = options
    this.#tls = { ...trustOf(options, env), signal }
  }

  /** What the authority has asked for last in `Retry-After`; it is forgotten once it is known. */
  takeRetryAfter(): number | undefined {
    const asked = this.#retryAfterMs
    this.#retryAfterMs = undefined
    return asked
  }

  /** Runs calls of the library that go this way. */
  run<T>(action: () => Promise<T>): Promise<T> {
    return current.run(this, action)
  }

  async send(request: LibraryRequest): Promise<LibraryResponse> {
    const response = await this.#exchange(request)
    const { status, headers } = response
    const retryAfterMs = readRetryAfter(headers['retry-after'])
    if (retryAfterMs !== undefined) this.#retryAfterMs = retryAfterMs
    if (status < 400) return response
    const { type, detail } = problemOf(parse(response.data))
    // The library repeats these with the new nonce (RFC 8555 §6.5).
    if (type === 'badNonce') return response
    const said = detail === '' ? `status ${status}` : `${detail} (${type || status})`
    const code = status >= 500 ? 'GTW_ACME_UNREACHABLE' : 'GTW_ACME_REFUSED'
    throw new AcmeError(code, said, { type: status === 429 ? 'rateLimited' : type, retryAfterMs })
  }

  #exchange(request: LibraryRequest): Promise<LibraryResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<LibraryResponse>()
    const { clientTimeout, clientResponseHeaderTimeout } = this.#options
    const url = new URL(String(request.url))
    const send = url.protocol === 'http:' ? requestClear : requestSecure
    const headers = { ...(request.headers as Record<string, string>), 'User-Agent': 'gateway', Connection: 'close' }
    const outgoing = send(url, { ...this.#tls, method: String(request.method).toUpperCase(), headers, agent: false })
    const fail = (reason: string): void => {
      reject(new AcmeError('GTW_ACME_UNREACHABLE', `${url.origin}: ${reason}`))
      outgoing.destroy()
    }
    const whole = setTimeout(() => fail('no complete answer in time'), clientTimeout)
    const head = setTimeout(() => fail('no answer in time'), clientResponseHeaderTimeout)
    outgoing.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
    outgoing.once('close', () => {
      clearTimeout(whole)
      fail('the connection was closed')
    })
    outgoing.once('response', (response) => {
      clearTimeout(head)
      void collect(response).then(
        (data) => resolve({ status: response.statusCode ?? 0, statusText: '', headers: response.headers, data, config: request }),
        (error: Error) => fail(error.message),
      )
    })
    outgoing.end(request.data)
    return promise.finally(() => {
      clearTimeout(whole)
      clearTimeout(head)
    })
  }
}

async function collect(response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) {
    text += chunk
    if (text.length > MOST_OCTETS) throw new Error('the answer is too large')
  }
  return text
}

/** Seconds or a date (RFC 9110 §10.2.3). */
function readRetryAfter(text: string | undefined, now = Date.now()): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_WAIT_MS)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The options, and where they are silent the environment that users of Traefik know. */
function trustOf(options: AcmeOptions, env: NodeJS.ProcessEnv): RequestOptions {
  const { caCertificates, caSystemCertPool, caServerName } = options
  const named = caCertificates.length > 0 ? caCertificates : (env.LEGO_CA_CERTIFICATES ?? '').split(':').filter(Boolean)
  const { texts, unreadable } = readAuthorities(named)
  const [first] = unreadable
  if (first !== undefined) throw new AcmeError('GTW_CONFIG_UNREADABLE', `${first.file} (${first.reason})`)
  const servername = caServerName || env.LEGO_CA_SERVER_NAME
  const withSystem = caSystemCertPool || env.LEGO_CA_SYSTEM_CERT_POOL === 'true'
  return {
    ...(texts.length === 0 ? {} : { ca: withSystem ? [...getCACertificates('default'), ...texts] : [...texts] }),
    ...(servername ? { servername } : {}),
  }
}
