import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type Dockerode from 'dockerode'
import { type ClientTls, type ProviderLog, readClientTls } from 'gateway/provider'
import { type Address, addressOf } from './endpoint.ts'
import type { Engine, InspectedContainer, ListedContainer, ListedNetwork, SwarmNode, SwarmService, SwarmTask } from './engine.ts'
import type { DockerOptions } from './options.ts'

/** Where an engine is, and how to speak to it. */
export type EngineOptions = Pick<DockerOptions, 'endpoint' | 'username' | 'password' | 'tls' | 'httpClientTimeout'>

/** The version of the interface that is spoken where the engine knows it. */
const OUR_VERSION = '1.51'
const OLDEST_VERSION = '1.40'

// Enough to read a large host quickly, and little enough not to disturb it.
const MAX_SOCKETS = 16

// Far longer than it takes to begin to listen, and than clocks differ; little enough that not much is told again.
const RECENT_SECONDS = 60

// A connection on which nothing comes must not be one to a machine that is gone.
const KEEP_ALIVE_MS = 15_000

const CONTAINER_EVENTS = ['create', 'start', 'die', 'pause', 'unpause', 'rename', 'destroy', 'health_status']
const NETWORK_EVENTS = ['connect', 'disconnect']

/** Connects to an engine and agrees with it on a version of its interface. */
export type Connect = (options: EngineOptions, log: ProviderLog, signal?: AbortSignal) => Promise<Engine>

/** Loads the client library, which only who asks an engine has to pay for. */
export async function connector(): Promise<Connect> {
  const { default: Docker } = await import('dockerode')
  return async (options, log, signal) => {
    const tls = options.tls === undefined ? undefined : await readClientTls(options.tls, log)
    const engine = new DockerEngine(Docker, addressOf(options.endpoint, tls !== undefined), { ...options, tls })
    const close = (): void => engine.close()
    signal?.addEventListener('abort', close)
    try {
      await engine.negotiate()
    } catch (error) {
      close()
      throw error
    } finally {
      signal?.removeEventListener('abort', close)
    }
    return engine
  }
}

interface ClientOptions extends Pick<EngineOptions, 'username' | 'password' | 'httpClientTimeout'> {
  readonly tls: ClientTls | undefined
}

class DockerEngine implements Engine {
  readonly #modem: Modem
  readonly #agent: HttpAgent
  readonly #closing = new AbortController()
  readonly #timeoutMs: number

  constructor(Docker: typeof Dockerode, address: Address, { username, password, httpClientTimeout, tls }: ClientOptions) {
    const shared = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets: MAX_SOCKETS }
    const isSecure = 'protocol' in address && address.protocol === 'https'
    this.#agent = isSecure ? new HttpsAgent({ ...shared, ...tls }) : new HttpAgent(shared)
    this.#timeoutMs = httpClientTimeout
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    // What is not named here, the library would take from DOCKER_HOST and its relatives.
    const settings = {
      socketPath: undefined,
      host: undefined,
      port: undefined,
      protocol: 'http',
      ca: undefined,
      cert: undefined,
      key: undefined,
      timeout: undefined,
      ...address,
      agent: this.#agent,
      headers: username === '' && password === '' ? {} : { Authorization: authorization },
    }
    this.#modem = new Docker(settings as Dockerode.DockerOptions).modem as Modem
  }

  async negotiate(): Promise<void> {
    const { ApiVersion: version } = await this.#ask<{ readonly ApiVersion?: unknown }>('/version')
    if (typeof version !== 'string') throw new Error('what answers at the endpoint is no Docker engine')
    if (isOlder(version, OLDEST_VERSION))
      throw new Error(`the engine speaks version ${version} of its interface, at least ${OLDEST_VERSION} is needed`)
    this.#modem.version = `v${isOlder(version, OUR_VERSION) ? version : OUR_VERSION}`
  }

  containers(): Promise<readonly ListedContainer[]> {
    return this.#ask('/containers/json', { all: 'true' })
  }

  async container(id: string): Promise<InspectedContainer | undefined> {
    try {
      return await this.#ask<InspectedContainer>(`/containers/${encodeURIComponent(id)}/json`)
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  }

  changes(): Promise<Readable> {
    const filters = { type: ['container', 'network'], event: [...CONTAINER_EVENTS, ...NETWORK_EVENTS] }
    // The engine answers before it takes note of who listens: what happens in between is told because it is recent.
    const since = String(Math.floor(Date.now() / 1000) - RECENT_SECONDS)
    return this.#open('/events', { filters: JSON.stringify(filters), since }, this.#closing.signal)
  }

  services(): Promise<readonly SwarmService[]> {
    return this.#ask('/services')
  }

  tasks(): Promise<readonly SwarmTask[]> {
    return this.#ask('/tasks', { filters: JSON.stringify({ 'desired-state': ['running'] }) })
  }

  nodes(): Promise<readonly SwarmNode[]> {
    return this.#ask('/nodes')
  }

  networks(): Promise<readonly ListedNetwork[]> {
    return this.#ask('/networks', { filters: JSON.stringify({ scope: ['swarm'] }) })
  }

  close(): void {
    this.#closing.abort()
    this.#agent.destroy()
  }

  /** Fails where the answer is cut off, too: the library itself would wait for its end for ever. */
  async #ask<Answer>(path: string, query: Query = {}): Promise<Answer> {
    const late = this.#timeoutMs === 0 ? undefined : AbortSignal.timeout(this.#timeoutMs)
    try {
      const signal = late === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, late])
      return JSON.parse(await text(await this.#open(path, query, signal)))
    } catch (error) {
      throw late?.aborted ? new Error(`the engine did not answer within ${this.#timeoutMs} ms`) : error
    }
  }

  #open(path: string, query: Query, abortSignal: AbortSignal): Promise<Readable> {
    const { promise, resolve, reject } = Promise.withResolvers<Readable>()
    const hasQuery = Object.keys(query).length > 0
    const request = {
      path: hasQuery ? `${path}?` : path,
      options: query,
      method: 'GET',
      isStream: true,
      statusCodes: { 200: true },
      abortSignal,
    }
    this.#modem.dial(request, (error, answer) => (answer ? resolve(answer) : reject(error ?? new Error('there was no answer'))))
    return promise
  }
}

type Query = Readonly<Record<string, string>>

/** The part of the client library that speaks to the engine. */
interface Modem {
  version?: string
  dial(request: object, callback: (error: Error | null, answer: Readable | null) => void): void
}

/** The status of an answer that the engine did give; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  return (error as { readonly statusCode?: number } | null)?.statusCode
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [otherMajor = 0, otherMinor = 0] = than.split('.').map(Number)
  return major === otherMajor ? minor < otherMinor : major < otherMajor
}
