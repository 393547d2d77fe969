/** What a metric is, as its `# TYPE` says it. */
type MetricType = 'counter' | 'gauge' | 'histogram'

interface MetricFacts {
  readonly type: MetricType
  readonly help: string
  /** As a reader of the documentation finds them. */
  readonly labels: readonly string[]
}

const EXCHANGE = ['code', 'method', 'protocol']
const TLS = ['tls_version', 'tls_cipher']

type LevelMetric = 'requests_total' | 'requests_tls_total' | 'request_duration_seconds' | 'requests_bytes_total' | 'responses_bytes_total'

/** The metrics of a level; `of` says whose requests these are. */
function level<Name extends string>(name: Name, of: string, labels: readonly string[]) {
  const facts: Readonly<Record<LevelMetric, MetricFacts>> = {
    requests_total: { type: 'counter', help: `Requests ${of}.`, labels: [...EXCHANGE, ...labels] },
    requests_tls_total: { type: 'counter', help: `Requests ${of} over TLS.`, labels: [...TLS, ...labels] },
    request_duration_seconds: {
      type: 'histogram',
      help: `How long requests ${of} took, from their head to the end of the response or of the tunnel.`,
      labels: [...EXCHANGE, ...labels],
    },
    requests_bytes_total: { type: 'counter', help: `Octets of the contents of requests ${of}.`, labels: [...EXCHANGE, ...labels] },
    responses_bytes_total: {
      type: 'counter',
      help: `Octets of the contents of responses to requests ${of}.`,
      labels: [...EXCHANGE, ...labels],
    },
  }
  const named = Object.entries(facts).map(([metric, fact]) => [`traefik_${name}_${metric}`, fact] as const)
  return Object.fromEntries(named) as Readonly<Record<`traefik_${Name}_${LevelMetric}`, MetricFacts>>
}

/** Every metric of our own; those of the process come from a library. */
export const METRICS = {
  ...level('entrypoint', 'that came to an entry point', ['entrypoint']),
  ...level('router', 'that a router took', ['router', 'service']),
  ...level('service', 'that went to a server of a service; each attempt counts', ['service']),
  traefik_service_server_up: {
    type: 'gauge',
    help: '1 while a server is up, 0 while it is not; only servers that something checks.',
    labels: ['service', 'url'],
  },
  traefik_open_connections: { type: 'gauge', help: 'Open connections, or sessions of UDP.', labels: ['entrypoint', 'protocol'] },
  traefik_config_reloads_total: { type: 'counter', help: 'Configurations that went live.', labels: [] },
  traefik_config_last_reload_success: { type: 'gauge', help: 'When the last configuration went live, as Unix time.', labels: [] },
  traefik_tls_certs_not_after: { type: 'gauge', help: 'When a certificate expires, as Unix time.', labels: ['cn', 'serial', 'sans'] },
  gateway_request_errors_total: {
    type: 'counter',
    help: 'Requests that were refused before any router, or failed, by error code, and clients that went beyond a limit.',
    labels: ['error', 'entrypoint'],
  },
  gateway_health_checks_total: { type: 'counter', help: 'Health checks of servers that ended.', labels: ['result'] },
  gateway_health_changes_total: { type: 'counter', help: 'Servers that a health check found down, or up again.', labels: [] },
  gateway_findings: { type: 'gauge', help: 'What there is to say about the configuration as it is.', labels: ['severity'] },
  gateway_worker_restarts_total: { type: 'counter', help: 'Worker threads that took the place of one that was lost.', labels: [] },
} as const satisfies Readonly<Record<string, MetricFacts>>

export type MetricName = keyof typeof METRICS
