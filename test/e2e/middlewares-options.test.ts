import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { middlewareCatalogue } from '../../src/middlewares/catalogue.ts'
import { type Facts, factsOf } from '../../src/schema/schema.ts'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { freePort } from '../harness/ports.ts'
import { requireCommand } from '../harness/services.ts'
import { authenticationCases } from './middleware-options/authentication.ts'
import { certificateCases } from './middleware-options/certificates.ts'
import { contentCases } from './middleware-options/contents.ts'
import { customCases } from './middleware-options/custom.ts'
import { fieldCases } from './middleware-options/fields.ts'
import { limitCases } from './middleware-options/limits.ts'
import { pathCases } from './middleware-options/paths.ts'
import { redisCases } from './middleware-options/redis.ts'
import type { OptionCase, Scene, Surroundings } from './middleware-options/scene.ts'
import { startSurroundings } from './middleware-options/surroundings.ts'

const CASES: readonly OptionCase[] = [
  ...pathCases,
  ...limitCases,
  ...authenticationCases,
  ...contentCases,
  ...fieldCases,
  ...certificateCases,
  ...customCases,
  ...redisCases,
]

const hostOf = (index: number): string => `case-${index}.test`

/** One router for each case, in clear text and with TLS. */
function configurationOf(cases: readonly (readonly [index: number, one: OptionCase])[], around: Surroundings): object {
  const routers: Record<string, object> = {}
  const services: Record<string, object> = { origin: { loadBalancer: { servers: [{ url: around.origin.url }] } } }
  const middlewares: Record<string, object> = {}
  for (const [index, one] of cases) {
    const own = one.middlewares(around)
    const service = one.servers === undefined ? 'origin' : `servers-${index}`
    const router = { rule: `Host(\`${hostOf(index)}\`)`, service, middlewares: one.order ?? Object.keys(own) }
    Object.assign(middlewares, own)
    routers[`case-${index}`] = { ...router, entryPoints: ['web'] }
    routers[`case-${index}-secure`] = { ...router, entryPoints: ['secure'], tls: {} }
    if (one.servers !== undefined) services[service] = { loadBalancer: { servers: one.servers(around).map((url) => ({ url })) } }
  }
  return {
    http: { routers, services, middlewares },
    tls: { options: { default: { clientAuth: { clientAuthType: 'RequestClientCert' } } } },
  }
}

function casesIn({ redis }: Pick<Surroundings, 'redis'>): (readonly [index: number, one: OptionCase])[] {
  return [...CASES.entries()].filter(([, { needsRedis }]) => redis !== undefined || !needsRedis)
}

describe.each([1, 4])('every option does what it says, with %i workers', (workers) => {
  const resources = new AsyncDisposableStack()
  let around: Surroundings
  let gateway: RunningGateway
  let securePort: number

  beforeAll(async () => {
    around = await startSurroundings(resources)
    securePort = await freePort()
    gateway = await startGateway({
      workers,
      web: `    forwardedHeaders: { insecure: true }\n  secure:\n    address: 127.0.0.1:${securePort}`,
      // Modules and their packages are found beside the file that names them.
      folder: around.folder,
      dynamic: JSON.stringify(configurationOf(casesIn(around), around)),
    })
    resources.use(gateway)
  }, 60_000)

  afterAll(() => resources.disposeAsync())

  for (const [index, one] of CASES.entries()) {
    test(one.title, async (context) => {
      if (one.needsRedis) requireCommand(context, 'redis-server')
      const host = hostOf(index)
      const scene: Scene = {
        host,
        around,
        port: gateway.port,
        securePort,
        ask: (path = '/', { headers, ...options } = {}) => request(gateway.port, { ...options, path, headers: { host, ...headers } }),
        printed: () => gateway.process.stdout + gateway.process.stderr,
      }
      await one.prove(scene)
    })
  }
})

/** What stands beside the gateway, as text. */
const ANYTHING: Surroundings = {
  folder: { path: '/folder' } as Surroundings['folder'],
  origin: { url: 'http://127.0.0.1:1' } as Surroundings['origin'],
  deadPort: 1,
  auth: { url: 'https://127.0.0.1:1', ca: 'ca', cert: 'cert', key: 'key' },
  redis: {
    endpoint: '127.0.0.1:1',
    secureEndpoint: '127.0.0.1:1',
    ca: 'ca',
    cert: 'cert',
    key: 'key',
    silentEndpoint: '127.0.0.1:1',
    blackHole: '127.0.0.1:1',
    keysOf: async () => '',
  },
}

/** The options of a schema, by their dotted path. */
function* optionsOf(facts: Facts, path: string): Generator<string> {
  if (facts.kind !== 'object') yield path
  else for (const [name, schema] of facts.fields) yield* optionsOf(factsOf(schema), `${path}.${name}`)
}

/** The options that a configuration sets, in the same way. */
function* setIn(value: unknown, path: string): Generator<string> {
  yield path
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  for (const [name, child] of Object.entries(value)) yield* setIn(child, `${path}.${name}`)
}

test('every option of every middleware is in a case', () => {
  const written = CASES.flatMap((one) => Object.values(one.middlewares(ANYTHING)).flatMap((kinds) => Object.entries(kinds)))
  const proved = new Set(written.flatMap(([kind, options]) => [...setIn(options, kind)]))
  const options = Object.entries(middlewareCatalogue).flatMap(([kind, definition]) => [...optionsOf(factsOf(definition.options), kind)])
  expect(options.filter((option) => !proved.has(option))).toEqual([])
})
