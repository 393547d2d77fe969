import { TLSSocket } from 'node:tls'
import { check } from 'gateway/provider'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { ProviderRun, rulesOf, says, treeOf } from '../../../src/provider/conformance/index.ts'
import { makeCertificate } from '../../../test/harness/certificate.ts'
import { available } from '../../../test/harness/commands.ts'
import { pairsOf } from '../../../test/harness/etcd.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { type RedisServer, startRedis } from '../../../test/harness/redis.ts'
import { needs } from '../../../test/harness/services.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { redis, redisProvider } from './index.ts'

let server: RedisServer

beforeAll(async () => {
  if (available('redis-server')) server = await startRedis()
})
beforeEach(async () => {
  if (available('redis-server')) await server.replace(pairsOf('gateway', treeOf(SHOP)))
})
afterEach(() => vi.restoreAllMocks())
afterAll(async () => await server?.[Symbol.asyncDispose]())

const SHOP = { shop: 'Host(`shop`)' }
const RULE = 'gateway/http/routers/shop/rule'
const QUICK = redisProvider({ lookEveryMs: 20, pollEveryMs: 20 })

function start(written: object = {}, definition = redis) {
  return new ProviderRun({ definition, options: check(redis.options, { endpoints: [server.endpoint], ...written }).value })
}

needs(['redis-server'], 'the server is made to tell of changes, and keeps what it told of before', async () => {
  for (const [before, after] of [
    ['', 'AKE'],
    ['Kg', 'AKEg'],
    ['K$gxe', 'g$xeK'],
  ]) {
    await server.send(['CONFIG', 'SET', 'notify-keyspace-events', before as string])
    await using run = start()
    await run.until(says(SHOP))
    await server.send(['SET', RULE, `Host(\`${before}\`)`])
    await run.until(says({ shop: `Host(\`${before}\`)` }))
    const [flags = ''] = (await server.send(['CONFIG', 'GET', 'notify-keyspace-events'])).split('\r\n').slice(4)
    expect([...flags].sort()).toEqual([...(after as string)].filter((flag) => !/g/.test(flag) || !flags.includes('A')).sort())
    await server.send(['SET', RULE, SHOP.shop])
  }
})

needs(['redis-server'], 'a server that may not be made to tell is polled, with a finding', async () => {
  await using closed = await startRedis({ config: 'rename-command CONFIG ""' })
  await closed.replace(pairsOf('gateway', treeOf(SHOP)))
  await using run = start({ endpoints: [closed.endpoint] }, QUICK)
  const message = await run.until(says(SHOP))
  expect(message.findings).toMatchObject([{ code: 'GTW_UNSUPPORTED', severity: 'warning', hint: expect.stringContaining('KEA') }])
  await closed.send(['SET', RULE, 'Host(`polled`)'])
  await run.until(says({ shop: 'Host(`polled`)' }))
})

needs(['redis-server'], 'a user who may not listen has to poll, with a finding', async () => {
  await using guarded = await startRedis({ config: 'user edge on >horse ~gateway/* +ping +scan +mget +info' })
  await guarded.replace(pairsOf('gateway', treeOf(SHOP)))
  await using run = start({ endpoints: [guarded.endpoint], username: 'edge', password: 'horse' }, QUICK)
  const message = await run.until(says(SHOP))
  expect(message.findings).toMatchObject([{ code: 'GTW_UNSUPPORTED' }])
})

needs(['redis-server'], 'what nobody was told of shows at the next look', async () => {
  await using run = start({}, QUICK)
  await run.until(says(SHOP))
  await server.send(['FLUSHDB'])
  await run.until(says({}))
})

needs(['redis-server'], 'many looks with nothing amiss say nothing', async () => {
  await using run = start({}, redisProvider({ lookEveryMs: 1, pollEveryMs: 1 }))
  await run.until(says(SHOP))
  await expect.poll(() => run.states.length).toBeGreaterThan(50)
  expect(run.messages).toHaveLength(1)
})

needs(['redis-server'], 'a key that expires is gone', async () => {
  await server.send(['SET', 'gateway/http/routers/brief/rule', 'Host(`brief`)', 'PX', '300'])
  await using run = start()
  await run.until(says({ ...SHOP, brief: 'Host(`brief`)' }))
  await run.until(says(SHOP))
})

needs(['redis-server'], 'a transaction over 500 keys is one message', async () => {
  const rules = (host: string) => Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`r${index}`, `Host(\`${host}-${index}\`)`]))
  await server.replace(pairsOf('gateway', treeOf(rules('one'))))
  await using run = start()
  await run.until(says(rules('one')))
  await server.replace(pairsOf('gateway', treeOf(rules('two'))))
  await run.until(says(rules('two')))
  expect(run.messages).toHaveLength(2)
})

needs(['redis-server'], 'among very many keys only those below the root are read, and of these only texts that say something', async () => {
  const others = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`other:${index}`, 'x']))
  await server.replace({ ...others, ...pairsOf('gateway', treeOf(SHOP)), 'gateway2/http/routers/x/rule': 'x', [`${RULE}s`]: '' })
  await server.send(['SADD', 'gateway/http/routers/set/rule', 'x'], ['HSET', 'gateway/http/routers/hash/rule', 'a', 'b'])
  await using run = start()
  const message = await run.until(says(SHOP))
  expect(message.findings).toEqual([])
})

needs(['redis-server'], 'a root may hold what is special in patterns, and another database is another store', async () => {
  await server.send(['SELECT', '3'], ['MSET', 'a*[b]?/http/routers/a/rule', 'Host(`a`)', 'aXb?/http/routers/b/rule', 'Host(`b`)'])
  await using run = start({ rootKey: 'a*[b]?', db: 3 })
  await run.until(says({ a: 'Host(`a`)' }))
  await server.send(['SELECT', '3'], ['SET', 'a*[b]?/http/routers/a/rule', 'Host(`c`)'])
  await run.until(says({ a: 'Host(`c`)' }))
})

needs(['redis-server'], 'what is wrong is told with its key', async () => {
  const key = 'gateway/http/routers/broken/rule/deeper'
  await server.send(['SET', key, 'x'])
  await using run = start()
  const message = await run.until(says(SHOP))
  expect(message.findings).toMatchObject([{ severity: 'error', source: { kind: 'key', store: 'redis', key } }])
})

needs(['redis-server'], 'a fresh reading on request finds what nobody told of', async () => {
  await using run = start()
  await run.until(says(SHOP))
  await server.send(['FLUSHDB'])
  run.reload()
  await run.until(says({}))
})

needs(['redis-server'], 'connections that are closed under it are made anew', async () => {
  await using run = start()
  await run.until(says(SHOP))
  await server.send(['CLIENT', 'KILL', 'TYPE', 'pubsub'])
  await run.untilLost()
  await run.untilState('ready')
  await server.send(['SET', RULE, 'Host(`again`)'])
  await run.until(says({ shop: 'Host(`again`)' }))
  expect(run.messages.map(rulesOf)).toEqual([SHOP, { shop: 'Host(`again`)' }])
})

needs(['redis-server'], 'a user needs the right password, which is not told', async () => {
  await using guarded = await startRedis({
    config:
      'user default off\nuser edge on >horse ~gateway/* &__keyspace@0__:gateway/* +config|get +config|set +psubscribe +ping +scan +mget +info\nuser setup on nopass ~* &* +@all',
  })
  const entries = Object.entries(pairsOf('gateway', treeOf(SHOP))).flat()
  await guarded.send(['AUTH', 'setup', 'x'], ['MSET', ...entries])
  const endpoints = [guarded.endpoint]
  await using run = start({ endpoints, username: 'edge', password: 'horse' })
  expect((await run.until(says(SHOP))).findings).toEqual([])
  for (const wrong of [{ username: 'edge', password: 'battery' }, { username: 'nobody', password: 'battery' }, {}]) {
    await using refused = start({ endpoints, ...wrong })
    await refused.untilLost()
    expect(refused.messages).toEqual([])
    expect(JSON.stringify([refused.states, refused.warnings])).not.toContain('battery')
    expect(refused.states.at(-1)?.detail).toMatch(/NOAUTH|WRONGPASS/)
  }
})

needs(['redis-server', 'openssl'], 'TLS with a certificate of the gateway', async () => {
  await using folder = await temporaryFolder()
  const [own, client] = [makeCertificate(folder, 'localhost'), makeCertificate(folder, 'client')]
  await using secured = await startRedis({ tls: { ...own, clientAuthority: client.certFile } })
  await secured.replace(pairsOf('gateway', treeOf(SHOP)))
  const endpoints = [`localhost:${secured.securePort}`]
  const pair = { cert: client.certFile, key: client.keyFile }
  await using run = start({ endpoints, tls: { ca: own.certFile, ...pair } })
  await run.until(says(SHOP))
  await using careless = start({ endpoints, tls: { insecureSkipVerify: true, ...pair } })
  await careless.until(says(SHOP))
  for (const tls of [{ ca: client.certFile, ...pair }, pair, { ca: own.certFile }]) {
    await using refused = start({ endpoints, tls })
    await refused.untilLost()
    expect(refused.messages).toEqual([])
  }
})

needs(['redis-server'], 'sentinels tell which server it is, also after it was replaced', async () => {
  await using first = await startRedis()
  await using second = await startRedis({ config: `replicaof 127.0.0.1 ${first.port}\nrepl-diskless-sync-delay 0` })
  await using sentinel = await startRedis({
    sentinel: true,
    config: `sentinel monitor edge 127.0.0.1 ${first.port} 1\nsentinel down-after-milliseconds edge 500\nsentinel failover-timeout edge 2000`,
  })
  await first.replace(pairsOf('gateway', treeOf(SHOP)))
  const endpoints = [`127.0.0.1:${await freePort()}`, sentinel.endpoint]
  await using run = start({ endpoints, sentinel: { masterName: 'edge' } })
  await run.until(says(SHOP))
  await expect.poll(() => sentinel.send(['SENTINEL', 'REPLICAS', 'edge']), { timeout: 15_000 }).toMatch(/master-link-status\r\n\$2\r\nok/)
  await using replica = start({ endpoints, sentinel: { masterName: 'edge', replicaStrategy: true } })
  await replica.until(says(SHOP))

  await first.kill()
  await expect
    .poll(() => sentinel.send(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'edge']), { timeout: 15_000 })
    .toContain(String(second.port))
  await expect.poll(() => second.send(['SET', RULE, 'Host(`replaced`)']).catch(() => 'not yet'), { timeout: 10_000 }).toContain('OK')
  await run.until(says({ shop: 'Host(`replaced`)' }))
  for (const message of run.messages) expect(rulesOf(message)).toHaveProperty('shop')
})

needs(['redis-server', 'openssl'], 'sentinels speak TLS, too', async () => {
  await using folder = await temporaryFolder()
  const [own, client] = [makeCertificate(folder, 'localhost'), makeCertificate(folder, 'client')]
  const tls = { ...own, clientAuthority: client.certFile }
  await using first = await startRedis({ tls, config: 'tls-auth-clients no' })
  const monitor = `sentinel monitor edge 127.0.0.1 ${first.securePort} 1\ntls-auth-clients no\ntls-replication yes`
  await using sentinel = await startRedis({ tls: { ...own, clientAuthority: own.certFile }, sentinel: true, config: monitor })
  await first.replace(pairsOf('gateway', treeOf(SHOP)))
  const options = { endpoints: [`localhost:${sentinel.securePort}`], sentinel: { masterName: 'edge' } }
  await using run = start({ ...options, tls: { insecureSkipVerify: true } })
  await run.until(says(SHOP))
  const doubtful = vi.spyOn(TLSSocket.prototype, 'destroy')
  await using refused = start({ ...options, tls: { ca: client.certFile } })
  await refused.untilLost()
  expect(refused.messages).toEqual([])
  // A second error after the one that ends the socket must find somebody who listens.
  expect(doubtful.mock.contexts.length).toBeGreaterThan(0)
  for (const socket of doubtful.mock.contexts as TLSSocket[]) expect(socket.listenerCount('error')).toBeGreaterThan(0)
})

test('without a word the defaults hold; what is not supported is said by name', () => {
  expect(check(redis.options, true).value).toEqual({ endpoints: ['127.0.0.1:6379'], rootKey: 'gateway', db: 0 })
  const { issues } = check(redis.options, {
    sentinel: { masterName: 'a', latencyStrategy: true, randomStrategy: true, useDisconnectedReplicas: true },
  })
  expect(issues.map(({ code }) => code)).toEqual(['GTW_UNSUPPORTED', 'GTW_UNSUPPORTED', 'GTW_UNSUPPORTED'])
  expect(check(redis.options, { sentinel: {} }).issues).toMatchObject([{ code: 'GTW_MISSING' }])
})

test('several endpoints without sentinels are refused', async () => {
  await using run = new ProviderRun({ definition: redis, options: check(redis.options, { endpoints: ['a:1', 'b:1'] }).value })
  await expect(run.ended).rejects.toThrow('names several servers')
})
