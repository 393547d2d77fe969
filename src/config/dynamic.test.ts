import { expect, test } from 'vitest'
import { middlewareCatalogue } from '../middlewares/catalogue.ts'
import { check } from '../schema/index.ts'
import { dynamicConfiguration } from './dynamic.ts'

const checkHttp = (http: unknown) => check(dynamicConfiguration, { http })

test('a router keeps what is written and lists nothing else', () => {
  const { value, issues } = checkHttp({ routers: { r: { rule: 'Host(`a`)', service: 's' } } })
  expect(issues).toEqual([])
  expect(value.http.routers).toEqual({ r: { rule: 'Host(`a`)', service: 's', entryPoints: [], middlewares: [] } })
})

test('a priority holds all 64 bits', () => {
  const { value } = checkHttp({ routers: { r: { rule: 'a', service: 's', priority: '9223372036854775807' } } })
  expect(value.http.routers.r?.priority).toBe(9_223_372_036_854_775_807n)
})

test('a load balancer has the defaults of Traefik', () => {
  const { value, issues } = checkHttp({ services: { s: { loadBalancer: { servers: [{ url: 'http://a' }] } } } })
  expect(issues).toEqual([])
  expect(value.http.services.s?.loadBalancer).toEqual({
    servers: [{ url: 'http://a', weight: 1, preservePath: false }],
    strategy: 'wrr',
    passHostHeader: true,
    responseForwarding: { flushInterval: 100 },
  })
})

test('a transport has the defaults of Traefik', () => {
  const { value } = checkHttp({ serversTransports: { t: {} } })
  expect(value.http.serversTransports.t).toEqual({
    insecureSkipVerify: false,
    rootCAs: [],
    maxIdleConnsPerHost: 0,
    forwardingTimeouts: { dialTimeout: 30_000, responseHeaderTimeout: 0, idleConnTimeout: 90_000 },
  })
})

test('an empty configuration has four empty maps', () => {
  const http = { routers: {}, services: {}, middlewares: {}, serversTransports: {} }
  expect(check(dynamicConfiguration, {})).toEqual({ value: { http }, issues: [] })
})

test('every middleware of the catalogue can be written under its name', () => {
  const { issues, value } = checkHttp({
    middlewares: { strip: { stripPrefix: { prefixes: '/a,/b' } }, add: { addprefix: { prefix: '/c' } } },
  })
  expect(issues).toEqual([])
  expect(value.http.middlewares.strip?.stripPrefix?.prefixes).toEqual(['/a', '/b'])
  expect(value.http.middlewares.add).toEqual({ addPrefix: { prefix: '/c' } })
  expect(Object.entries(middlewareCatalogue).map(([kind, { name }]) => [kind, name])).toEqual(
    Object.keys(middlewareCatalogue).map((kind) => [kind, kind]),
  )
})

const oneIssue = [
  {
    why: 'a middleware of two kinds',
    http: { middlewares: { m: { stripPrefix: {}, addPrefix: { prefix: '/a' } } } },
    code: 'GTW_BAD_VALUE',
  },
  { why: 'a middleware of no kind', http: { middlewares: { m: {} } }, code: 'GTW_MISSING' },
  { why: 'a middleware that does not work yet', http: { middlewares: { m: { rateLimit: { average: 1 } } } }, code: 'GTW_UNSUPPORTED' },
  { why: 'a service of no kind', http: { services: { s: {} } }, code: 'GTW_MISSING' },
  { why: 'a service that does not work yet', http: { services: { s: { mirroring: { service: 'a' } } } }, code: 'GTW_UNSUPPORTED' },
  { why: 'a server without an address', http: { services: { s: { loadBalancer: { servers: [{}] } } } }, code: 'GTW_MISSING' },
  { why: 'an unknown strategy', http: { services: { s: { loadBalancer: { strategy: 'random' } } } }, code: 'GTW_BAD_VALUE' },
  { why: 'sticky sessions', http: { services: { s: { loadBalancer: { sticky: { cookie: {} } } } } }, code: 'GTW_UNSUPPORTED' },
  { why: 'TLS of a router', http: { routers: { r: { tls: {} } } }, code: 'GTW_UNSUPPORTED' },
  { why: 'a misspelled option', http: { routers: { r: { entrypoint: 'web' } } }, code: 'GTW_UNKNOWN_KEY', suggestion: 'entryPoints' },
]

for (const { why, http, ...issue } of oneIssue) {
  test(`${why} is exactly one issue`, () => {
    expect(checkHttp(http).issues).toMatchObject([issue])
  })
}

test('the parts that do not work yet are one warning each', () => {
  const { issues } = check(dynamicConfiguration, { tcp: { routers: { r: { rule: 'x' } } }, udp: {}, tls: { options: {} } })
  expect(issues.map(({ code, severity, path }) => `${severity} ${code} ${path.join('.')}`)).toEqual([
    'warning GTW_UNSUPPORTED tcp',
    'warning GTW_UNSUPPORTED udp',
    'warning GTW_UNSUPPORTED tls',
  ])
})
