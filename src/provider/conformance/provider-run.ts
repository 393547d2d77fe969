import type { ProviderDefinition, ProviderMessage, ProviderState } from '../definition.ts'
import { hasError } from './rules.ts'

/** A provider, with options as its schema checked them. */
export interface RunnableProvider<Options> {
  readonly definition: ProviderDefinition<Options>
  readonly options: Options
}

/** A running provider whose messages can be awaited; it is stopped when the scope ends. */
export class ProviderRun<Options> implements AsyncDisposable {
  readonly messages: ProviderMessage[] = []
  readonly warnings: string[] = []
  /** All that it said of how it stands with its source, newest last. */
  readonly states: { readonly state: ProviderState; readonly detail: string | undefined }[] = []
  /** Settles when the provider ends. */
  readonly ended: Promise<void>
  readonly #abort = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #reloaders: (() => void)[] = []
  #isOver = false

  constructor({ definition, options }: RunnableProvider<Options>, signal?: AbortSignal) {
    const ignore = (): void => {}
    const warn = (message: string): void => void this.warnings.push(message)
    this.ended = definition.provide({
      options,
      emit: (message) => this.#hear(message),
      signal: signal ?? this.#abort.signal,
      log: { debug: ignore, info: ignore, warn, error: warn },
      onReload: (listener) => this.#reloaders.push(listener),
      status: (state, detail) => {
        this.states.push({ state, detail })
        this.#tell()
      },
    })
    const over = (): void => {
      this.#isOver = true
      this.#tell()
    }
    // A failure is seen by the one who awaits `ended` or `until`.
    this.ended.then(over, over)
  }

  /** The newest message, as soon as one satisfies the condition. */
  async until(condition: (message: ProviderMessage) => boolean): Promise<ProviderMessage> {
    return await this.#found(() => {
      const newest = this.messages.at(-1)
      return newest && condition(newest) ? newest : undefined
    })
  }

  /** Resolves as soon as it has noticed, and said in some way, that its source is away. */
  async untilLost(): Promise<void> {
    await this.#found(() => {
      const newest = this.messages.at(-1)
      return this.states.at(-1)?.state === 'failed' || (newest && hasError(newest)) || undefined
    })
  }

  /** Resolves as soon as it has said, in some way, that its source is there again. */
  async untilBack(): Promise<void> {
    await this.#found(() => {
      const newest = this.messages.at(-1)
      return (this.states.at(-1)?.state !== 'failed' && !(newest && hasError(newest))) || undefined
    })
  }

  /** Resolves as soon as it has said so many times that its source is away. */
  async untilFailures(count: number): Promise<void> {
    await this.#found(() => this.states.filter(({ state }) => state === 'failed').length >= count || undefined)
  }

  /** Forgets all that was said, as a gateway does, but for the last word. */
  forget(): void {
    for (const said of [this.messages, this.warnings, this.states]) said.splice(0, said.length - 1)
  }

  /** Resolves as soon as its newest word of its source is this state. */
  async untilState(state: ProviderState): Promise<void> {
    await this.#found(() => this.states.at(-1)?.state === state || undefined)
  }

  /** Asks for a fresh reading, as SIGHUP does. */
  reload(): void {
    for (const listener of this.#reloaders) listener()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.ended.catch(() => {})
  }

  #hear(message: ProviderMessage): void {
    this.messages.push(message)
    // Without another word, a message means that all is well.
    if (this.states.at(-1)?.state === 'failed') this.states.push({ state: 'ready', detail: undefined })
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  /** What a look at what was said finds, as soon as it finds something. */
  async #found<Found>(find: () => Found | undefined): Promise<Found> {
    const { promise, resolve } = Promise.withResolvers<Found | undefined>()
    const look = (): void => {
      const found = find()
      if (found !== undefined || this.#isOver) resolve(found)
    }
    this.#listeners.add(look)
    look()
    const found = await promise.finally(() => this.#listeners.delete(look))
    if (found !== undefined) return found
    await this.ended
    throw new Error('the provider ended before it said what was awaited')
  }
}
