import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { check } from 'gateway/provider'
import { expect, test } from 'vitest'
import { freePort } from '../../../test/harness/ports.ts'
import { startRedis } from '../../../test/harness/redis.ts'
import { needs } from '../../../test/harness/services.ts'
import { type Connect, connector } from './connect.ts'
import { redisOptions } from './options.ts'
import { Store } from './store.ts'

const ignore = (): void => {}
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

const connectTo = (endpoint: string) => connector({ options: check(redisOptions, { endpoints: [endpoint] }).value, log })

async function use(connect: Connect): Promise<void> {
  using store = new Store(connect(), 'gateway')
  await store.open()
  await store.listen(() => {})
  await store.read()
}

/** Sockets and timers that are open, by their kind. */
const openHandles = (): number => process.getActiveResourcesInfo().filter((kind) => /TCP|TLS|Timeout/.test(kind)).length

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

async function expectNothingLeft(attempt: () => Promise<void>, count: number): Promise<void> {
  for (let warm = 0; warm < 100; warm++) await attempt()
  const [handles, heap] = [openHandles(), heapAfterCollection()]
  for (let turn = 0; turn < count; turn++) await attempt()
  await expect.poll(openHandles).toBeLessThanOrEqual(handles)
  await expect.poll(() => heapAfterCollection() - heap, { timeout: 10_000, interval: 500 }).toBeLessThan(1024 * 1024)
}

test('1,000 attempts at a server that is away leave nothing behind', async () => {
  const connect = await connectTo(`127.0.0.1:${await freePort()}`)
  await expect(use(connect)).rejects.toThrow('ECONNREFUSED')
  await expectNothingLeft(() => use(connect).catch(ignore), 1_000)
})

needs(['redis-server'], '1,000 connections to a server leave nothing behind', async () => {
  await using server = await startRedis()
  const connect = await connectTo(server.endpoint)
  await expectNothingLeft(() => use(connect), 1_000)
})
