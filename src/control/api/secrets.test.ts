import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { expect, test } from 'vitest'
import { apiOf } from '../../../test/harness/asked-api.ts'
import { dynamicConfiguration } from '../../config/dynamic.ts'
import { staticConfiguration } from '../../config/static.ts'
import { type Facts, factsOf, type Schema } from '../../schema/schema.ts'
import { shaped } from './shape.ts'

const CANARY = 'canary-of-a-secret'

/** Trees that each hold the canary in one of the secret fields of a schema. */
function* treesWithCanary(facts: Facts): Generator<unknown> {
  if (facts.kind === 'scalar' && facts.secret) yield CANARY
  if (facts.kind === 'list') for (const tree of treesWithCanary(factsOf(facts.item))) yield [tree]
  if (facts.kind === 'map') for (const tree of treesWithCanary(factsOf(facts.item))) yield { element: tree }
  if (facts.kind !== 'object') return
  for (const [name, field] of facts.fields) for (const tree of treesWithCanary(factsOf(field))) yield { [name]: tree }
}

const schemas: Readonly<Record<string, Schema>> = { static: staticConfiguration([]), dynamic: dynamicConfiguration }
for (const [name, schema] of Object.entries(schemas)) {
  test(`no secret of the ${name} configuration is shown, whichever field holds it`, () => {
    const trees = [...treesWithCanary(factsOf(schema))]
    expect(trees.length).toBeGreaterThan(0)
    for (const tree of trees) {
      const text = JSON.stringify(shaped(schema, tree))
      expect(text, JSON.stringify(tree)).not.toContain(CANARY)
      expect(text).toContain('***')
    }
  })
}

const hash = '$2y$05$abcdefghijklmnopqrstuuN3V1Sv3n7QHYQ5oQ6gQpNf2c3sXwZ5K'
const { ask } = apiOf({
  static: {
    certificatesResolvers: { le: { acme: { email: 'a@b.test', storage: 'x', eab: { kid: 'k', hmacEncoded: CANARY }, tlsChallenge: {} } } },
  },
  said: {
    file: {
      http: {
        routers: { app: { rule: 'Path(`/`)', service: 'app', middlewares: ['auth', 'digest', 'marks', 'limit', 'ask'] } },
        services: {
          app: {
            loadBalancer: {
              servers: [{ url: `http://user:${CANARY}@127.0.0.1:1` }],
              healthCheck: { path: '/', headers: { Authorization: CANARY } },
            },
          },
        },
        middlewares: {
          auth: { basicAuth: { users: [`user:${hash}`] } },
          digest: { digestAuth: { users: [`user:realm:${CANARY}`] } },
          marks: {
            headers: { customRequestHeaders: { Authorization: `Bearer ${CANARY}` }, customResponseHeaders: { 'Set-Cookie': CANARY } },
          },
          limit: { rateLimit: { average: 1, redis: { endpoints: ['127.0.0.1:1'], password: CANARY } } },
          ask: { forwardAuth: { address: `http://user:${CANARY}@127.0.0.1:2` } },
          wrong: { basicAuth: { users: [`user:${hash}`], usersFile: 5, unknown: CANARY } },
        },
      },
    },
  },
})

for (const path of [
  'rawdata',
  'http/middlewares',
  'http/services',
  'http/services/app@file',
  'http/routers',
  'findings',
  'overview',
  'entrypoints',
]) {
  test(`/api/${path} tells no secret`, async () => {
    const { status, content } = await ask(`/api/${path}`)
    expect(status).toBe(200)
    expect(content).not.toContain(CANARY)
    expect(content).not.toContain(hash)
  })
}

test('the support dump holds the version and both configurations, and no secret', async () => {
  const { headers, content } = await ask('/api/support-dump')
  expect(headers).toEqual(expect.arrayContaining(['application/gzip']))
  const files = await filesIn(content as Uint8Array)
  expect(Object.keys(files)).toEqual(['version.json', 'static-config.json', 'runtime-config.json'])
  const [version = '', fixed = '', runtime = ''] = Object.values(files)
  expect(JSON.parse(version)).toMatchObject({ Version: '1.2.3' })
  expect(JSON.parse(fixed)).toMatchObject({ certificatesResolvers: { le: { acme: { eab: { hmacEncoded: '***' } } } } })
  expect(JSON.parse(runtime)).toMatchObject({ routers: { 'app@file': { rule: 'Path(`/`)' } } })
  expect(fixed + runtime).not.toContain(CANARY)
})

async function filesIn(archive: Uint8Array): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  const reader = extract()
  reader.end(gunzipSync(archive))
  for await (const entry of reader) files[entry.header.name] = await text(entry)
  return files
}
