import { describe, expect } from 'vitest'
import { stringify } from 'yaml'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startOrigin } from '../harness/origin.ts'
import { startRedis } from '../harness/redis.ts'
import { needs } from '../harness/services.ts'

const limitBy = (url: string, endpoint: string, rules: object, redis: object = {}): string =>
  stringify({
    http: {
      routers: { app: { rule: 'PathPrefix(`/`)', service: 'app', middlewares: ['limit'] } },
      services: { app: { loadBalancer: { servers: [{ url }] } } },
      middlewares: { limit: { rateLimit: { ...rules, redis: { endpoints: [endpoint], ...redis } } } },
    },
  })

const outputOf = ({ process: { stdout, stderr } }: RunningGateway): string => stdout + stderr

/** How often a text stands in another. */
const times = (text: string, output: string): number => output.split(text).length - 1

const statusOf = async (gateway: RunningGateway): Promise<number> => (await request(gateway.port)).status

needs(['redis-server'], 'two gateways with one Redis let together through what one of them may', async () => {
  await using origin = await startOrigin('app')
  await using redis = await startRedis()
  const dynamic = limitBy(origin.url, redis.endpoint, { average: 1, period: '24h', burst: 20 })
  await using one = await startGateway({ dynamic })
  await using other = await startGateway({ dynamic, workers: 4 })
  const statuses = await Promise.all(Array.from({ length: 60 }, (_, index) => statusOf(index % 2 === 0 ? one : other)))
  expect(statuses.filter((status) => status === 200).length).toBe(20)
  expect(statuses.filter((status) => status === 429).length).toBe(40)
  expect(origin.seen.length).toBe(20)
})

describe.each([1, 4])('with %i workers', (workers) => {
  for (const { denyOnError, lost, policy } of [
    { denyOnError: true, lost: 500, policy: 'refuses every request' },
    { denyOnError: false, lost: 200, policy: 'lets every request pass' },
  ]) {
    needs(['redis-server'], `a gateway that loses its Redis ${policy}, says so once, and recovers by itself`, async () => {
      await using origin = await startOrigin('app')
      await using redis = await startRedis()
      const dynamic = limitBy(origin.url, redis.endpoint, { average: 1_000_000, burst: 1_000_000 }, { denyOnError })
      await using gateway = await startGateway({ dynamic, workers })
      expect(await statusOf(gateway)).toBe(200)

      await redis.kill()
      const message = `http.middlewares.limit cannot ask its Redis, and ${policy} until it can`
      await expect.poll(async () => [await statusOf(gateway), times(message, outputOf(gateway))]).toEqual([lost, 1])
      for (let count = 0; count < 10; count++) expect(await statusOf(gateway)).toBe(lost)
      expect(outputOf(gateway)).toMatch(/GTW_OUT_OF_REACH.*dynamic\.yml:\d+/)

      await redis.start()
      await gateway.process.printed(/the middleware limit@file has again what it needs/)
      await expect.poll(() => statusOf(gateway), { timeout: 10_000 }).toBe(200)
      expect(times(message, outputOf(gateway))).toBe(1)

      // What comes back is told anew.
      await redis.kill()
      await expect.poll(async () => [await statusOf(gateway), times(message, outputOf(gateway))], { timeout: 10_000 }).toEqual([lost, 2])
    })
  }
})
