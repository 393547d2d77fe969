import type { Log } from '../log.ts'
import type { ProviderMessage } from '../provider/definition.ts'
import { ProviderRun, type ProviderStatus } from './provider-run.ts'
import type { EnabledProvider } from './providers.ts'
import { Throttle } from './throttle.ts'
import { pause, type Timers } from './timers.ts'

export interface ProviderGroupOptions {
  readonly enabled: readonly EnabledProvider[]
  /** The least time between two messages of one provider that are heard. */
  readonly gapMs: number
  readonly hear: (provider: string, message: ProviderMessage) => void
  readonly timers: Timers
  readonly log: Log
}

/** How long a provider may take to end once it was told to. */
const END_MS = 10_000

/** All providers at work, each behind the throttle. */
export class ProviderGroup {
  /** Resolves when every provider has said something, has failed or is over. */
  readonly firstWords: Promise<void>
  readonly #options: ProviderGroupOptions
  readonly #throttle: Throttle<ProviderMessage>
  readonly #runs: readonly ProviderRun[]

  constructor(options: ProviderGroupOptions) {
    const { enabled, gapMs, hear, timers } = options
    this.#options = options
    this.#throttle = new Throttle({ gapMs, timers, deliver: hear })
    const started = enabled.map((one) => this.#start(one))
    this.#runs = started.map(({ run }) => run)
    this.firstWords = Promise.all(started.map(({ firstWord }) => firstWord)).then(() => {})
  }

  /** How every provider stands with its source, by name. */
  get statuses(): ReadonlyMap<string, ProviderStatus> {
    return new Map(this.#runs.map(({ name, status }) => [name, status]))
  }

  /** Asks every provider for a fresh reading. */
  reload(): void {
    for (const run of this.#runs) run.reload()
  }

  /** Ends all providers; one that does not end in time is left behind, unheard. */
  async stop(): Promise<void> {
    const { timers, log } = this.#options
    this.#throttle.stop()
    for (const run of this.#runs) run.stop()
    const over = new AbortController()
    const late = new Set(this.#runs)
    const ended = this.#runs.map((run) => run.ended.then(() => late.delete(run)))
    await Promise.race([Promise.all(ended), pause(timers, END_MS, over.signal)])
    over.abort()
    for (const { name } of late) log.warn(`the provider \`${name}\` has not ended in time`, { provider: name })
  }

  #start(enabled: EnabledProvider): { readonly run: ProviderRun; readonly firstWord: Promise<void> } {
    const { timers, log } = this.#options
    const { name } = enabled.definition
    const { promise, resolve } = Promise.withResolvers<void>()
    log.info(`starting the provider \`${name}\``, { provider: name })
    const emit = (message: ProviderMessage) => {
      this.#throttle.push(name, message)
      resolve()
    }
    const run = new ProviderRun({ enabled, emit, onFailure: resolve, timers, log })
    return { run, firstWord: Promise.race([promise, run.ended]) }
  }
}
