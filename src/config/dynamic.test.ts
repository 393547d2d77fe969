import { expect, test } from 'vitest'
import { middlewareCatalogue } from '../middlewares/catalogue.ts'
import { check } from '../schema/index.ts'
import { serviceCatalogue } from '../services/catalogue.ts'
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
    servers: [{ url: 'http://a', weight: 1, preservePath: false, fenced: false }],
    strategy: 'wrr',
    passHostHeader: true,
    responseForwarding: { flushInterval: 100 },
  })
})

test('every service of the catalogue can be written under its name, with middlewares beside it', () => {
  const services = {
    a: { loadBalancer: { sticky: { cookie: true }, healthCheck: { path: '/' }, passiveHealthCheck: {} }, middlewares: ['m'] },
    b: { weighted: { services: [{ name: 'a' }], sticky: { cookie: {} }, healthCheck: true } },
    c: { highestRandomWeight: { services: [{ name: 'a', weight: 2 }] } },
    d: { mirroring: { service: 'a', mirrors: [{ name: 'b', percent: 10 }] } },
    e: { failover: { service: 'a', fallback: 'b', errors: { status: '500-599,404' } } },
  }
  const { issues, value } = checkHttp({ services })
  expect(issues).toEqual([])
  expect(Object.keys(serviceCatalogue)).toEqual(Object.values(services).map((one) => Object.keys(one)[0]))
  expect(Object.entries(serviceCatalogue).map(([kind, { name }]) => [kind, name])).toEqual(
    Object.keys(serviceCatalogue).map((kind) => [kind, kind]),
  )
  expect(value.http.services.a?.middlewares).toEqual(['m'])
  expect(value.http.services.b?.weighted).toMatchObject({
    services: [{ name: 'a', weight: 1 }],
    healthCheck: {},
    sticky: { cookie: { path: '/' } },
  })
  expect(value.http.services.e?.failover?.errors).toEqual({ status: ['500-599', '404'], maxRequestBodyBytes: -1 })
})

test('a transport has the defaults of Traefik', () => {
  const { value } = checkHttp({ serversTransports: { t: {} } })
  expect(value.http.serversTransports.t).toEqual({
    insecureSkipVerify: false,
    rootCAs: [],
    certificates: [],
    cipherSuites: [],
    disableHTTP2: false,
    peerCertSANs: [],
    maxIdleConnsPerHost: 0,
    forwardingTimeouts: { dialTimeout: 30_000, responseHeaderTimeout: 0, idleConnTimeout: 90_000, readIdleTimeout: 0, pingTimeout: 15_000 },
  })
})

test('an empty configuration has empty maps and lists', () => {
  const http = { routers: {}, services: {}, middlewares: {}, serversTransports: {} }
  const tls = { certificates: [], stores: {}, options: {} }
  const udp = { routers: {}, services: {} }
  expect(check(dynamicConfiguration, {})).toEqual({ value: { http, tcp: http, udp, tls }, issues: [] })
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
  { why: 'a middleware that does not work yet', http: { middlewares: { m: { plugin: { average: 1 } } } }, code: 'GTW_UNSUPPORTED' },
  { why: 'a service of no kind', http: { services: { s: {} } }, code: 'GTW_MISSING' },
  { why: 'a service of two kinds', http: { services: { s: { loadBalancer: {}, weighted: {} } } }, code: 'GTW_BAD_VALUE' },
  { why: 'a service that has nothing but middlewares', http: { services: { s: { middlewares: ['a'] } } }, code: 'GTW_MISSING' },
  {
    why: 'a percentage above 100',
    http: { services: { s: { mirroring: { service: 'a', mirrors: [{ name: 'b', percent: 101 }] } } } },
    code: 'GTW_BAD_VALUE',
  },
  {
    why: 'a status that is none',
    http: { services: { s: { failover: { service: 'a', fallback: 'b', errors: { status: ['5xx'] } } } } },
    code: 'GTW_BAD_VALUE',
  },
  { why: 'a server without an address', http: { services: { s: { loadBalancer: { servers: [{}] } } } }, code: 'GTW_MISSING' },
  { why: 'an unknown strategy', http: { services: { s: { loadBalancer: { strategy: 'random' } } } }, code: 'GTW_BAD_VALUE' },
  { why: 'a misspelled option', http: { routers: { r: { entrypoint: 'web' } } }, code: 'GTW_UNKNOWN_KEY', suggestion: 'entryPoints' },
]

for (const { why, http, ...issue } of oneIssue) {
  test(`${why} is exactly one issue`, () => {
    expect(checkHttp(http).issues).toMatchObject([issue])
  })
}
