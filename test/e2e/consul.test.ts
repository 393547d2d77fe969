import { expect } from 'vitest'
import { startConsul } from '../harness/consul.ts'
import { liveIn, type RunningGateway, startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { type Origin, startOrigin } from '../harness/origin.ts'
import { needs } from '../harness/services.ts'

const FILE = 'http: { routers: { file: { rule: Host(`file.test`), service: whoami@internal } } }'

async function answerOf({ port }: RunningGateway, host: string): Promise<string> {
  const { status, text } = await request(port, { headers: { host } })
  return status === 200 ? text : String(status)
}

const keysOf = (name: string, { url }: Pick<Origin, 'url'>): Record<string, string> => ({
  [`gateway/http/routers/${name}/rule`]: `Host(\`${name}.test\`)`,
  [`gateway/http/routers/${name}/service`]: name,
  [`gateway/http/services/${name}/loadBalancer/servers/0/url`]: url,
})

const soon = { timeout: 15_000, interval: 50 }

needs(['consul'], 'keys feed routes that stay while Consul is killed and are followed when it is back', async () => {
  await using store = await startConsul()
  await using one = await startOrigin('one')
  await using two = await startOrigin('two')
  await store.write(keysOf('shop', one))
  await using gateway = await startGateway({ dynamic: FILE, static: `  consul: { endpoints: ["${store.address}"] }` })
  await expect.poll(() => answerOf(gateway, 'shop.test'), soon).toBe('one')

  await store.kill()
  await gateway.process.printed(/provider error, retrying/)
  expect(await answerOf(gateway, 'shop.test')).toBe('one')
  await store.start()
  await store.ready()
  expect(await answerOf(gateway, 'shop.test')).toBe('one')
  await store.write(keysOf('shop', two))
  await expect.poll(() => answerOf(gateway, 'shop.test'), soon).toBe('two')

  await store.call('DELETE', '/v1/kv/gateway/?recurse')
  await expect.poll(() => answerOf(gateway, 'shop.test'), soon).toBe('404')
  expect((await gateway.stop()).code).toBe(0)
})

needs(['consul'], 'a change of 500 keys, which Consul takes in pieces, goes live as one', async () => {
  await using store = await startConsul()
  const COUNT = 250
  const generation = (name: string): Record<string, string> =>
    Object.assign(
      {},
      ...Array.from({ length: COUNT }, (_, index) => ({
        [`gateway/http/routers/r${index}/rule`]: `Host(\`${name}-${index}.test\`)`,
        [`gateway/http/routers/r${index}/service`]: 'whoami@internal',
      })),
    )
  await store.write(generation('one'))
  await using gateway = await startGateway({ dynamic: FILE, static: `  consul: { endpoints: ["${store.address}"] }` })
  const isServed = async (host: string) => (await request(gateway.port, { headers: { host } })).status === 200
  await expect.poll(() => isServed(`one-${COUNT - 1}.test`), soon).toBe(true)
  const before = liveIn(gateway)
  await store.write(generation('two'))
  await expect.poll(() => isServed(`two-${COUNT - 1}.test`), soon).toBe(true)
  expect(await Promise.all(['one-0.test', 'two-0.test'].map(isServed))).toEqual([false, true])
  expect(liveIn(gateway)).toBe(before + 1)
})

needs(['consul'], 'what is wrong with one key is reported with that key, and the others are served', async () => {
  await using store = await startConsul()
  await using origin = await startOrigin('fine')
  await store.write({ ...keysOf('fine', origin), 'gateway/http/routers/bad/rulee': 'Host(`bad.test`)' })
  await using gateway = await startGateway({ dynamic: FILE, static: `  consul: { endpoints: ["${store.address}"] }` })
  await expect.poll(() => answerOf(gateway, 'fine.test'), soon).toBe('fine')
  await gateway.process.printed(/gateway\/http\/routers\/bad\/rulee/)
})

needs(['consul'], 'a gateway starts without Consul, and its routes come when Consul does', async () => {
  await using store = await startConsul()
  await using origin = await startOrigin('late')
  await store.write(keysOf('late', origin))
  await store.kill()
  await using gateway = await startGateway({ dynamic: FILE, static: `  consul: { endpoints: ["${store.address}"] }` })
  expect((await request(gateway.port, { headers: { host: 'file.test' } })).status).toBe(200)
  expect(await answerOf(gateway, 'late.test')).toBe('404')
  await store.start()
  await expect.poll(() => answerOf(gateway, 'late.test'), soon).toBe('late')
})

needs(['consul'], 'services of the catalog are routed by their tags, and files can refer to them as @consulcatalog', async () => {
  await using store = await startConsul()
  await using one = await startOrigin('one')
  await using two = await startOrigin('two')
  const register = (ID: string, origin: Origin) =>
    store.call('PUT', '/v1/agent/service/register', {
      ID,
      Name: 'shop',
      Address: '127.0.0.1',
      Port: Number(new URL(origin.url).port),
      Tags: ['traefik.enable=true', 'traefik.http.routers.shop.rule=Host(`shop.test`)'],
    })
  await register('one', one)
  const dynamic = 'http: { routers: { alias: { rule: Host(`alias.test`), service: shop@consulcatalog } } }'
  const settings = `  consulCatalog:
    exposedByDefault: false
    watch: true
    endpoint: { address: "${store.address}" }`
  await using gateway = await startGateway({ dynamic, static: settings })
  await expect.poll(() => answerOf(gateway, 'shop.test'), soon).toBe('one')
  expect(await answerOf(gateway, 'alias.test')).toBe('one')

  await register('two', two)
  const seen = new Set<string>()
  await expect.poll(async () => seen.add(await answerOf(gateway, 'shop.test')).size, soon).toBe(2)
  expect(seen).toEqual(new Set(['one', 'two']))

  await store.call('PUT', '/v1/agent/service/deregister/one')
  await store.call('PUT', '/v1/agent/service/deregister/two')
  await expect.poll(() => answerOf(gateway, 'shop.test'), soon).toBe('404')
})
