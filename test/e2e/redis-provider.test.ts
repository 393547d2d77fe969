import { join } from 'node:path'
import { expect } from 'vitest'
import { request } from '../harness/http-client.ts'
import { Installation } from '../harness/installation.ts'
import { freePort } from '../harness/ports.ts'
import { startRedis } from '../harness/redis.ts'
import { needs } from '../harness/services.ts'
import { temporaryFolder } from '../harness/temp.ts'

needs(['redis-server'], 'the plugin is linked; routes come from Redis and survive its death', async () => {
  await using folder = await temporaryFolder()
  await using redis = await startRedis()
  const rule = (text: string) =>
    redis.send(['MSET', 'gateway/http/routers/a/rule', text, 'gateway/http/routers/a/service', 'whoami@internal'])
  await rule('Path(`/one`)')
  const installation = new Installation(folder)
  await installation.link(join(installation.plugins, 'provider-redis'))
  const port = await freePort()
  await using gateway = await installation.serve(`
entryPoints: { web: { address: "127.0.0.1:${port}" }, gateway: { address: "127.0.0.1:${await freePort()}" } }
ping: {}
providers:
  providersThrottleDuration: 100ms
  redis: { endpoints: "${redis.endpoint}" }
`)
  const status = async (path: string): Promise<number> => (await request(port, { path })).status
  await expect.poll(() => status('/one')).toBe(200)
  await redis.kill()
  await gateway.printed(/provider error, retrying/)
  expect(await status('/one')).toBe(200)
  await redis.start()
  await rule('Path(`/two`)')
  await expect.poll(() => status('/two'), { timeout: 10_000 }).toBe(200)
  expect(await status('/one')).toBe(404)
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })
})
