import { check } from 'gateway/provider'
import { afterAll, beforeAll } from 'vitest'
import { providerConformance } from '../../../test/conformance/provider.ts'
import { available } from '../../../test/harness/commands.ts'
import { pairsOf } from '../../../test/harness/etcd.ts'
import { type RedisServer, startRedis } from '../../../test/harness/redis.ts'
import { redis } from './index.ts'

let server: RedisServer

beforeAll(async () => {
  if (available('redis-server')) server = await startRedis()
})
afterAll(async () => await server?.[Symbol.asyncDispose]())

providerConformance(
  'the Redis provider',
  async () => {
    await server.replace({})
    return {
      definition: redis,
      options: check(redis.options, { endpoints: [server.endpoint] }).value,
      write: (tree) => server.replace(pairsOf('gateway', tree)),
      async corrupt() {
        await server.send(['SET', 'gateway/http/routers/broken/rule/deeper', 'x'])
      },
      remove: () => server.replace({}),
      lose: () => server.kill(),
      restore: () => server.start(),
      connection: {
        target: { port: server.port, host: '127.0.0.1' },
        options: (address) => check(redis.options, { endpoints: [address] }).value,
      },
      dispose: () => server.start(),
    }
  },
  { commands: ['redis-server'] },
)
