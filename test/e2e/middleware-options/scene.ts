import type { ServerResponse } from 'node:http'
import type { ServerOptions } from 'node:https'
import { type RequestOptions, type Response, request } from '../../harness/http-client.ts'
import { type Origin, type Seen, startOrigin } from '../../harness/origin.ts'
import type { TemporaryFolder } from '../../harness/temp.ts'

/** What stands around the gateway, so that options can name it. */
export interface Surroundings {
  readonly folder: TemporaryFolder
  readonly origin: ObedientOrigin
  /** A port where nobody listens. */
  readonly deadPort: number
  /** Asked by `forwardAuth`, over TLS and with a certificate of the client. */
  readonly auth: { readonly url: string; readonly ca: string; readonly cert: string; readonly key: string }
  /** Undefined where there is none to start. */
  readonly redis: RedisPlaces | undefined
}

export interface RedisPlaces {
  readonly endpoint: string
  readonly secureEndpoint: string
  readonly ca: string
  readonly cert: string
  readonly key: string
  /** Nobody answers there, … */
  readonly silentEndpoint: string
  /** … and here nobody even takes a connection. */
  readonly blackHole: string
  /** What stands in one of its databases. */
  keysOf(db: number): Promise<string>
}

/** One thing that options do, seen from outside: whatever options it sets are those that it proves. */
export interface OptionCase {
  readonly title: string
  /** Middlewares by a name that no other case has. */
  middlewares(around: Surroundings): Readonly<Record<string, object>>
  /** Those that the router has, where it is not all of them. */
  readonly order?: readonly string[]
  /** Servers in front of the one that all cases share. */
  servers?(around: Surroundings): readonly string[]
  readonly needsRedis?: boolean
  prove(scene: Scene): Promise<void>
}

/** One case in a running gateway. */
export interface Scene {
  /** The host that its router has. */
  readonly host: string
  readonly around: Surroundings
  readonly port: number
  /** The entry point with TLS. */
  readonly securePort: number
  /** Sends a request for its host. */
  ask(path?: string, options?: Omit<RequestOptions, 'path' | 'headers'> & { readonly headers?: Record<string, string> }): Promise<Response>
  /** Everything that the gateway has printed. */
  printed(): string
}

/** The request as the origin has seen it, which is the content of its answers. */
export interface Heard {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly content: string
}

export const heard = ({ text }: Response): Heard => JSON.parse(text) as Heard

/** How to ask the origin for an answer: a query. */
export const answering = (wish: {
  readonly status?: number
  /** So many answers with `status` (503 without one) before all is well; they are counted by `key`. */
  readonly failures?: number
  readonly key?: string
  /** `none` for no Content-Type. */
  readonly type?: string
  readonly size?: number
  readonly fields?: readonly string[]
  /** Wait until `release` is called. */
  readonly hold?: boolean
}): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(wish)) for (const each of [value].flat()) query.append(name, String(each))
  return `?${query}`
}

/** A server that answers as the query of its requests wishes, else with what it has seen. */
export class ObedientOrigin implements AsyncDisposable {
  readonly #origin: Origin
  readonly #held: Set<ServerResponse>

  static async start(tls?: ServerOptions): Promise<ObedientOrigin> {
    const failures = new Map<string, number>()
    const held = new Set<ServerResponse>()
    const obey = (seen: Seen, response: ServerResponse): void => {
      const wish = new URL(seen.url, 'http://origin').searchParams
      if (wish.has('hold')) held.add(response)
      else answer(seen, response, wish, failures)
    }
    const origin = await startOrigin('origin', obey, tls)
    return new ObedientOrigin(origin, held)
  }

  private constructor(origin: Origin, held: Set<ServerResponse>) {
    this.#origin = origin
    this.#held = held
  }

  get url(): string {
    return this.#origin.url
  }

  /** How many requests are held. */
  get held(): number {
    return this.#held.size
  }

  /** How many requests have come whose target contains a text. */
  count(text: string): number {
    return this.#origin.seen.filter(({ url }) => url.includes(text)).length
  }

  release(): void {
    for (const response of this.#held) response.end('released')
    this.#held.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
    await this.#origin[Symbol.asyncDispose]()
  }
}

function answer(seen: Seen, response: ServerResponse, wish: URLSearchParams, failures: Map<string, number>): void {
  const key = wish.get('key') ?? ''
  const failed = failures.get(key) ?? 0
  const isFailing = failed < Number(wish.get('failures') ?? 0)
  if (isFailing) failures.set(key, failed + 1)
  const good = wish.has('failures') ? 200 : Number(wish.get('status') ?? 200)
  const type = wish.get('type') ?? 'application/json'
  if (type !== 'none') response.setHeader('Content-Type', type)
  for (const field of wish.getAll('fields')) {
    const [name = '', value = ''] = field.split(/: (.*)/s)
    response.appendHeader(name, value)
  }
  response.statusCode = isFailing ? Number(wish.get('status') ?? 503) : good
  const { method, url, content, incoming } = seen
  const size = wish.get('size')
  response.end(size === null ? JSON.stringify({ method, url, headers: incoming.headers, content }) : 'x'.repeat(Number(size)))
}

/** Sends a request to the port of a scene without its host. */
export const askAs = (port: number, path: string, headers: Record<string, string>): Promise<Response> => request(port, { path, headers })
