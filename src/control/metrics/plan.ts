import type { StaticConfiguration } from '../../config/static.ts'
import type { MetricsPlan } from '../../thread/metric-series.ts'

/** What workers are to count; undefined for nothing. */
export function metricsPlanOf({ metrics }: StaticConfiguration): MetricsPlan | undefined {
  const { prometheus } = metrics ?? {}
  if (prometheus === undefined) return undefined
  const { buckets, addEntryPointsLabels, addRoutersLabels, addServicesLabels, headerLabels = {} } = prometheus
  return {
    buckets: [...new Set(buckets)].sort((one, other) => one - other),
    entryPoints: addEntryPointsLabels,
    routers: addRoutersLabels,
    services: addServicesLabels,
    internals: metrics?.addInternals ?? false,
    headers: Object.values(headerLabels).map((name) => name.toLowerCase()),
  }
}
