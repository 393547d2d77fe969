import type { StaticConfiguration } from '../../config/static.ts'
import { Metrics, type MetricsOptions } from './metrics.ts'

/** The metrics of a gateway. */
export function openMetrics(configuration: StaticConfiguration, options: Omit<MetricsOptions, 'headerLabels'>): Metrics {
  return new Metrics({ ...options, headerLabels: Object.keys(configuration.metrics?.prometheus?.headerLabels ?? {}) })
}
