/** Gauges whose names say that they are counters: readers of metrics complain of these. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total']

/**
 * The metrics of the process under the names that dashboards know. The library is loaded here: whoever wants no metrics does
 * without it. What it says of the heap and of the event loop is about the thread of the control plane.
 */
export async function processMetrics(): Promise<() => Promise<string>> {
  const { collectDefaultMetrics, Registry } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  return () => registry.metrics()
}
