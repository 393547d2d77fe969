import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { check } from 'gateway/provider'
import { expect, test } from 'vitest'
import { startEtcd } from '../../../test/harness/etcd.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { needs } from '../../../test/harness/services.ts'
import { type Cluster, connectTo } from './cluster.ts'
import { etcdOptions } from './options.ts'
import { rangeBelow } from './watch.ts'

const ignore = (): void => {}
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const range = rangeBelow('gateway')

const connect = (written: object) => connectTo({ options: check(etcdOptions, written).value, log })

function use(cluster: Cluster): Promise<void> {
  return cluster.each(
    async (member) => {
      await member.open()
      const { revision } = await member.read(range)
      using _ = await member.watch({ range, from: revision + 1n, hear: () => {} })
    },
    { signal: new AbortController().signal, log },
  )
}

/** Sockets and timers that are open, by their kind. */
const openHandles = (): string[] => process.getActiveResourcesInfo().filter((kind) => /TCP|TLS|Timeout/.test(kind))

const openSockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind.includes('TCP')).length

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

test('1,000 attempts at a member that is away leave nothing behind', async () => {
  const cluster = await connect({ endpoints: [`127.0.0.1:${await freePort()}`], username: 'root', password: 'x' })
  await expect(use(cluster)).rejects.toThrow(/ECONNREFUSED/)
  const attempt = () => use(cluster).catch(() => {})
  for (let count = 0; count < 100; count++) await attempt()
  const [handles, heap] = [openHandles(), heapAfterCollection()]
  for (let count = 0; count < 1_000; count++) await attempt()
  await expect.poll(() => openHandles().length).toBeLessThanOrEqual(handles.length)
  // The library keeps what is left of a closed connection for ten seconds.
  await expect.poll(() => heapAfterCollection() - heap, { timeout: 20_000, interval: 1_000 }).toBeLessThan(1024 * 1024)
})

needs(['etcd'], '300 connections to a member leave nothing behind', async () => {
  await using etcd = await startEtcd()
  const cluster = await connect({ endpoints: etcd.endpoints })
  const sockets = openSockets()
  await use(cluster)
  await expect.poll(openSockets).toBeLessThanOrEqual(sockets)
  for (let count = 0; count < 50; count++) await use(cluster)
  const heap = heapAfterCollection()
  for (let count = 0; count < 300; count++) await use(cluster)
  await expect.poll(openSockets).toBeLessThanOrEqual(sockets)
  await expect.poll(() => heapAfterCollection() - heap, { timeout: 20_000, interval: 1_000 }).toBeLessThan(1024 * 1024)
})

const contradictions = [
  { endpoints: ['https://one:2379', 'two:2379'], message: 'mixes https' },
  { endpoints: ['http://one:2379'], tls: {}, message: '`endpoints` says http' },
  { endpoints: ['one:2379'], tls: { cert: 'a.pem' }, message: '`cert` without `key`' },
]
for (const { message, ...written } of contradictions) {
  test(`options that contradict each other are told: ${message}`, async () => {
    await expect(connect(written)).rejects.toThrow(message)
  })
}

for (const endpoint of ['', 'one', 'one:', 'ftp://one:1', 'one:2379/path', 'a b:1', 'user@one:2379']) {
  test(`"${endpoint}" is no endpoint`, () => {
    expect(check(etcdOptions, { endpoints: [endpoint] }).issues).toHaveLength(1)
  })
}

for (const endpoint of ['one:2379', '127.0.0.1:2379', '[::1]:2379', 'https://one.example:443/']) {
  test(`"${endpoint}" is an endpoint`, () => {
    expect(check(etcdOptions, { endpoints: [endpoint] }).issues).toEqual([])
  })
}

test('without a word the defaults hold, and a root that is no name is refused', () => {
  expect(check(etcdOptions, true).value).toEqual({ endpoints: ['127.0.0.1:2379'], rootKey: 'gateway' })
  expect(check(etcdOptions, { rootKey: '/' }).issues).toHaveLength(1)
})
