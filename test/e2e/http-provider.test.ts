import { join } from 'node:path'
import { expect, test } from 'vitest'
import { request } from '../harness/http-client.ts'
import { Installation } from '../harness/installation.ts'
import { startOrigin } from '../harness/origin.ts'
import { freePort } from '../harness/ports.ts'
import { temporaryFolder } from '../harness/temp.ts'

const routes = (path: string): string => `http:
  routers:
    a:
      rule: Path(\`${path}\`)
      service: whoami@internal
`

test('the plugin is linked; routes come from a URL, and a broken document leaves the good one', async () => {
  await using folder = await temporaryFolder()
  let content = routes('/one')
  await using server = await startOrigin('configuration', (_seen, response) => void response.end(content))
  const installation = new Installation(folder)
  await installation.link(join(installation.plugins, 'provider-http'))
  const port = await freePort()
  await using gateway = await installation.serve(`
entryPoints: { web: { address: "127.0.0.1:${port}" }, gateway: { address: "127.0.0.1:${await freePort()}" } }
ping: {}
providers:
  providersThrottleDuration: 100ms
  http: { endpoint: "${server.url}/edge.yml", pollInterval: 50ms }
`)
  const status = async (path: string): Promise<number> => (await request(port, { path })).status
  await expect.poll(() => status('/one')).toBe(200)
  content = 'http:\n  routers:\n    a: [unclosed\n'
  await gateway.printed(/\/edge\.yml:[34]:\d+/)
  expect(await status('/one')).toBe(200)
  content = routes('/two')
  await expect.poll(() => status('/two'), { timeout: 10_000 }).toBe(200)
  expect(await status('/one')).toBe(404)
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })
})
