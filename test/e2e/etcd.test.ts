import { expect } from 'vitest'
import { correspond } from '../harness/correspondent.ts'
import { type EtcdMember, startEtcd } from '../harness/etcd.ts'
import { liveIn, startGateway } from '../harness/gateway.ts'
import { rawExchange, request } from '../harness/http-client.ts'
import { startLoad } from '../harness/load.ts'
import { freePort } from '../harness/ports.ts'
import { needs } from '../harness/services.ts'
import { echo, startStreamOrigin } from '../harness/stream-origin.ts'

const router = (name: string, rule: string) => ({
  [`gateway/http/routers/${name}/rule`]: rule,
  [`gateway/http/routers/${name}/service`]: 'whoami@internal',
})

needs(['etcd'], 'routes come from etcd, survive its death without a failed request, and follow it when it is back', async () => {
  await using etcd = await startEtcd()
  await etcd.change(router('steady', 'Path(`/`)'))
  await using gateway = await startGateway({ dynamic: '{}', static: `  etcd: { endpoints: "${etcd.first.endpoint}" }` })
  const status = async (path: string): Promise<number> => (await request(gateway.port, { path })).status
  await expect.poll(() => status('/')).toBe(200)
  await etcd.change(router('changing', 'Path(`/one`)'))
  await expect.poll(() => status('/one')).toBe(200)

  const load = startLoad(gateway.port)
  await load.served(20)
  await etcd.first.kill()
  await gateway.process.printed(/provider error, retrying/)
  await load.served(50)
  expect(await status('/one')).toBe(200)

  await etcd.first.start()
  await etcd.ready()
  await etcd.change(router('changing', 'Path(`/two`)'))
  await expect.poll(() => status('/two'), { timeout: 10_000 }).toBe(200)
  expect(await status('/one')).toBe(404)
  const { failures } = await load.stop()
  expect(failures).toEqual(new Map())
})

needs(['etcd'], 'a key that is wrong is told by its name and disables its router alone', async () => {
  await using etcd = await startEtcd()
  await etcd.change({
    ...router('good', 'Path(`/`)'),
    ...router('bad', 'Path(`/bad`)'),
    'gateway/http/routers/bad/rul': 'x',
    'gateway/http/routers/odd/rule/deeper': 'x',
  })
  await using gateway = await startGateway({ dynamic: '{}', static: `  etcd: { endpoints: ["${etcd.first.endpoint}"] }` })
  await expect.poll(async () => (await request(gateway.port)).status).toBe(200)
  expect((await request(gateway.port, { path: '/bad' })).status).toBe(404)
  for (const key of [/gateway\/http\/routers\/bad\/rul\b/, /gateway\/http\/routers\/odd\/rule\/deeper/]) await gateway.process.printed(key)
})

needs(['etcd'], 'keys for TCP and for UDP route connections and datagrams', async () => {
  await using etcd = await startEtcd()
  await using stream = await startStreamOrigin(echo())
  await using names = await correspond((text) => `answer to ${text}`)
  await etcd.change({
    'gateway/tcp/routers/r/rule': 'HostSNI(`*`)',
    'gateway/tcp/routers/r/entryPoints': 'raw',
    'gateway/tcp/routers/r/service': 'db',
    'gateway/tcp/services/db/loadBalancer/servers/0/address': stream.address,
    'gateway/udp/routers/r/entryPoints/0': 'dns',
    'gateway/udp/routers/r/service': 'names',
    'gateway/udp/services/names/loadBalancer/servers/0/address': `127.0.0.1:${names.port}`,
  })
  const [raw, dns] = [await freePort(), await freePort()]
  await using _gateway = await startGateway({
    dynamic: '{}',
    static: `  etcd: { endpoints: ["${etcd.first.endpoint}"] }`,
    args: [`--entryPoints.raw.address=127.0.0.1:${raw}`, `--entryPoints.dns.address=127.0.0.1:${dns}/udp`],
  })
  const soon = { timeout: 15_000 }
  await expect.poll(() => rawExchange(raw, 'hello', { end: true }).then(String, String), soon).toBe('hello')
  await using client = await correspond()
  await expect.poll(() => client.ask(dns, 'hello', 500).catch(String), soon).toBe('answer to hello')
})

needs(['etcd'], 'of a transaction over 500 keys no part is served without the rest', async () => {
  await using etcd = await startEtcd()
  const COUNT = 250
  const generation = (name: string) =>
    Object.assign({}, ...Array.from({ length: COUNT }, (_, index) => router(`r${index}`, `Path(\`/${name}/${index}\`)`)))
  await etcd.change(generation('one'))
  await using gateway = await startGateway({ dynamic: '{}', static: `  etcd: { endpoints: ["${etcd.first.endpoint}"] }` })
  const status = async (path: string): Promise<number> => (await request(gateway.port, { path })).status
  await expect.poll(() => status(`/one/${COUNT - 1}`)).toBe(200)
  const before = liveIn(gateway)
  await etcd.change(generation('two'))
  await expect.poll(() => status('/two/0')).toBe(200)
  const all = await Promise.all(
    Array.from({ length: COUNT }, async (_, index) => [await status(`/one/${index}`), await status(`/two/${index}`)]),
  )
  expect(all).toEqual(Array(COUNT).fill([404, 200]))
  expect(liveIn(gateway)).toBe(before + 1)
})

needs(['etcd'], 'of three members the one in use is killed, and then the leader: routes stay and changes keep coming', async () => {
  await using etcd = await startEtcd({ members: 3 })
  await etcd.change(router('steady', 'Path(`/`)'))
  const endpoints = JSON.stringify(etcd.endpoints)
  await using gateway = await startGateway({ dynamic: '{}', static: `  etcd: { endpoints: ${endpoints} }` })
  const status = async (path: string): Promise<number> => (await request(gateway.port, { path })).status
  await expect.poll(() => status('/')).toBe(200)
  const load = startLoad(gateway.port)
  await etcd.first.kill()
  const [, second, third] = etcd.members as [EtcdMember, EtcdMember, EtcdMember]
  await etcd.ready(second)
  await etcd.change(router('changing', 'Path(`/one`)'), [], { member: second })
  await expect.poll(() => status('/one'), { timeout: 15_000 }).toBe(200)
  await etcd.first.start()
  await etcd.ready(etcd.first)
  const leader = (await etcd.leads(second)) ? second : third
  await leader.kill()
  const left = leader === second ? third : second
  await etcd.ready(left)
  await etcd.change(router('changing', 'Path(`/two`)'), [], { member: left })
  await expect.poll(() => status('/two'), { timeout: 15_000 }).toBe(200)
  expect((await load.stop()).failures).toEqual(new Map())
})

needs([], 'a gateway whose etcd is away starts, serves the rest and ends in time', async () => {
  const dynamic = 'http: { routers: { a: { rule: "Path(`/`)", service: whoami@internal } } }'
  await using gateway = await startGateway({ dynamic, static: '  etcd: { endpoints: "127.0.0.1:1" }' })
  expect((await request(gateway.port)).status).toBe(200)
  await gateway.process.printed(/provider error, retrying/)
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })
})
