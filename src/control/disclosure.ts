import type { StaticConfiguration } from '../config/static.ts'
import type { Finding } from '../findings/finding.ts'
import type { Log } from '../log.ts'
import type { ProviderDefinition } from '../provider/definition.ts'
import type { Api } from './api/api.ts'
import { AskedServices } from './asked-services.ts'
import type { CellAllocator } from './cell-allocator.ts'
import type { HealthChecker } from './health/checker.ts'
import type { Metrics } from './metrics/metrics.ts'
import { metricsPlanOf } from './metrics/plan.ts'
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

interface Told {
  readonly api: Api | undefined
  readonly metrics: Metrics | undefined
}

type Reviewed = Parameters<NonNullable<ReconcilerOptions['onReviewed']>>[0]

/** What the gateway tells of itself to those who ask: its API and its metrics, where they are turned on. */
export class Disclosure {
  readonly #early: readonly Finding[]
  readonly #services: AskedServices
  readonly #api: Api | undefined
  readonly #metrics: Metrics | undefined

  private constructor({ findings, timers, log }: DisclosureParts, { api, metrics }: Told) {
    this.#early = findings
    this.#api = api
    this.#metrics = metrics
    this.#services = new AskedServices(log, timers)
    if (api !== undefined) this.#services.add('api@internal', (question) => api.answer(question))
    if (metrics !== undefined) this.#services.add('prometheus@internal', () => metrics.answer())
  }

  static async open(parts: DisclosureParts): Promise<Disclosure> {
    return new Disclosure(parts, { api: await apiOf(parts), metrics: await metricsOf(parts) })
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

// What is turned off is not even loaded.

async function apiOf({ configuration, providers, version, publisher, health, cells }: DisclosureParts): Promise<Api | undefined> {
  if (configuration.api === undefined) return undefined
  const { openApi } = await import('./api/open-api.ts')
  const live = { snapshot: () => publisher.current, words: cells.words }
  return openApi({ ...live, configuration, providers, version, factsOf: (key) => health.factsOf(key) })
}

async function metricsOf({ configuration, publisher, health, cells, timers, log }: DisclosureParts): Promise<Metrics | undefined> {
  const plan = metricsPlanOf(configuration)
  if (plan === undefined) return undefined
  const { openMetrics } = await import('./metrics/open-metrics.ts')
  const live = { snapshot: () => publisher.current, words: cells.words }
  return openMetrics(configuration, { ...live, plan, checks: () => health.counts, timers, log })
}
