import { WatchClient } from 'etcd3'
import { check } from 'gateway/provider'
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import { ProviderRun, rulesOf, says, treeOf } from '../../../src/provider/conformance/index.ts'
import { makeCertificate } from '../../../test/harness/certificate.ts'
import { available } from '../../../test/harness/commands.ts'
import { type EtcdCluster, pairsOf, startEtcd } from '../../../test/harness/etcd.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { needs } from '../../../test/harness/services.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { etcd, etcdProvider } from './index.ts'
import { rangeBelow } from './watch.ts'

let cluster: EtcdCluster

beforeAll(async () => {
  if (available('etcd')) cluster = await startEtcd()
})
beforeEach(async () => {
  if (available('etcd')) await cluster.replace('gateway', pairsOf('gateway', treeOf({ shop: 'Host(`shop`)' })))
})
afterEach(() => vi.restoreAllMocks())
afterAll(async () => await cluster?.[Symbol.asyncDispose]())

const SHOP = { shop: 'Host(`shop`)' }

function start(written: object = {}, definition = etcd) {
  return new ProviderRun({ definition, options: check(etcd.options, { endpoints: cluster.endpoints, ...written }).value })
}

/** Does something between the first reading of the keys and the watch that follows it. */
function beforeFirstWatch(action: () => Promise<void>): void {
  const watch = WatchClient.prototype.watch
  vi.spyOn(WatchClient.prototype, 'watch').mockImplementationOnce(async function (this: WatchClient) {
    await action()
    return await watch.call(this)
  })
}

const setRule = async (rule: string) => await cluster.change({ 'gateway/http/routers/shop/rule': rule })

needs(['etcd'], 'a change between the first reading and its watch is not lost', async () => {
  beforeFirstWatch(async () => void (await setRule('Host(`between`)')))
  await using run = start()
  await run.until(says({ shop: 'Host(`between`)' }))
})

needs(['etcd'], 'keys whose history was compacted before the watch began are read anew', async () => {
  beforeFirstWatch(async () => {
    await setRule('Host(`first`)')
    await cluster.compact(await setRule('Host(`second`)'))
  })
  await using run = start()
  await run.until(says({ shop: 'Host(`second`)' }))
  expect(run.warnings).toHaveLength(1)
  await setRule('Host(`followed`)')
  await run.until(says({ shop: 'Host(`followed`)' }))
})

needs(['etcd'], 'a compaction does not disturb who is up to date', async () => {
  await using run = start()
  await run.until(says(SHOP))
  await cluster.compact(await setRule('Host(`one`)'))
  await cluster.compact(await setRule('Host(`two`)'))
  await run.until(says({ shop: 'Host(`two`)' }))
  expect(run.warnings).toEqual([])
})

needs(['etcd'], 'a watch that falls silent is noticed, and what it missed is read', async () => {
  const watch = WatchClient.prototype.watch
  vi.spyOn(WatchClient.prototype, 'watch').mockImplementationOnce(async function (this: WatchClient) {
    const stream = await watch.call(this)
    const on = stream.on.bind(stream)
    stream.on = ((event: 'data', listener: (response: { readonly created: boolean }) => void) =>
      on(event, event === 'data' ? (response) => response.created && listener(response) : listener)) as typeof stream.on
    return stream
  })
  await using run = start({}, etcdProvider({ compareEveryMs: 50, lateMs: 50 }))
  await run.until(says(SHOP))
  await setRule('Host(`missed`)')
  await run.until(says({ shop: 'Host(`missed`)' }))
  expect(run.states).toContainEqual({ state: 'failed', detail: 'the watch of etcd has missed changes' })
})

needs(['etcd'], 'a watch that etcd does not confirm is given up', async () => {
  const watch = WatchClient.prototype.watch
  vi.spyOn(WatchClient.prototype, 'watch').mockImplementationOnce(async function (this: WatchClient) {
    const stream = await watch.call(this)
    stream.write = () => true
    return stream
  })
  await using run = start()
  await run.until(says(SHOP))
  expect(run.states).toContainEqual({ state: 'failed', detail: 'etcd did not confirm the watch in time' })
})

needs(['etcd'], 'many comparisons with nothing amiss change nothing', async () => {
  const facts = vi.spyOn((await import('etcd3')).KVClient.prototype, 'range')
  await using run = start({}, etcdProvider({ compareEveryMs: 5, lateMs: 5 }))
  await run.until(says(SHOP))
  await cluster.change({ 'gateway/http/routers/blog/rule': 'Host(`blog`)' })
  await run.until(says({ ...SHOP, blog: 'Host(`blog`)' }))
  await cluster.change({}, ['gateway/http/routers/blog/rule'])
  await run.until(says(SHOP))
  await expect.poll(() => facts.mock.calls.length).toBeGreaterThan(30)
  expect(run.warnings).toEqual([])
  expect(run.messages).toHaveLength(3)
})

needs(['etcd'], 'a transaction over 500 keys is one message, before and after', async () => {
  const rules = (host: string) => Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`r${index}`, `Host(\`${host}-${index}\`)`]))
  const write = (host: string) => cluster.replace('gateway', pairsOf('gateway', treeOf(rules(host))))
  await write('one')
  await using run = start()
  await run.until(says(rules('one')))
  await write('two')
  await run.until(says(rules('two')))
  expect(run.messages).toHaveLength(2)
})

needs(['etcd'], 'more keys than one answer holds are read at one revision', async () => {
  const rules = Object.fromEntries(Array.from({ length: 1_200 }, (_, index) => [`r${index}`, `Host(\`${index}\`)`]))
  await cluster.replace('gateway', pairsOf('gateway', treeOf(rules)))
  await using run = start()
  await run.until(says(rules))
  expect(run.messages).toHaveLength(1)
})

needs(['etcd'], 'keys beside the root are none of its business', async () => {
  await cluster.change({
    'gateway2/http/routers/other/rule': 'x',
    'gatewa/http/routers/other/rule': 'x',
    'edge/http/routers/a/rule': 'Host(`a`)',
  })
  await using run = start()
  await run.until(says(SHOP))
  await using other = start({ rootKey: 'edge/' })
  await other.until(says({ a: 'Host(`a`)' }))
})

needs(['etcd'], 'what is wrong is told with its key', async () => {
  const key = 'gateway/http/routers/broken/rule/deeper'
  await cluster.change({ [key]: 'x' })
  await using run = start()
  const message = await run.until(says(SHOP))
  expect(message.findings).toMatchObject([{ severity: 'error', source: { kind: 'key', store: 'etcd', key } }])
  expect(message.locate?.(['http', 'routers', 'shop', 'rule'])).toEqual({
    kind: 'key',
    store: 'etcd',
    key: 'gateway/http/routers/shop/rule',
  })
})

needs(['etcd'], 'a fresh reading on request says nothing where nothing changed', async () => {
  const watch = vi.spyOn(WatchClient.prototype, 'watch')
  await using run = start()
  await run.until(says(SHOP))
  run.reload()
  await expect.poll(() => watch.mock.calls.length).toBe(2)
  await setRule('Host(`after`)')
  await run.until(says({ shop: 'Host(`after`)' }))
  expect(run.messages).toHaveLength(2)
  expect(run.warnings).toEqual([])
})

needs(['etcd'], 'an endpoint that answers is found among those that do not', async () => {
  await using run = start({ endpoints: [`127.0.0.1:${await freePort()}`, ...cluster.endpoints, `127.0.0.1:${await freePort()}`] })
  await run.until(says(SHOP))
  expect(run.warnings).toEqual([])
})

needs(['etcd'], 'the loss of the member in use and of the leader goes unnoticed', async () => {
  await using three = await startEtcd({ members: 3 })
  const [first, second, third] = three.members as [typeof three.first, typeof three.first, typeof three.first]
  await three.replace('gateway', pairsOf('gateway', treeOf(SHOP)))
  await using run = start({ endpoints: three.endpoints })
  await run.until(says(SHOP))
  // The provider uses the first; two members still are a cluster, whoever led it before.
  await first.kill()
  await three.ready(second)
  await three.change({ 'gateway/http/routers/shop/rule': 'Host(`two left`)' }, [], { member: second })
  await run.until(says({ shop: 'Host(`two left`)' }))
  await first.start()
  await three.ready(first)
  await third.kill()
  await three.ready(second)
  await three.change({ 'gateway/http/routers/shop/rule': 'Host(`other two`)' }, [], { member: second })
  await run.until(says({ shop: 'Host(`other two`)' }))
  expect(run.messages).toHaveLength(3)
})

needs(['etcd'], 'a member that is cut off from its cluster is left', async () => {
  await using three = await startEtcd({ members: 3 })
  const [first, second, third] = three.members as [typeof three.first, typeof three.first, typeof three.first]
  await three.replace('gateway', pairsOf('gateway', treeOf(SHOP)))
  await using run = start({ endpoints: [first.endpoint] })
  await run.until(says(SHOP))
  await Promise.all([second.kill(), third.kill()])
  await run.untilLost()
  await Promise.all([second.start(), third.start()])
  await three.ready(first)
  await run.untilState('ready')
  expect(run.messages.map(rulesOf)).toEqual([SHOP])
})

needs(['etcd', 'openssl'], 'TLS with a certificate of the gateway', async () => {
  await using folder = await temporaryFolder()
  const [server, client] = [makeCertificate(folder, 'localhost'), makeCertificate(folder, 'client')]
  await using secured = await startEtcd({ tls: { ...server, clientAuthority: client.certFile } })
  await secured.replace('gateway', pairsOf('gateway', treeOf(SHOP)))
  const endpoints = [`localhost:${secured.first.securePort}`]
  const pair = { cert: client.certFile, key: client.keyFile }
  await using run = start({ endpoints, tls: { ca: server.certFile, ...pair } })
  await run.until(says(SHOP))
  await using careless = start({ endpoints, tls: { insecureSkipVerify: true, ...pair } })
  await careless.until(says(SHOP))
  for (const tls of [{ ca: client.certFile, ...pair }, pair, { ca: server.certFile }]) {
    await using refused = start({ endpoints, tls })
    await refused.untilLost()
    expect(refused.messages).toEqual([])
  }
})

needs(
  ['etcd'],
  'a user who may only read what is below the root is logged in, also after a restart, and one with a wrong password never',
  async () => {
    await using guarded = await startEtcd()
    const { first } = guarded
    await guarded.replace('gateway', pairsOf('gateway', treeOf(SHOP)))
    const root = { name: 'root', password: 'correct horse' }
    await first.call('auth/user/add', root)
    await first.call('auth/role/add', { name: 'root' })
    await first.call('auth/user/grant', { user: 'root', role: 'root' })
    const reader = { name: 'gateway', password: 'read only' }
    await first.call('auth/user/add', reader)
    await first.call('auth/role/add', { name: 'gateway' })
    const range = rangeBelow('gateway')
    const perm = { permType: 'READ', key: range.key.toString('base64'), range_end: range.range_end.toString('base64') }
    await first.call('auth/role/grant', { name: 'gateway', perm })
    await first.call('auth/user/grant', { user: 'gateway', role: 'gateway' })
    await first.call('auth/enable', {})
    const { token } = await first.call<{ token: string }>('auth/authenticate', root)

    const user = { endpoints: guarded.endpoints, username: reader.name, password: reader.password }
    await using run = start(user, etcdProvider({ compareEveryMs: 50, lateMs: 50 }))
    await run.until(says(SHOP))
    await guarded.change({ 'gateway/http/routers/shop/rule': 'Host(`one`)' }, [], { token })
    await run.until(says({ shop: 'Host(`one`)' }))

    for (const wrong of [{ ...user, password: 'battery staple' }, { endpoints: guarded.endpoints }]) {
      await using refused = start(wrong)
      await refused.untilLost()
      expect(refused.messages).toEqual([])
      expect(JSON.stringify([refused.states, refused.warnings])).not.toContain('battery')
    }

    await first.kill()
    await run.untilLost()
    await first.start()
    await run.untilState('ready')
    const { token: later } = await first.call<{ token: string }>('auth/authenticate', root)
    await guarded.change({ 'gateway/http/routers/shop/rule': 'Host(`two`)' }, [], { token: later })
    await run.until(says({ shop: 'Host(`two`)' }))
  },
)
