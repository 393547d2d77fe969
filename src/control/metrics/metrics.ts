import type { Snapshot } from '../../config/snapshot.ts'
import type { Finding } from '../../findings/finding.ts'
import type { Log } from '../../log.ts'
import { type MetricPoint, type MetricsPlan, pointKey, type Series } from '../../thread/metric-series.ts'
import type { Answer } from '../../thread/question.ts'
import type { Timers } from '../timers.ts'
import type { Counted, WorkerLink } from '../worker-thread.ts'
import { CertificateExpiry } from './certificate-expiry.ts'
import { EXPOSITION_TYPE, Exposition, labelText } from './exposition.ts'
import { processMetrics } from './process-metrics.ts'
import { SeriesStore } from './series-store.ts'
import { serverHealth } from './server-health.ts'
import { labelsOfSeries, printSeries } from './worker-metrics.ts'

export interface MetricsOptions {
  /** What workers have been told last. */
  readonly snapshot: () => Snapshot | undefined
  readonly plan: MetricsPlan
  /** Labels of requests that have the values of fields, in the order of the plan. */
  readonly headerLabels: readonly string[]
  /** The memory in which all threads know how servers are. */
  readonly words: Int32Array
  /** How many health checks have ended, how many of these found a server not well, and how often that was news. */
  readonly checks: () => Readonly<Record<'checks' | 'failures' | 'changes', number>>
  readonly timers: Timers
  readonly log: Log
}

/** Series of what is configured no more are kept for somebody who comes to look; not for longer than this. */
const LONGEST_UNSEEN_MS = 600_000

/** Everything that is counted, and what is printed of it when somebody asks. */
export class Metrics {
  readonly #options: MetricsOptions
  readonly #store: SeriesStore
  readonly #expiry = new CertificateExpiry()
  readonly #workers = new Set<WorkerLink>()
  /** By index: the next one there is a replacement. */
  readonly #seen = new Set<number>()
  #process: Promise<() => Promise<string>> | undefined
  #restarts = 0
  #reloads = 0
  #reloadedAt = 0
  #findings: readonly Finding[] = []
  #lookedAt: number

  constructor(options: MetricsOptions) {
    this.#options = options
    this.#lookedAt = options.timers.now()
    this.#store = new SeriesStore((series) => labelsOfSeries(series, options.headerLabels))
  }

  /** A worker starts. */
  attach(worker: WorkerLink): void {
    if (this.#seen.has(worker.index)) this.#restarts++
    this.#seen.add(worker.index)
    this.#workers.add(worker)
  }

  /** A worker is gone: what it has counted is not. */
  detach(worker: WorkerLink): void {
    this.#workers.delete(worker)
    this.#store.drop(worker)
  }

  hear(worker: WorkerLink, message: Counted): void {
    if (message.type === 'series') this.#store.hear(worker, message.place)
    else this.#tellManyValues(message.point)
  }

  /** A configuration has gone live. */
  reloaded(): void {
    this.#reloads++
    this.#reloadedAt = Date.now() / 1000
    if (this.#options.timers.now() - this.#lookedAt > LONGEST_UNSEEN_MS) this.#forgetOld()
  }

  /** All findings that there are. */
  found(findings: readonly Finding[]): void {
    this.#findings = findings
  }

  /** What `prometheus@internal` answers. */
  async answer(): Promise<Answer> {
    this.#process ??= processMetrics()
    const ofProcess = await (await this.#process)()
    const content = `${this.#print()}${ofProcess}`
    this.#forgetOld()
    return { status: 200, headers: ['Content-Type', EXPOSITION_TYPE, 'Cache-Control', 'no-store'], content }
  }

  #print(): string {
    const { plan } = this.#options
    const exposition = new Exposition()
    printSeries(exposition, this.#store.sorted(), { bounds: plan.buckets, hasHeaders: plan.headers.length > 0 })
    this.#printHealth(exposition)
    this.#printConfiguration(exposition)
    exposition.begin('gateway_worker_restarts_total')
    exposition.sample('', this.#restarts)
    return exposition.text
  }

  #printHealth(exposition: Exposition): void {
    const { words, checks, snapshot } = this.#options
    const current = snapshot()
    exposition.begin('traefik_service_server_up')
    const servers = current === undefined ? [] : serverHealth(current, words)
    for (const { labels, isUp } of servers) exposition.sample(labels, isUp ? 1 : 0)
    const counts = checks()
    exposition.begin('gateway_health_checks_total')
    exposition.sample(labelText([['result', 'success']]), counts.checks - counts.failures)
    exposition.sample(labelText([['result', 'failure']]), counts.failures)
    exposition.begin('gateway_health_changes_total')
    exposition.sample('', counts.changes)
  }

  #printConfiguration(exposition: Exposition): void {
    exposition.begin('traefik_config_reloads_total')
    exposition.sample('', this.#reloads)
    exposition.begin('traefik_config_last_reload_success')
    exposition.sample('', this.#reloadedAt)
    exposition.begin('traefik_tls_certs_not_after')
    for (const { labels, notAfter } of this.#expiry.of(this.#options.snapshot()?.tls)) exposition.sample(labels, notAfter)
    exposition.begin('gateway_findings')
    for (const severity of ['error', 'warning'] as const) {
      const count = this.#findings.filter((finding) => finding.severity === severity).length
      exposition.sample(labelText([['severity', severity]]), count)
    }
  }

  /** What is configured no more has been told for the last time. */
  #forgetOld(): void {
    this.#lookedAt = this.#options.timers.now()
    const snapshot = this.#options.snapshot()
    if (snapshot === undefined) return
    const gone = this.#store.remove((series) => isGone(series, snapshot))
    if (gone.length === 0) return
    const points = new Map(gone.flatMap((series) => ('point' in series ? [[pointKey(series.point), series.point]] : [])))
    for (const worker of this.#workers) worker.send({ type: 'forgetSeries', points: [...points.values()] })
  }

  #tellManyValues({ level, name }: MetricPoint): void {
    const fields = this.#options.plan.headers.join(', ')
    this.#options.log.warn(`the fields that are labels of metrics have too many values: further ones are counted as "other"`, {
      of: level,
      name,
      fields,
    })
  }
}

function isGone(series: Series, { routers, services }: Snapshot): boolean {
  if (!('point' in series) || series.point.level === 'entrypoint') return false
  const { level, name, service } = series.point
  if (level === 'service') return services[name] === undefined
  const router = routers[name]
  return router === undefined || (router.service ?? '') !== service
}
