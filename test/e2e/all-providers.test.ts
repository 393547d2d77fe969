import { join } from 'node:path'
import { expect } from 'vitest'
import { type ConsulServer, startConsul } from '../harness/consul.ts'
import { DOCKER_COMMANDS, type DockerEngine, IMAGE, startDocker } from '../harness/docker.ts'
import { type EtcdCluster, startEtcd } from '../harness/etcd.ts'
import { request } from '../harness/http-client.ts'
import { Installation } from '../harness/installation.ts'
import { startOrigin } from '../harness/origin.ts'
import { freePort } from '../harness/ports.ts'
import { type RedisServer, startRedis } from '../harness/redis.ts'
import { needs } from '../harness/services.ts'
import { type TemporaryFolder, temporaryFolder } from '../harness/temp.ts'

// Each router uses what other providers have: the service comes from Consul, middlewares come from the file and from etcd.
const FILE = `
http:
  middlewares:
    secret: { headers: { customResponseHeaders: { X-From: file } } }
  routers:
    file: { rule: "Host(\`file.test\`)", service: "web@consul", middlewares: ["tag@etcd"] }
`

/** The keys of a router that uses the service in Consul and the middleware of the file. */
const routerKeys = (name: string): Record<string, string> => ({
  [`gateway/http/routers/${name}/rule`]: `Host(\`${name}.test\`)`,
  [`gateway/http/routers/${name}/service`]: 'web@consul',
  [`gateway/http/routers/${name}/middlewares/0`]: 'secret@file',
})

/** The labels of the same. */
const routerLabels = (name: string, service = 'web@consul'): string[] => [
  `traefik.http.routers.${name}.rule=Host(\`${name}.test\`)`,
  `traefik.http.routers.${name}.service=${service}`,
  `traefik.http.routers.${name}.middlewares=secret@file`,
]

const asFlags = (labels: readonly string[]): string[] => labels.flatMap((label) => ['--label', label])

const HOSTS = ['file', 'docker', 'swarm', 'consul', 'catalog', 'etcd', 'redis', 'http'].map((name) => `${name}.test`)

/** By host, what is to be answered: the provider whose middleware the answer has passed. */
const allSay = (from: string): Record<string, string> => ({ ...Object.fromEntries(HOSTS.map((host) => [host, from])), 'file.test': 'etcd' })

async function answers(port: number): Promise<Record<string, string>> {
  const all = await Promise.all(
    HOSTS.map(async (host) => {
      const { status, headers } = await request(port, { headers: { host }, withinMs: 2_000 })
      return [host, status === 200 ? String(headers['x-from']) : String(status)]
    }),
  )
  return Object.fromEntries(all)
}

const soon = { timeout: 30_000, interval: 100 }

interface Sources {
  readonly folder: TemporaryFolder
  readonly docker: DockerEngine
  readonly swarm: DockerEngine
  readonly consul: ConsulServer
  readonly etcd: EtcdCluster
  readonly redis: RedisServer
  /** The URL of a document. */
  readonly document: string
}

async function fill({ docker, swarm, consul, etcd, redis }: Sources, originUrl: string): Promise<void> {
  await consul.write({ ...routerKeys('consul'), 'gateway/http/services/web/loadBalancer/servers/0/url': originUrl })
  const Tags = routerLabels('catalog')
  await consul.call('PUT', '/v1/agent/service/register', { Name: 'listed', Address: '127.0.0.1', Port: 1, Tags })
  await etcd.change({ ...routerKeys('etcd'), 'gateway/http/middlewares/tag/headers/customResponseHeaders/X-From': 'etcd' })
  await redis.replace(routerKeys('redis'))
  await docker.run('web', '--network', 'none', ...asFlags(routerLabels('docker')))
  await swarm.docker('swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', `127.0.0.1:${await freePort()}`)
  const service = ['service', 'create', '--detach', '--quiet', '--no-resolve-image', '--name', 'listed', '--replicas', '0']
  await swarm.docker(...service, ...asFlags(routerLabels('swarm')), IMAGE)
}

async function startGateway(port: number, { folder, docker, swarm, consul, etcd, redis, document }: Sources) {
  const installation = new Installation(folder)
  for (const plugin of ['provider-redis', 'provider-http']) await installation.link(join(installation.plugins, plugin))
  return await installation.serve(`
entryPoints: { web: { address: "127.0.0.1:${port}" } }
providers:
  providersThrottleDuration: 100ms
  file: { filename: "${await folder.write('dynamic.yml', FILE)}" }
  docker: { endpoint: "${docker.endpoint}" }
  swarm: { endpoint: "${swarm.endpoint}", refreshSeconds: 200ms, allowEmptyServices: true }
  consul: { endpoints: ["${consul.address}"] }
  consulCatalog: { endpoint: { address: "${consul.address}" }, watch: true }
  etcd: { endpoints: ["${etcd.first.endpoint}"] }
  redis: { endpoints: ["${redis.endpoint}"] }
  http: { endpoint: "${document}", pollInterval: 200ms }
`)
}

needs(
  ['consul', 'etcd', 'redis-server', ...DOCKER_COMMANDS],
  'all providers at once refer to each other, and the loss of one after the other changes nothing',
  async () => {
    await using folder = await temporaryFolder()
    await using consul = await startConsul()
    await using etcd = await startEtcd()
    await using redis = await startRedis()
    await using docker = await startDocker('--live-restore')
    await using swarm = await startDocker()
    await using origin = await startOrigin('web')
    const router = { rule: 'Host(`http.test`)', service: 'web@consul', middlewares: ['secret@file'] }
    await using documents = await startOrigin('document', (_seen, response) => {
      response.end(JSON.stringify({ http: { routers: { http: router } } }))
    })
    const sources: Sources = { folder, docker, swarm, consul, etcd, redis, document: `${documents.url}/gateway.json` }
    await fill(sources, origin.url)
    const port = await freePort()
    await using _gateway = await startGateway(port, sources)
    await expect.poll(() => answers(port), soon).toEqual(allSay('file'))

    const losses = [
      () => documents[Symbol.asyncDispose](),
      () => redis.kill(),
      () => swarm.stop(),
      () => docker.stop(),
      () => etcd.first.kill(),
      () => consul.kill(),
    ]
    for (const lose of losses) {
      await lose()
      expect(await answers(port)).toEqual(allSay('file'))
    }
    // The one that is left is still followed, and what it says is joined to the last words of the others.
    await folder.write('dynamic.yml', FILE.replace('X-From: file', 'X-From: changed'))
    await expect.poll(() => answers(port), soon).toEqual(allSay('changed'))
  },
  120_000,
)
