import { isDeepStrictEqual } from 'node:util'
import { Backoff, Burst, type ProviderContext, type ProviderLog, type ProviderMessage, readClientTls, retrying } from 'gateway/provider'
import { type Answer, ConsulClient, type Mode, type Question } from './client.ts'
import type { Endpoint } from './endpoint.ts'
import { Watch } from './watch.ts'

/** Asks the agent of the session one question about one namespace. */
export type Ask = (question: Question, namespace: string | undefined) => Promise<Answer>

/** A way to make one message of what Consul says. */
export interface Reading {
  readonly endpoints: readonly Endpoint[]
  readonly namespaces: readonly (string | undefined)[]
  /** Questions whose answers change with what is read; without any, it is read at an interval. */
  readonly watched: readonly Question[]
  readonly intervalMs: number
  /** How answers are asked for, unless what is known calls for more care. */
  readonly mode: Mode
  read(ask: Ask): Promise<ProviderMessage>
}

type Context = Pick<ProviderContext<unknown>, 'emit' | 'signal' | 'log' | 'onReload' | 'status'>

// The transactions of one change come one by one, each with an answer of its own.
const QUIET_MS = 150

const nothing = (): void => {}
const SILENT: ProviderLog = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** Says what a reading makes of Consul, as long as the signal lets it: from one agent, from the next where that fails. */
export class Follower {
  readonly #context: Context
  readonly #reading: Reading
  readonly #changes = new Burst({ quietMs: QUIET_MS })
  #endpoint = 0
  #sessions = 0
  #said: unknown
  /** Whether the next reading has to be confirmed by the leader. */
  #careful = false

  constructor(context: Context, reading: Reading) {
    this.#context = context
    this.#reading = reading
  }

  async run(): Promise<void> {
    const { signal, log, onReload } = this.#context
    onReload(() => this.#changes.end())
    using _changes = this.#changes
    await retrying(signal, new Backoff(), () => this.#tryAll(), log)
  }

  /** Tries the agents one after the other, each one once. */
  async #tryAll(): Promise<void> {
    const { endpoints } = this.#reading
    const { signal, log, status } = this.#context
    for (let failures = 1; ; failures++) {
      const endpoint = endpoints[this.#endpoint] as Endpoint
      try {
        await this.#session(endpoint)
      } catch (error) {
        if (signal.aborted) throw error
        this.#endpoint = (this.#endpoint + 1) % endpoints.length
        const failure = new Error(`${endpoint.url.origin}: ${reasonOf(error)}`, { cause: error })
        status('failed', failure.message)
        if (failures >= endpoints.length) throw failure
        log.warn('the agent failed, trying the next one', { error: failure.message })
      }
    }
  }

  /** Follows one agent; never returns but by an exception. */
  async #session(endpoint: Endpoint): Promise<never> {
    const { signal, log } = this.#context
    // Read anew each time: certificates are replaced while the gateway runs. Who was warned once is not warned again.
    const tls = endpoint.tls && (await readClientTls(endpoint.tls, this.#sessions++ === 0 ? log : SILENT))
    using client = await ConsulClient.to(endpoint, tls)
    const over = new AbortController()
    const end = (): void => over.abort(signal.reason)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    try {
      return await this.#follow(client, over.signal)
    } finally {
      signal.removeEventListener('abort', end)
      over.abort()
    }
  }

  async #follow(client: ConsulClient, signal: AbortSignal): Promise<never> {
    const { namespaces, watched } = this.#reading
    const watches = namespaces.flatMap((namespace) => watched.map((question) => new Watch(client, question, namespace)))
    // The indexes come first: what changes after them is heard of, and so no change falls between reading and watching.
    await Promise.all(watches.map((watch) => watch.begin(signal)))
    // A server that has just begun may not have read all of its own data yet; the leader would have to confirm that.
    this.#careful = this.#said !== undefined || !this.#reading.mode.stale
    const running = watches.map((watch) => watch.run((isReset) => this.#hear(isReset), signal))
    return await Promise.race([this.#sayAgainAndAgain(client, signal), ...running])
  }

  #hear(isReset: boolean): void {
    this.#careful ||= isReset
    this.#changes.add()
  }

  async #sayAgainAndAgain(client: ConsulClient, signal: AbortSignal): Promise<never> {
    const { watched, intervalMs } = this.#reading
    for (;;) {
      await this.#say(client, signal)
      await this.#changes.next({ idleMs: watched.length === 0 ? intervalMs : undefined, signal })
    }
  }

  /** Reads everything, and says it unless it was said before. */
  async #say(client: ConsulClient, signal: AbortSignal): Promise<void> {
    const mode = this.#careful ? { consistent: true } : this.#reading.mode
    const message = await this.#reading.read((question, namespace) => client.ask(question, { namespace, mode }, signal))
    signal.throwIfAborted()
    this.#careful = false
    const content = { configuration: message.configuration, findings: message.findings }
    if (isDeepStrictEqual(content, this.#said)) {
      this.#context.status('ready')
      return
    }
    this.#said = content
    this.#context.emit(message)
  }
}

/** Several addresses that all failed have no message of their own. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string }
  return message || code || String(error)
}
