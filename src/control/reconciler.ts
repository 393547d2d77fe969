import type { Snapshot } from '../config/snapshot.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { Finding } from '../findings/finding.ts'
import type { Log } from '../log.ts'
import type { ProviderMessage } from '../provider/definition.ts'
import { aggregate, type Said } from './aggregator.ts'
import { FindingLog } from './finding-log.ts'
import type { Outcome } from './publisher.ts'
import { type Verified, verify } from './verify.ts'

export interface ReconcilerOptions {
  readonly configuration: StaticConfiguration
  readonly publish: (snapshot: Snapshot) => Promise<Outcome>
  readonly log: Log
  /** Hears all findings that there are, each time they may have changed. */
  readonly onFindings?: (findings: readonly Finding[]) => void
}

/**
 * Makes live what providers say: collects their words, checks all of them together and publishes what can be served. Words
 * that come in one turn of the event loop are one change; what goes wrong here leaves the live configuration as it is.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #findingLog: FindingLog
  #said: Said = new Map()
  #state: 'collecting' | 'idle' | 'due' = 'collecting'

  constructor(options: ReconcilerOptions) {
    this.#options = options
    this.#findingLog = new FindingLog(options.log)
  }

  /** Takes a provider's newest message. */
  hear(provider: string, message: ProviderMessage): void {
    const said = this.#attempt(`the provider \`${provider}\` said something that cannot be read`, () =>
      aggregate(this.#said, { provider, message }),
    )
    if (said === undefined || said === this.#said) return
    this.#said = said
    if (this.#state !== 'idle') return
    this.#state = 'due'
    setImmediate(() => void this.#reconcile())
  }

  /** Publishes what was collected so far; from now on every change is published. Resolves when it is live. */
  open(): Promise<void> {
    return this.#reconcile()
  }

  async #reconcile(): Promise<void> {
    this.#state = 'idle'
    const { configuration, publish, onFindings } = this.#options
    const verified = this.#attempt('the configuration cannot be checked and is not applied', () => verify(this.#said, configuration))
    if (verified === undefined) return
    this.#findingLog.report(verified.findings)
    onFindings?.(verified.findings)
    this.#tell(await publish(verified.snapshot), verified)
  }

  #tell(outcome: Outcome, { disabled }: Verified): void {
    if (outcome.type !== 'published') return
    const { revision, routers, services } = outcome.snapshot
    const counts = [`${Object.keys(routers).length} routers`, `${Object.keys(services).length} services`]
    if (disabled.size > 0) counts.push(`${disabled.size} disabled`)
    if (outcome.applied > 0) this.#options.log.info(`configuration ${revision} is live: ${counts.join(', ')}`)
    for (const { code, message, path } of outcome.findings) this.#options.log.error(message, { code, path })
  }

  #attempt<T>(failure: string, action: () => T): T | undefined {
    try {
      return action()
    } catch (error) {
      this.#options.log.error(failure, { error, stack: (error as Error).stack })
      return undefined
    }
  }
}
