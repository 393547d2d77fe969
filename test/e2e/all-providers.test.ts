import { expect } from 'vitest'
import { startConsul } from '../harness/consul.ts'
import { DOCKER_COMMANDS, startDocker } from '../harness/docker.ts'
import { startEtcd } from '../harness/etcd.ts'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startOrigin } from '../harness/origin.ts'
import { needs } from '../harness/services.ts'

// One middleware of each provider that others refer to, and a router of each that refers to another provider.
const FILE = `
http:
  middlewares:
    secret: { headers: { customResponseHeaders: { X-From: file } } }
  routers:
    file: { rule: "Host(\`file.test\`)", service: "web@consul", middlewares: ["tag@etcd"] }
`

const consulKeys = (url: string): Record<string, string> => ({
  'gateway/http/services/web/loadBalancer/servers/0/url': url,
  'gateway/http/routers/consul/rule': 'Host(`consul.test`)',
  'gateway/http/routers/consul/service': 'web',
  'gateway/http/routers/consul/middlewares/0': 'secret@file',
})

const ETCD_KEYS = {
  'gateway/http/middlewares/tag/headers/customResponseHeaders/X-From': 'etcd',
  'gateway/http/routers/etcd/rule': 'Host(`etcd.test`)',
  'gateway/http/routers/etcd/service': 'web@consul',
  'gateway/http/routers/etcd/middlewares/0': 'secret@file',
}

const HOSTS = ['file.test', 'consul.test', 'etcd.test', 'docker.test']
const ALL = { 'file.test': 'etcd', 'consul.test': 'file', 'etcd.test': 'file', 'docker.test': 'file' }

/** By host, the provider whose middleware the answer has passed, or the status where there is no answer. */
async function answers({ port }: RunningGateway): Promise<Record<string, string>> {
  const all = await Promise.all(
    HOSTS.map(async (host) => {
      const { status, headers } = await request(port, { headers: { host }, withinMs: 2_000 })
      return [host, status === 200 ? String(headers['x-from']) : String(status)]
    }),
  )
  return Object.fromEntries(all)
}

const soon = { timeout: 20_000, interval: 100 }

needs(
  ['consul', 'etcd', ...DOCKER_COMMANDS],
  'four providers at once refer to each other, and the loss of one changes nothing',
  async () => {
    await using consul = await startConsul()
    await using etcd = await startEtcd()
    await using docker = await startDocker('--live-restore')
    await using origin = await startOrigin('web')
    await consul.write(consulKeys(origin.url))
    await etcd.ready()
    await etcd.change(ETCD_KEYS)
    await docker.docker('network', 'create', 'front')
    const labels = ['traefik.http.routers.docker.rule=Host(`docker.test`)', 'traefik.http.routers.docker.middlewares=secret@file']
    await docker.run('web', '--network', 'front', ...labels.flatMap((label) => ['--label', label]))

    await using gateway = await startGateway({
      dynamic: FILE,
      static: `  consul: { endpoints: ["${consul.address}"] }
  etcd: { endpoints: ["${etcd.endpoints[0]?.replace('http://', '')}"] }
  docker: { endpoint: "${docker.endpoint}" }
`,
    })
    await expect.poll(() => answers(gateway), soon).toEqual(ALL)

    await consul.kill()
    await gateway.process.printed(/provider error, retrying/)
    expect(await answers(gateway)).toEqual(ALL)
    await etcd.first.kill()
    expect(await answers(gateway)).toEqual(ALL)
    await docker.stop()
    expect(await answers(gateway)).toEqual(ALL)

    // The one that is left is still followed, and what it says is joined to the last words of the others.
    await gateway.rewrite(FILE.replace('X-From: file', 'X-From: changed'))
    await expect
      .poll(() => answers(gateway), soon)
      .toEqual({ ...ALL, 'consul.test': 'changed', 'etcd.test': 'changed', 'docker.test': 'changed' })
  },
)
