import type { SnapshotRouter } from '../config/snapshot.ts'
import type { Dispatch } from '../dispatch/dispatch.ts'
import { GatewayError } from '../errors.ts'
import type { RequestHead } from '../http/request.ts'
import type { TreeObserver } from '../runtime/tree-observer.ts'
import { type MetricPoint, type MetricsPlan, pointKey, type SeriesPlace } from '../thread/metric-series.ts'
import { EntryMetrics } from './entry-metrics.ts'
import { type Counting, MeasuredExchange } from './measured-exchange.ts'
import { Point, type PointContext } from './point.ts'
import { SeriesPages } from './series-pages.ts'

/** What the counting of a worker needs. */
export interface TreeMetricsOptions {
  readonly plan: MetricsPlan
  /** Entry points whose exchanges are not counted where nothing else is said. */
  readonly silentEntryPoints: readonly string[]
  /** Tells the control plane where a series is counted. */
  readonly tell: (place: SeriesPlace) => void
  /** Too many different values have come in the fields that are labels. */
  readonly onManyValues: (point: MetricPoint) => void
}

/** Counts the exchanges of a worker: of its entry points, routers and services. */
export class TreeMetrics implements TreeObserver {
  readonly #plan: MetricsPlan
  readonly #silent: ReadonlySet<string>
  readonly #context: PointContext
  readonly #points = new Map<string, Point>()
  /** By entry point, where routers are not counted for themselves: they share these. */
  readonly #shared = new Map<string, Counting>()
  readonly #fields: readonly string[] | undefined

  constructor({ plan, silentEntryPoints, tell, onManyValues }: TreeMetricsOptions) {
    this.#plan = plan
    this.#silent = new Set(silentEntryPoints)
    this.#fields = plan.headers.length === 0 ? undefined : plan.headers
    const boundsMs = plan.buckets.map((seconds) => seconds * 1000)
    this.#context = { pages: new SeriesPages(tell), boundsMs, headers: plan.headers, onManyValues }
  }

  /** What an entry point counts beside its exchanges. */
  entryPoint(name: string): EntryMetrics {
    return new EntryMetrics(name, this.#context.pages, this.#counts(name) ? this.#entryPoint(name) : undefined)
  }

  /** Nobody asks for these any more: their configuration is gone, and whoever is still counted there is not told. */
  forget(points: readonly MetricPoint[]): void {
    for (const point of points) this.#points.delete(pointKey(point))
  }

  router(name: string, router: SnapshotRouter, next: Dispatch): Dispatch {
    const { service = '', parents } = router
    if (parents === undefined) {
      const isCounted = router.unmeasured !== true && (this.#plan.internals || !service.endsWith('@internal'))
      return isCounted ? this.#rootRouter(name, router, next) : unmeasured(next)
    }
    if (!this.#plan.routers) return next
    const counting = this.#counting(this.#point({ level: 'router', name, service }), undefined, false)
    return function measuredChild(request, handler) {
      return request.isUnmeasured ? next(request, handler) : measure(next, request, new MeasuredExchange(handler, request, counting))
    }
  }

  server(service: string, next: Dispatch): Dispatch {
    if (!this.#plan.services) return next
    const counting = this.#counting(this.#point({ level: 'service', name: service }), undefined, false)
    return function measuredServer(request, handler) {
      return next(request, request.isUnmeasured ? handler : new MeasuredExchange(handler, request, counting))
    }
  }

  unrouted(entryPoint: string, next: Dispatch): Dispatch {
    if (!this.#counts(entryPoint)) return next
    const counting = this.#counting(this.#entryPoint(entryPoint), undefined, true)
    return function measuredUnrouted(request, handler) {
      return next(request, new MeasuredExchange(handler, request, counting))
    }
  }

  /** A router may answer on several entry points: which one counts shows with each request. */
  #rootRouter(name: string, { service = '', entryPoints }: SnapshotRouter, next: Dispatch): Dispatch {
    const plan = this.#plan
    if (!plan.entryPoints && !plan.routers) return next
    const own = plan.routers ? this.#point({ level: 'router', name, service }) : undefined
    const countings = new Map(entryPoints.map((entryPoint) => [entryPoint, this.#countingOf(entryPoint, own)] as const))
    const [only] = countings.values()
    if (countings.size === 1 && only !== undefined) {
      return function measuredRouter(request, handler) {
        return measure(next, request, new MeasuredExchange(handler, request, only))
      }
    }
    return function measuredRouter(request, handler) {
      const counting = countings.get(request.entryPoint)
      return counting === undefined ? next(request, handler) : measure(next, request, new MeasuredExchange(handler, request, counting))
    }
  }

  #countingOf(entryPoint: string, router: Point | undefined): Counting {
    if (router !== undefined) {
      return this.#plan.entryPoints ? this.#counting(this.#entryPoint(entryPoint), router, true) : this.#counting(router, undefined, true)
    }
    const shared = this.#shared.get(entryPoint) ?? this.#counting(this.#entryPoint(entryPoint), undefined, true)
    this.#shared.set(entryPoint, shared)
    return shared
  }

  #counts(entryPoint: string): boolean {
    return this.#plan.entryPoints && !this.#silent.has(entryPoint)
  }

  #entryPoint(name: string): Point {
    return this.#point({ level: 'entrypoint', name })
  }

  #counting(point: Point, second: Point | undefined, isOutermost: boolean): Counting {
    return { point, second, fields: this.#fields, isOutermost }
  }

  #point(point: MetricPoint): Point {
    const key = pointKey(point)
    const known = this.#points.get(key) ?? new Point(point, this.#context)
    this.#points.set(key, known)
    return known
  }
}

/** Whoever receives the request fails it where nobody has answered, beyond what is in front of the router. */
function measure(next: Dispatch, request: RequestHead, exchange: MeasuredExchange): boolean {
  try {
    return next(request, exchange)
  } catch (error) {
    exchange.fail(error instanceof GatewayError ? error : new GatewayError('GTW_INTERNAL'))
    throw error
  }
}

function unmeasured(next: Dispatch): Dispatch {
  return function unmeasuredRouter(request, handler) {
    request.isUnmeasured = true
    return next(request, handler)
  }
}
