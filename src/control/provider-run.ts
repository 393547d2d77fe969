import { maskText } from '../findings/mask.ts'
import type { Log } from '../log.ts'
import { Backoff } from '../provider/backoff.ts'
import type { ProviderMessage, ProviderState } from '../provider/definition.ts'
import { isTree } from '../schema/tree.ts'
import type { EnabledProvider } from './providers.ts'
import { pause, type Timers } from './timers.ts'

export interface ProviderRunOptions {
  readonly enabled: EnabledProvider
  readonly emit: (message: ProviderMessage) => void
  /** Called after each failure, before the wait for the next attempt. */
  readonly onFailure: () => void
  readonly timers: Timers
  readonly log: Log
  /** From 0 to 1, spreads the restarts of many gateways. */
  readonly random?: () => number
}

/** How a provider stands with its source, and since when, on the clock of the timers. */
export interface ProviderStatus {
  readonly state: ProviderState
  readonly detail?: string
  readonly since: number
}

/**
 * Runs a provider until it is stopped, and again after each failure. Whatever it does stays its own affair: nothing that it
 * throws gets out, and after its end nothing that it says gets in.
 */
export class ProviderRun {
  /** Resolves when the provider is over: it said all there is to say, or it was stopped. */
  readonly ended: Promise<void>
  readonly #options: ProviderRunOptions
  readonly #stop = new AbortController()
  #reloaders: (() => void)[] = []
  #status: ProviderStatus

  constructor(options: ProviderRunOptions) {
    this.#options = options
    this.#status = { state: 'connecting', since: options.timers.now() }
    this.ended = this.#keepRunning()
  }

  get name(): string {
    return this.#options.enabled.definition.name
  }

  get status(): ProviderStatus {
    return this.#status
  }

  /** Asks for a fresh reading. */
  reload(): void {
    for (const reloader of this.#reloaders) this.#guard('failed to reload', reloader)
  }

  stop(): void {
    this.#stop.abort()
  }

  async #keepRunning(): Promise<void> {
    const { timers, log, onFailure, random } = this.#options
    const backoff = new Backoff(random === undefined ? {} : { random })
    while (!this.#stop.signal.aborted) {
      const startedAt = timers.now()
      const error = await this.#attempt()
      if (error === undefined || this.#stop.signal.aborted) return
      this.#stand('failed', error.message)
      const delayMs = backoff.delayAfter(timers.now() - startedAt)
      log.error(`the provider \`${this.name}\` failed, retrying in ${delayMs / 1000} s`, { provider: this.name, error })
      this.#guard('failed', onFailure)
      await pause(timers, delayMs, this.#stop.signal)
    }
  }

  /** One life of the provider; answers why it ended before its time. */
  async #attempt(): Promise<Error | undefined> {
    const { enabled, log } = this.#options
    const over = new AbortController()
    const signal = AbortSignal.any([this.#stop.signal, over.signal])
    const reloaders: (() => void)[] = []
    this.#reloaders = reloaders
    try {
      await enabled.definition.provide({
        options: enabled.options,
        signal,
        log: log.child({ provider: this.name }),
        emit: (message) => void (signal.aborted || this.#emit(message)),
        onReload: (listener) => void reloaders.push(listener),
        status: (state, detail) => void (signal.aborted || this.#stand(state, detail)),
      })
      return undefined
    } catch (error) {
      // One that returned may still answer a reload; of one that failed nothing may be left.
      over.abort()
      this.#reloaders = []
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  #emit(message: ProviderMessage): void {
    if (!isTree(message)) {
      this.#options.log.error(`the provider \`${this.name}\` said something that is no message`, { provider: this.name })
      return
    }
    this.#stand('ready')
    this.#guard('said something that cannot be taken', () => this.#options.emit(message))
  }

  /** The time is that of the last change of state: a source that fails again and again has failed since the first time. */
  #stand(state: ProviderState, detail?: string): void {
    const since = state === this.#status.state ? this.#status.since : this.#options.timers.now()
    this.#status = { state, since, ...(detail === undefined ? {} : { detail: maskText(detail) }) }
  }

  #guard(what: string, action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#options.log.error(`the provider \`${this.name}\` ${what}`, { provider: this.name, error })
    }
  }
}
