import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startConsul } from '../../test/harness/consul.ts'
import { IMAGE, startDocker } from '../../test/harness/docker.ts'
import { startEtcd } from '../../test/harness/etcd.ts'
import { startRedis } from '../../test/harness/redis.ts'
import { temporaryFolder } from '../../test/harness/temp.ts'
import type { LiveSource } from './changes.ts'

const RULE = 'gateway/http/routers/app/rule'
const SERVICE = 'gateway/http/routers/app/service'

const ruleOf = (host: string): string => `Host(\`${host}\`)`

const documentOf = (host: string): string =>
  JSON.stringify({ http: { routers: { app: { rule: ruleOf(host), service: 'whoami@internal' } } } })

const keysOf = (host: string): Record<string, string> => ({ [RULE]: ruleOf(host), [SERVICE]: 'whoami@internal' })

export const file: LiveSource = {
  name: 'file',
  change: 'a file written in place',
  async start(resources) {
    const folder = resources.use(await temporaryFolder())
    return {
      provider: `file: { filename: "${folder.path}/dynamic.json" }`,
      route: async (host) => void (await folder.write('dynamic.json', documentOf(host))),
    }
  },
}

export const docker: LiveSource = {
  name: 'docker',
  change: 'a container renamed, whose name is the host of its route',
  async start(resources) {
    const engine = resources.use(await startDocker())
    const labels = ['gateway.enable=true', 'gateway.http.routers.app.service=whoami@internal']
    await engine.docker('run', '--detach', '--name', 'before', '--network', 'none', ...labels.flatMap((one) => ['--label', one]), IMAGE)
    let name = 'before'
    return {
      provider: `docker: { endpoint: "${engine.endpoint}", exposedByDefault: false, defaultRule: "Host(\`{{ .ContainerName }}\`)" }`,
      async route(host) {
        await engine.call('POST', `/containers/${name}/rename?name=${host}`)
        name = host
      },
    }
  },
}

export const consul: LiveSource = {
  name: 'consul',
  change: 'a transaction in the key-value store of Consul',
  async start(resources) {
    const store = resources.use(await startConsul())
    return { provider: `consul: { endpoints: ["${store.address}"] }`, route: (host) => store.write(keysOf(host)) }
  },
}

export const etcd: LiveSource = {
  name: 'etcd',
  change: 'a transaction in etcd',
  async start(resources) {
    const store = resources.use(await startEtcd())
    return {
      provider: `etcd: { endpoints: ["${store.first.endpoint}"] }`,
      route: async (host) => void (await store.change(keysOf(host))),
    }
  },
}

export const redis: LiveSource = {
  name: 'redis',
  change: 'a transaction in Redis',
  async start(resources) {
    const store = resources.use(await startRedis())
    return {
      provider: `redis: { endpoints: ["${store.endpoint}"] }`,
      plugin: 'provider-redis',
      route: async (host) => void (await store.send(['MSET', ...Object.entries(keysOf(host)).flat()])),
    }
  },
}

export const http: LiveSource = {
  name: 'http',
  change: 'another document behind a URL that is asked for every 100 ms',
  async start(resources) {
    let document = '{}'
    const server = createServer((_request, response) => void response.end(document))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    resources.defer(() => void server.close())
    const { port } = server.address() as AddressInfo
    return {
      provider: `http: { endpoint: "http://127.0.0.1:${port}/gateway.json", pollInterval: 100ms }`,
      plugin: 'provider-http',
      async route(host) {
        document = documentOf(host)
      },
    }
  },
}
