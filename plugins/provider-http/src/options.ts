import { clientTls, duration, type Infer, integer, map, object, section, string } from 'gateway/provider'

/** The options under `providers.http`. */
export const httpOptions = object('Reads routing configuration from a URL.', {
  endpoint: string('URL of a YAML, JSON or TOML document.', { required: true, check: checkEndpoint }),
  pollInterval: duration('How long to wait from one request to the next.', { default: '5s', min: '1ms' }),
  pollTimeout: duration('How long a request may take, with all of its answer.', { default: '5s', min: '1ms' }),
  headers: map(string('Value of the field.', { secret: true }), 'Header fields of every request; `Host` names another host than the URL.'),
  tls: section(clientTls, 'How to speak TLS to the server.'),
  maxResponseBodySize: integer('How many bytes an answer may have; -1 is no limit but that of every document, 16 MiB.', {
    default: -1,
    min: -1,
  }),
})

export type HttpOptions = Infer<typeof httpOptions>

function checkEndpoint(value: string): string | undefined {
  const url = URL.parse(value)
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? undefined : 'a URL, for instance https://config.internal/gateway.yml'
}
