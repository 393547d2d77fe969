import type { Snapshot } from '../config/snapshot.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { Finding } from '../findings/finding.ts'
import type { Log } from '../log.ts'
import type { ProviderMessage } from '../provider/definition.ts'
import { aggregate, type Said } from './aggregator.ts'
import { Alarm } from './alarm.ts'
import { FileWatch } from './custom/file-watch.ts'
import { FindingLog } from './finding-log.ts'
import { filesNamedIn } from './named-files.ts'
import type { Outcome } from './publisher.ts'
import type { Timers } from './timers.ts'
import { type LastCheck, type Verified, verify } from './verify.ts'

export interface ReconcilerOptions {
  readonly configuration: StaticConfiguration
  readonly publish: (snapshot: Snapshot) => Promise<Outcome>
  readonly timers: Timers
  /** Certificates are valid by it. */
  readonly wallTime?: () => number
  readonly log: Log
  /** Gives each key that a snapshot wants its place in shared memory. */
  readonly place: (wanted: ReadonlyMap<string, number>) => Record<string, number>
  /** Completes what providers said before it is checked; it never fails. */
  readonly prepare?: (said: Said) => Said | Promise<Said>
  /** What is wrong although the configuration is right. */
  readonly troubles?: (said: Said) => readonly Finding[]
  /** Hears what came of each check, before it is published. */
  readonly onReviewed?: (reviewed: { readonly said: Said; readonly verified: Verified }) => void
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
  /** Those that the configuration names. */
  readonly #files = new FileWatch(() => this.#readAgain())
  /** Rings when time alone changes what is found. */
  readonly #alarm: Alarm
  #said: Said = new Map()
  /** What came of the last check, live or not. */
  #last: LastCheck | undefined
  /** What the last check has found. */
  #findings: readonly Finding[] = []
  #state: 'collecting' | 'idle' | 'due' = 'collecting'
  #preparing: Promise<Said> | undefined

  constructor(options: ReconcilerOptions) {
    this.#options = options
    this.#findingLog = new FindingLog(options.log)
    const { timers, wallTime = Date.now } = options
    this.#alarm = new Alarm({ timers, wallTime, ring: () => this.refresh() })
  }

  /** Takes a provider's newest message. */
  hear(provider: string, message: ProviderMessage): void {
    const said = this.#attempt(`the provider \`${provider}\` said something that cannot be read`, () =>
      aggregate(this.#said, { provider, message }),
    )
    if (said === undefined || said === this.#said) return
    this.#said = said
    this.refresh()
  }

  /** Checks everything again: something has changed that what providers said depends on. */
  refresh(): void {
    if (this.#state !== 'idle') return
    this.#state = 'due'
    setImmediate(() => void this.#reconcile())
  }

  /** Looks at files no more, nor at the time. */
  close(): void {
    this.#files.close()
    this.#alarm.stop()
  }

  /** Publishes what was collected so far; from now on every change is published. Resolves when it is live. */
  open(): Promise<void> {
    return this.#reconcile()
  }

  /** A file has changed that somebody's word names. */
  #readAgain(): void {
    for (const [provider, { message }] of this.#said) {
      this.#said = this.#attempt('a file cannot be read', () => aggregate(this.#said, { provider, message })) ?? this.#said
    }
    this.refresh()
  }

  async #reconcile(): Promise<void> {
    this.#state = 'idle'
    const { configuration, publish, place, wallTime } = this.#options
    const said = await this.prepare()
    const verified = this.#attempt('the configuration cannot be checked and is not applied', () =>
      verify(said, configuration, this.#last, wallTime?.()),
    )
    if (verified === undefined) return
    const { snapshot, dryBuilds } = verified
    // The rest is large, and of use to those alone who ask for it.
    this.#last = { snapshot, dryBuilds }
    this.#findings = verified.findings
    this.#options.onReviewed?.({ said, verified })
    this.#alarm.set(verified.changesAt)
    // A file may have changed after it was read and before it was watched.
    if (this.#files.follow(filesNamedIn(said))) this.#readAgain()
    this.report()
    const cells = this.#attempt('the configuration finds no room and is not applied', () => place(verified.cells))
    if (cells !== undefined) this.#tell(await publish({ ...snapshot, cells }), verified)
  }

  /** Tells all findings that there are. */
  report(): void {
    const { troubles, onFindings } = this.#options
    const findings = [...this.#findings, ...(troubles?.(this.#said) ?? [])]
    this.#findingLog.report(findings)
    onFindings?.(findings)
  }

  /** Completes what was said so far. One after the other: what takes long must not go live after what is newer. */
  prepare(): Said | Promise<Said> {
    const { prepare = (said) => said } = this.#options
    const prepared = this.#preparing === undefined ? prepare(this.#said) : this.#preparing.then(() => prepare(this.#said))
    if (!(prepared instanceof Promise)) return prepared
    this.#preparing = prepared
    void prepared.then(() => {
      if (this.#preparing === prepared) this.#preparing = undefined
    })
    return prepared
  }

  #tell(outcome: Outcome, { disabled }: Verified): void {
    if (outcome.type !== 'published') return
    const { revision, routers, services, streams } = outcome.snapshot
    const count = (...records: readonly (object | undefined)[]): number =>
      records.reduce<number>((sum, record) => sum + Object.keys(record ?? {}).length, 0)
    const counts = [
      `${count(routers, streams?.tcpRouters, streams?.udpRouters)} routers`,
      `${count(services, streams?.tcpServices, streams?.udpServices)} services`,
    ]
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
