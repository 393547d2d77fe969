import type { StaticConfiguration } from '../../config/static.ts'
import { Metrics, type MetricsOptions } from './metrics.ts'
import { metricsPlanOf } from './plan.ts'

/** The metrics of a gateway; undefined where nobody has turned them on. */
export function openMetrics(
  configuration: StaticConfiguration,
  options: Omit<MetricsOptions, 'plan' | 'headerLabels'>,
): Metrics | undefined {
  const plan = metricsPlanOf(configuration)
  if (plan === undefined) return undefined
  return new Metrics({ ...options, plan, headerLabels: Object.keys(configuration.metrics?.prometheus?.headerLabels ?? {}) })
}
