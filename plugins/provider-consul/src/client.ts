import { EventEmitter } from 'node:events'
import { Agent as HttpAgent, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type Consul from 'consul'
import type { ClientTls } from 'gateway/provider'
import type { Endpoint } from './endpoint.ts'

/** What is asked of Consul. */
export type Question =
  | { readonly about: 'values' | 'keys'; readonly prefix: string }
  | { readonly about: 'services' | 'checks' }
  | { readonly about: 'instances'; readonly service: string }

/** How it is asked. */
export interface Manner {
  readonly namespace?: string | undefined
  /** Answer when the index is past this one. */
  readonly after?: number
  readonly mode?: Mode
}

/** How fresh an answer has to be; without a word, the leader answers as it knows best. */
export interface Mode {
  readonly consistent?: boolean
  readonly stale?: boolean
  readonly cached?: boolean
}

/** An answer, and the index at which a change would have another one. */
export interface Answer {
  /** Undefined where there is nothing of what was asked for. */
  readonly body: unknown
  readonly index: number
}

const ANSWER_WITHIN_MS = 30_000

type ClientOptions = NonNullable<ConstructorParameters<typeof Consul>[0]>

/** The parts of the client library that its types leave out. */
interface Extensible {
  _ext(event: 'onCreate' | 'onRequest', extension: (request: LibraryRequest, next: () => void) => void): void
}

interface LibraryRequest {
  readonly opts: { readonly ctx?: Context; readonly query: Record<string, string>; readonly headers: Record<string, string> }
  readonly req: { hostname?: string }
}

/** What the library takes with a call: an event that cancels it, and the wish to see the head of the response. */
type Context = EventEmitter & { includeResponse: true; cached: boolean; namespace: string | undefined }

/** Speaks to one agent, until it is disposed of. */
export class ConsulClient implements Disposable {
  readonly #consul: Consul
  readonly #agent: HttpAgent
  readonly #waitMs: number

  private constructor(Library: typeof Consul, endpoint: Endpoint, tls: ClientTls | undefined) {
    const { url, token, datacenter, waitMs } = endpoint
    const isSecure = url.protocol === 'https:'
    this.#waitMs = waitMs
    this.#agent = isSecure ? new HttpsAgent({ keepAlive: true, ...tls }) : new HttpAgent({ keepAlive: true })
    const port = Number(url.port) || (isSecure ? 443 : 80)
    const defaults = { ...(token ? { token } : {}), ...(datacenter ? { dc: datacenter } : {}) }
    const options: ClientOptions = { host: url.hostname, port, secure: isSecure, defaults, agent: this.#agent }
    this.#consul = new Library(options)
    extend(this.#consul as unknown as Extensible, endpoint)
  }

  /** Loads the client library, which only who uses this provider has to pay for. */
  static async to(endpoint: Endpoint, tls?: ClientTls): Promise<ConsulClient> {
    const { default: Library } = await import('consul')
    return new ConsulClient(Library, endpoint, tls)
  }

  /** Asks; throws where there is no answer, or none of Consul, and as soon as the signal aborts. */
  async ask(question: Question, { namespace, after, mode = {} }: Manner, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted()
    const { cached = false, ...freshness } = mode
    const context: Context = Object.assign(new EventEmitter(), { includeResponse: true as const, cached, namespace })
    const cancel = (): void => void context.emit('cancel')
    // Consul adds up to a sixteenth to a wait, so that not all come back at once.
    const waiting = after === undefined ? {} : { index: String(after), wait: `${this.#waitMs}ms` }
    const timeout = ANSWER_WITHIN_MS + (after === undefined ? 0 : this.#waitMs * 1.0625)
    signal.addEventListener('abort', cancel, { once: true })
    try {
      return answerOf(await this.#call(question, { ...freshness, ...waiting, timeout, ctx: context }))
    } catch (error) {
      signal.throwIfAborted()
      return nothingOf(error)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }

  #call(question: Question, options: object): Promise<unknown> {
    const { kv, catalog, health } = this.#consul
    switch (question.about) {
      case 'values':
        return kv.get({ key: question.prefix, recurse: true, ...options })
      case 'keys':
        return kv.keys({ key: question.prefix, ...options })
      case 'services':
        return catalog.service.list(options)
      case 'checks':
        return health.state({ state: 'any', ...options })
      case 'instances':
        return health.service({ service: question.service, ...options })
    }
  }
}

function extend(library: Extensible, { authorization }: Endpoint): void {
  library._ext('onCreate', ({ opts }, next) => {
    if (authorization !== undefined) opts.headers.authorization = authorization
    if (opts.ctx?.cached) opts.query.cached = ''
    if (opts.ctx?.namespace !== undefined) opts.query.ns = opts.ctx.namespace
    next()
  })
  library._ext('onRequest', ({ req }, next) => {
    // An IPv6 address has brackets in a URL, and none where a name is looked up.
    if (req.hostname?.startsWith('[')) req.hostname = req.hostname.slice(1, -1)
    next()
  })
}

function answerOf(result: unknown): Answer {
  const [response, body] = result as [IncomingMessage, unknown]
  return { body, index: indexOf(response) }
}

/** The answer that there is nothing; what is another failure is thrown again. */
function nothingOf(error: unknown): Answer {
  const { response } = error as { response?: IncomingMessage }
  if (response?.statusCode !== 404) throw error
  return { body: undefined, index: indexOf(response) }
}

/** Without an index it is someone else who answers, and nothing must be made of that. */
function indexOf({ headers }: IncomingMessage): number {
  const index = Number(headers['x-consul-index'])
  if (headers['x-consul-index'] === undefined || !Number.isSafeInteger(index)) throw new Error('who answers is not Consul')
  // A server that has just begun and knows no leader has not read its own data yet: it would say that there is nothing.
  if (headers['x-consul-knownleader'] === 'false' && index <= 1) throw new Error('the server has no leader and no data yet')
  return index
}
