import { expect } from 'vitest'
import { startEtcd } from '../harness/etcd.ts'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startLoad } from '../harness/load.ts'
import { needs } from '../harness/services.ts'

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

needs([], 'a gateway whose etcd is away starts, serves the rest and ends in time', async () => {
  const dynamic = 'http: { routers: { a: { rule: "Path(`/`)", service: whoami@internal } } }'
  await using gateway = await startGateway({ dynamic, static: '  etcd: { endpoints: "127.0.0.1:1" }' })
  expect((await request(gateway.port)).status).toBe(200)
  await gateway.process.printed(/provider error, retrying/)
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })
})
