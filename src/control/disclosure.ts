import type { StaticConfiguration } from '../config/static.ts'
import type { Finding } from '../findings/finding.ts'
import type { Log } from '../log.ts'
import type { ProviderDefinition } from '../provider/definition.ts'
import type { Api } from './api/api.ts'
import { openApi } from './api/open-api.ts'
import { AskedServices } from './asked-services.ts'
import type { CellAllocator } from './cell-allocator.ts'
import type { HealthChecker } from './health/checker.ts'
import type { Metrics } from './metrics/metrics.ts'
import { openMetrics } from './metrics/open-metrics.ts'
import type { Publisher } from './publisher.ts'
import type { ReconcilerOptions } from './reconciler.ts'
import type { Timers } from './timers.ts'
import type { Asked, Counted, WorkerLink } from './worker-thread.ts'

interface DisclosureParts {
  readonly configuration: StaticConfiguration
  readonly providers: readonly ProviderDefinition[]
  readonly version: string
  /** What was wrong before the start. */
  readonly findings: readonly Finding[]
  readonly publisher: Publisher
  readonly health: HealthChecker
  readonly cells: CellAllocator
  readonly timers: Timers
  readonly log: Log
}

type Reviewed = Parameters<NonNullable<ReconcilerOptions['onReviewed']>>[0]

/** What the gateway tells of itself to those who ask: its API and its metrics, where they are turned on. */
export class Disclosure {
  readonly #early: readonly Finding[]
  readonly #services: AskedServices
  readonly #api: Api | undefined
  readonly #metrics: Metrics | undefined

  constructor({ configuration, providers, version, findings, publisher, health, cells, timers, log }: DisclosureParts) {
    const live = { snapshot: () => publisher.current, words: cells.words }
    const api = openApi({ ...live, configuration, providers, version, factsOf: (key) => health.factsOf(key) })
    const metrics = openMetrics(configuration, { ...live, checks: () => health.counts, timers, log })
    this.#early = findings
    this.#api = api
    this.#metrics = metrics
    this.#services = new AskedServices(log, timers)
    if (api !== undefined) this.#services.add('api@internal', (question) => api.answer(question))
    if (metrics !== undefined) this.#services.add('prometheus@internal', () => metrics.answer())
  }

  attach(link: WorkerLink): void {
    this.#metrics?.attach(link)
  }

  detach(link: WorkerLink): void {
    this.#metrics?.detach(link)
  }

  /** A worker has something new to count. */
  count(link: WorkerLink, counted: Counted): void {
    this.#metrics?.hear(link, counted)
  }

  /** Answers a client of a worker. */
  async answer(link: WorkerLink, { id, question }: Asked): Promise<void> {
    link.send({ type: 'told', id, answer: await this.#services.answer(question) })
  }

  /** All words were checked. */
  review(reviewed: Reviewed): void {
    this.#api?.review(reviewed)
  }

  /** These are all findings about what providers say. */
  find(findings: readonly Finding[]): void {
    const all = [...this.#early, ...findings]
    this.#api?.found(all)
    this.#metrics?.found(all)
  }

  /** A configuration is live. */
  reloaded(): void {
    this.#metrics?.reloaded()
  }
}
