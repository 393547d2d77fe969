import type { ProviderMessage } from 'gateway/provider'
import { describe, expect } from 'vitest'
import { rulesOf, says } from '../../../src/provider/conformance/index.ts'
import type { ConsulServer } from '../../../test/harness/consul.ts'
import { needs } from '../../../test/harness/services.ts'
import { server } from '../test/server.ts'
import { start } from '../test/start.ts'
import { consulCatalog } from './catalog.ts'

interface Registration {
  readonly ID?: string
  readonly Name: string
  readonly Tags?: readonly string[]
  readonly Address?: string
  readonly Port?: number
  readonly Check?: object
}

let groups = 0

/** A group of services that no other test sees. */
async function newGroup(options: object = {}) {
  const consul = await server()
  const group = `g${++groups}`
  return {
    consul,
    options: { endpoint: { address: consul.address }, watch: true, constraints: `Tag(\`${group}\`)`, ...options },
    async register(registration: Registration): Promise<void> {
      const { Name, ID = `${group}-${Name}`, Tags = [] } = registration
      await consul.call('PUT', '/v1/agent/service/register', { Address: '10.0.0.1', Port: 80, ...registration, ID, Tags: [group, ...Tags] })
    },
    deregister: (name: string, id = `${group}-${name}`) => consul.call('PUT', `/v1/agent/service/deregister/${id}`),
    idOf: (name: string) => `${group}-${name}`,
  }
}

function serversOf({ configuration }: ProviderMessage): Record<string, readonly string[]> {
  const { http } = configuration as { http?: { services?: Record<string, { loadBalancer: { servers: { url: string }[] } }> } }
  const services = Object.entries(http?.services ?? {})
  return Object.fromEntries(services.map(([name, { loadBalancer }]) => [name, loadBalancer.servers.map(({ url }) => url).sort()]))
}

const serves = (wanted: object) => (message: ProviderMessage) => JSON.stringify(serversOf(message)) === JSON.stringify(wanted)

describe('services', () => {
  needs(['consul'], 'a service without a word of its own gets a router by the default rule, and its instances are joined', async () => {
    const group = await newGroup({ defaultRule: 'Host(`{{ normalize .Name }}.test`)' })
    await group.register({ Name: 'my_shop' })
    await group.register({ Name: 'my_shop', ID: group.idOf('b'), Address: '2001:db8::1', Port: 81 })
    await using run = start(consulCatalog, group.options)
    const message = await run.until(serves({ 'my-shop': ['http://10.0.0.1:80', 'http://[2001:db8::1]:81'] }))
    expect(rulesOf(message)).toEqual({ 'my-shop': 'Host(`my-shop.test`)' })
    await group.deregister('b', group.idOf('b'))
    await run.until(serves({ 'my-shop': ['http://10.0.0.1:80'] }))
  })

  needs(['consul'], 'what has no address of its own has that of its node', async () => {
    const group = await newGroup()
    await group.register({ Name: 'plain', Address: '', Port: 8080 })
    await using run = start(consulCatalog, group.options)
    await run.until(serves({ plain: ['http://127.0.0.1:8080'] }))
  })

  needs(['consul'], 'without a port it is a finding that names the instance, and a tag can give one', async () => {
    const group = await newGroup()
    await group.register({ Name: 'portless', Port: 0 })
    await group.register({ Name: 'tagged', Port: 0, Tags: ['traefik.http.services.tagged.loadbalancer.server.port=90'] })
    await using run = start(consulCatalog, group.options)
    const message = await run.until(serves({ tagged: ['http://10.0.0.1:90'] }))
    expect(message.findings).toMatchObject([
      {
        message: expect.stringContaining('the port is missing'),
        source: { kind: 'label', item: `service portless, instance ${group.idOf('portless')} on node-1` },
      },
    ])
  })

  needs(['consul'], 'without exposedByDefault only what is enabled is served, under the prefix that was chosen', async () => {
    const group = await newGroup({ exposedByDefault: false, prefix: 'edge' })
    await group.register({ Name: 'on', Tags: ['edge.enable=true', 'edge.http.routers.mine.rule=Host(`on`)'] })
    await group.register({ Name: 'off', Tags: ['gateway.enable=true'] })
    await group.register({ Name: 'silent' })
    await using run = start(consulCatalog, group.options)
    await run.until(says({ mine: 'Host(`on`)' }))
  })

  needs(['consul'], 'a canary is served apart from the stable instances', async () => {
    const group = await newGroup()
    await group.register({ Name: 'web' })
    await group.register({ Name: 'web', ID: group.idOf('next'), Address: '10.0.0.2', Tags: ['gateway.consulcatalog.canary=true'] })
    await using run = start(consulCatalog, group.options)
    const message = await run.until((newest) => Object.keys(serversOf(newest)).length === 2)
    expect(Object.entries(serversOf(message)).sort()).toEqual([
      ['web', ['http://10.0.0.1:80']],
      [expect.stringMatching(/^web-\d+$/), ['http://10.0.0.2:80']],
    ])
  })

  needs(['consul'], 'instances that contradict each other are a finding, and others stay', async () => {
    const group = await newGroup()
    const sticky = 'gateway.http.services.torn.loadbalancer.sticky.cookie.name='
    await group.register({ Name: 'torn', Tags: [`${sticky}one`] })
    await group.register({ Name: 'torn', ID: group.idOf('other'), Tags: [`${sticky}two`] })
    await group.register({ Name: 'whole' })
    await using run = start(consulCatalog, group.options)
    const message = await run.until(serves({ whole: ['http://10.0.0.1:80'] }))
    expect(message.findings).toMatchObject([{ code: 'GTW_CONFLICT' }])
  })

  needs(['consul'], 'what asks for Consul Connect is named as not supported, and is not served', async () => {
    const group = await newGroup()
    await group.register({ Name: 'meshed', Tags: ['gateway.consulcatalog.connect=true'] })
    await group.register({ Name: 'free' })
    await using run = start(consulCatalog, group.options)
    const message = await run.until(serves({ free: ['http://10.0.0.1:80'] }))
    expect(message.findings).toMatchObject([{ code: 'GTW_UNSUPPORTED', message: expect.stringContaining('service meshed') }])
  })
})

describe('health', () => {
  const setCheck = async (consul: ConsulServer, id: string, state: 'pass' | 'warn' | 'fail') => {
    await consul.call('PUT', `/v1/agent/check/${state}/service:${id}`)
  }

  needs(['consul'], 'an instance whose checks fail gets no requests until they pass again', async () => {
    const group = await newGroup()
    await group.register({ Name: 'sick', Check: { TTL: '1h', Status: 'passing' } })
    await group.register({ Name: 'sick', ID: group.idOf('well'), Address: '10.0.0.2' })
    await using run = start(consulCatalog, group.options)
    const both = serves({ sick: ['http://10.0.0.1:80', 'http://10.0.0.2:80'] })
    await run.until(both)
    await setCheck(group.consul, group.idOf('sick'), 'fail')
    await run.until(serves({ sick: ['http://10.0.0.2:80'] }))
    await setCheck(group.consul, group.idOf('sick'), 'warn')
    await run.until(both)
    await group.consul.call('PUT', `/v1/agent/service/maintenance/${group.idOf('sick')}?enable=true`)
    await run.until(serves({ sick: ['http://10.0.0.2:80'] }))
    await group.consul.call('PUT', `/v1/agent/service/maintenance/${group.idOf('sick')}?enable=false`)
    await run.until(both)
  })

  needs(['consul'], 'strictChecks says which states are good enough', async () => {
    const group = await newGroup()
    await group.register({ Name: 'well' })
    await group.register({ Name: 'warned', Check: { TTL: '1h', Status: 'warning' } })
    await group.register({ Name: 'failing', Check: { TTL: '1h', Status: 'critical' } })
    await using strict = start(consulCatalog, { ...group.options, strictChecks: ['passing'] })
    await strict.until(serves({ well: ['http://10.0.0.1:80'] }))
    await using any = start(consulCatalog, { ...group.options, strictChecks: ['any'] })
    await any.until((message) => Object.keys(serversOf(message)).length === 3)
  })
})

needs(['consul'], 'without watching, the catalog is read at the interval', async () => {
  const group = await newGroup({ watch: false, refreshInterval: '100ms' })
  await using run = start(consulCatalog, group.options)
  await run.until(serves({}))
  await group.register({ Name: 'late' })
  await run.until(serves({ late: ['http://10.0.0.1:80'] }))
  expect(run.messages).toHaveLength(2)
})

needs(['consul'], 'without watching, a reload reads at once', async () => {
  const group = await newGroup({ refreshInterval: '1h', watch: false })
  await using run = start(consulCatalog, group.options)
  await run.until(serves({}))
  await group.register({ Name: 'late' })
  run.reload()
  await run.until(serves({ late: ['http://10.0.0.1:80'] }))
})
