import { boolean, list, map, number, object, section, string, unsupported } from '../schema/index.ts'

const prometheus = object(
  'Numbers in the text format of Prometheus, at `/metrics`.',
  {
    buckets: list(number('Seconds.', { min: 0 }), 'Upper bounds of the buckets of durations.', { default: [0.1, 0.3, 1.2, 5] }),
    addEntryPointsLabels: boolean('Count the requests of each entry point.', { default: true }),
    addRoutersLabels: boolean('Count the requests of each router.', { default: false }),
    addServicesLabels: boolean('Count the requests to the servers of each service.', { default: true }),
    entryPoint: string('Entry point that answers. One named `traefik` is taken where `gateway` does not exist.', { default: 'gateway' }),
    manualRouting: boolean('Make only the service `prometheus@internal`, for a router of your own.', { default: false }),
    headerLabels: map(
      string('Name of a header field.'),
      'Further labels of the numbers of requests: each with the field of the request whose value it has.',
    ),
  },
  { standalone: true },
)

/** Numbers for monitoring. */
export const metrics = object('Numbers for monitoring.', {
  addInternals: boolean('Also count the requests of routers to services of the gateway itself.', { default: false }),
  prometheus: section(prometheus),
  datadog: unsupported('Send the numbers to Datadog.'),
  statsD: unsupported('Send the numbers to StatsD.'),
  influxDB2: unsupported('Send the numbers to InfluxDB.'),
  otlp: unsupported('Send the numbers to an OpenTelemetry collector.'),
})
