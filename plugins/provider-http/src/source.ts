import { type ProviderContext, readClientTls } from 'gateway/provider'
import type { Dispatcher } from 'undici'
import type { HttpOptions } from './options.ts'

/** What the server answered, in full. */
export interface Answer {
  readonly content: Buffer
  /** Its media type, in lower case and without parameters. */
  readonly type: string
}

type Request = (options: Dispatcher.RequestOptions) => Promise<Dispatcher.ResponseData>

const MAX_SIZE = 16 * 1024 * 1024

/** A document behind a URL, which is sent again only when it changed. */
export class HttpSource implements AsyncDisposable {
  readonly #url: URL
  readonly #options: HttpOptions
  readonly #request: Request
  readonly #close: () => Promise<void>
  readonly #headers: Readonly<Record<string, string>>
  #validators: Readonly<Record<string, string>> = {}

  constructor(options: HttpOptions, { request, close }: { readonly request: Request; readonly close: () => Promise<void> }) {
    this.#options = options
    this.#request = request
    this.#close = close
    this.#url = new URL(options.endpoint)
    this.#headers = { 'user-agent': 'gateway', ...authorizationOf(this.#url), ...lowerCased(options.headers ?? {}) }
  }

  /** The URL as it may be shown: without what may be secret. */
  get name(): string {
    return this.#url.origin + this.#url.pathname
  }

  /** Asks once; undefined when nothing changed since the last answer. */
  async fetch(signal: AbortSignal): Promise<Answer | undefined> {
    const { origin, pathname, search } = this.#url
    const response = await this.#request({
      origin,
      path: pathname + search,
      method: 'GET',
      headers: { ...this.#headers, ...this.#validators },
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.#options.pollTimeout)]),
    })
    const { statusCode, headers, body } = response
    const content = await this.#read(body)
    if (statusCode === 304 && Object.keys(this.#validators).length > 0) return undefined
    if (statusCode !== 200) throw new Error(`${this.name} answered with status ${statusCode}`)
    const encoding = textOf(headers['content-encoding'])
    if (encoding !== '' && encoding !== 'identity')
      throw new Error(`${this.name} answered in the encoding ${encoding}, which was not asked for`)
    this.#validators = validatorsOf(headers)
    return { content, type: textOf(headers['content-type']).split(';', 1).join('').trim().toLowerCase() }
  }

  /** Forgets what it knows of the last answer: the next one comes in full. */
  forget(): void {
    this.#validators = {}
  }

  async #read(body: AsyncIterable<Buffer>): Promise<Buffer> {
    const wanted = this.#options.maxResponseBodySize
    const limit = wanted === -1 ? MAX_SIZE : Math.min(wanted, MAX_SIZE)
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body) {
      size += chunk.length
      if (size > limit) throw new Error(`${this.name} answered with more than ${limit} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}

/** Loads the client library and makes the source ready; connects to nothing yet. */
export async function openSource({ options, log }: Pick<ProviderContext<HttpOptions>, 'options' | 'log'>): Promise<HttpSource> {
  const { Agent } = await import('undici')
  const tls = options.tls && (await readClientTls(options.tls, log))
  const agent = new Agent({ connections: 1, allowH2: false, connect: { ...tls, timeout: options.pollTimeout } })
  return new HttpSource(options, { request: (request) => agent.request(request), close: () => agent.destroy() })
}

function validatorsOf(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const [tag, date] = [textOf(headers.etag), textOf(headers['last-modified'])]
  // Where there is a tag, a server ignores the date (RFC 9110 §13.1.3).
  if (tag !== '') return { 'if-none-match': tag }
  return date === '' ? {} : { 'if-modified-since': date }
}

function authorizationOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function textOf(field: string | string[] | undefined): string {
  return (Array.isArray(field) ? field[0] : field) ?? ''
}
