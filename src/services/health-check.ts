import { boolean, duration, enumeration, type Infer, integer, map, object, string } from '../schema/index.ts'

/** Options of the active health check of a load balancer. */
export const healthCheckOptions = object('Asks every server at intervals whether it is well; requests go to those that are.', {
  mode: enumeration(['http', 'grpc'], 'An HTTP request, or the `Check` of `grpc.health.v1.Health`.', { default: 'http' }),
  scheme: enumeration(['http', 'https', 'h2c'], 'Scheme in place of that of the server; gRPC uses TLS only with `https` here.'),
  path: string('Path and query, relative to the URL of the server.', { default: '', check: expectedOfPath }),
  method: string('Method of the request.', { default: 'GET', check: expectedOfMethod }),
  status: integer('The one status of a healthy server; 0: every one from 200 to 399.', { default: 0, min: 0, max: 599 }),
  port: integer('Port in place of that of the server; 0: that of the server.', { default: 0, min: 0, max: 65_535 }),
  interval: duration('Time from one check of a server to the next; 0 or less means 30s.', { default: '30s' }),
  unhealthyInterval: duration('The same for a server that is down; without it, `interval`.'),
  timeout: duration('How long one check may take; 0 or less means 5s.', { default: '5s' }),
  hostname: string('Host of the request; without one, that of the URL.', { check: expectedOfHostname }),
  headers: map(string('Value of the field.', { check: expectedOfValue }), 'Further header fields; Host has no effect here.'),
  followRedirects: boolean('Follow redirects and judge the last response.', { default: true }),
})

export type HealthCheckOptions = Infer<typeof healthCheckOptions>

// Only what cannot lead to another server, whichever way a parser of URLs reads slashes and blanks.
function expectedOfPath(path: string): string | undefined {
  const staysThere = !/^[a-z][a-z\d+.-]*:|^\/\/|[\\\s\p{Cc}]/iu.test(path)
  return staysThere ? undefined : 'a path without scheme and host, for instance /health'
}

function expectedOfMethod(method: string): string | undefined {
  const isToken = /^[!#$%&'*+.^_`|~\w-]+$/.test(method)
  return isToken && method.toUpperCase() !== 'CONNECT' ? undefined : 'a method, for instance GET'
}

function expectedOfHostname(hostname: string): string | undefined {
  return /^[\w.:[\]-]*$/.test(hostname) ? undefined : 'a host, with or without a port'
}

function expectedOfValue(value: string): string | undefined {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? undefined : 'a value without control characters'
}
