import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { check, type ProviderMessage } from 'gateway/provider'
import { afterAll, beforeAll, expect } from 'vitest'
import { swarm } from '../../plugins/provider-docker/src/index.ts'
import { ProviderRun } from '../../src/provider/conformance/index.ts'
import { available } from '../harness/commands.ts'
import { DOCKER_COMMANDS, type DockerEngine, IMAGE, startDocker } from '../harness/docker.ts'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { freePort } from '../harness/ports.ts'
import { needs } from '../harness/services.ts'

let engine: DockerEngine

const isHere = DOCKER_COMMANDS.every(available)

beforeAll(async () => {
  if (!isHere) return
  engine = await startDocker()
  await engine.docker('swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', `127.0.0.1:${await freePort()}`)
  for (const name of ['front', 'back']) await engine.docker('network', 'create', '--driver', 'overlay', '--attachable', name)
})

afterAll(async () => {
  if (isHere) await engine[Symbol.asyncDispose]()
})

const LATER = { timeout: 20_000, interval: 50 }

const label = (text: string): string[] => ['--label', text]
const port = (service: string, number: number): string[] => label(`traefik.http.services.${service}.loadbalancer.server.port=${number}`)

async function create(name: string, ...args: string[]): Promise<void> {
  await engine.docker('service', 'create', '--detach', '--quiet', '--no-resolve-image', '--name', name, ...args, IMAGE)
}

async function removeAll(): Promise<void> {
  const names = await engine.docker('service', 'ls', '--quiet')
  if (names !== '') await engine.docker('service', 'rm', ...names.split('\n'))
}

function follow(written: object = {}) {
  const options = check(swarm.options, { endpoint: engine.endpoint, refreshSeconds: '100ms', ...written }).value
  return new ProviderRun({ definition: swarm, options })
}

function serversOf({ configuration }: ProviderMessage, name: string): readonly string[] | undefined {
  type Service = { loadBalancer: { servers: readonly { url: string }[] } }
  const { http } = configuration as { http?: { services?: Record<string, Service> } }
  return http?.services?.[name]?.loadBalancer.servers.map(({ url }) => url)
}

needs(DOCKER_COMMANDS, 'a service on the network of its node is routed, and gone when it is removed', async () => {
  await removeAll()
  const own = await freePort()
  await using gateway = await startGateway({
    dynamic: '',
    static: `  swarm:\n    endpoint: ${engine.endpoint}\n    refreshSeconds: 200ms\n`,
  })
  const status = async () => (await request(gateway.port, { headers: { host: 'hosty' } })).status
  await create('hosty', '--mode', 'global', '--network', 'host', '--env', `PORT=${own}`, ...port('hosty', own))
  await expect.poll(status, LATER).toBe(200)
  await removeAll()
  await expect.poll(status, LATER).toBe(404)
})

needs(DOCKER_COMMANDS, 'each task is a server, at the address under which it answers on the overlay network', async () => {
  await removeAll()
  await using run = follow()
  await create('app', '--replicas', '2', '--network', 'front', ...port('app', 80))
  const message = await run.until((one) => serversOf(one, 'app')?.length === 2)
  await engine.run('probe', '--network', 'front')
  const pid = await engine.docker('inspect', '--format', '{{.State.Pid}}', 'probe')
  for (const url of serversOf(message, 'app') ?? []) {
    const { stdout } = await promisify(execFile)('nsenter', ['--target', pid, '--net', 'curl', '--silent', '--max-time', '5', url])
    expect(stdout.trim()).toMatch(/^[0-9a-f]{12}$/)
  }
  await engine.docker('rm', '--force', 'probe')
  await engine.docker('service', 'scale', '--detach', 'app=3')
  await run.until((one) => serversOf(one, 'app')?.length === 3)
})

needs(DOCKER_COMMANDS, 'without watching, services are read at the start and on a reload', async () => {
  await removeAll()
  await using run = follow({ watch: false, allowEmptyServices: true })
  await run.until((one) => serversOf(one, 'app') === undefined)
  await create('app', '--replicas', '0', ...port('app', 80))
  expect(run.messages).toHaveLength(1)
  run.reload()
  const message = await run.until((one) => serversOf(one, 'app') !== undefined)
  expect(serversOf(message, 'app')).toEqual([])
})

needs(DOCKER_COMMANDS, 'where the swarm is to balance, the address of the service is the one server', async () => {
  await removeAll()
  await using run = follow()
  await create('app', '--replicas', '2', '--network', 'front', ...label('gateway.swarm.lbswarm=true'), ...port('app', 80))
  const message = await run.until((one) => serversOf(one, 'app') !== undefined)
  const [{ Endpoint } = { Endpoint: undefined }] = JSON.parse(await engine.docker('service', 'inspect', 'app'))
  const [virtual] = Endpoint.VirtualIPs
  expect(serversOf(message, 'app')).toEqual([`http://${virtual.Addr.split('/')[0]}:80`])
})

needs(DOCKER_COMMANDS, 'the network that a label names is used, and never the one for ingress unless it is named', async () => {
  await removeAll()
  await using run = follow()
  const networks = async () => ['--network', 'front', '--network', 'back', '--publish', `${await freePort()}:80`]
  await create('app', ...(await networks()), ...label('traefik.docker.network=front'), ...port('app', 80))
  await create('other', ...(await networks()), ...port('other', 80))
  const message = await run.until((one) => serversOf(one, 'app') !== undefined && serversOf(one, 'other') !== undefined)
  const subnet = await engine.docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Subnet}}', 'front')
  const start = subnet.split('.').slice(0, 3).join('.')
  expect(serversOf(message, 'app')?.[0]).toContain(`//${start}.`)
  expect(message.findings).toMatchObject([
    { severity: 'warning', message: expect.stringContaining('several fit (back, front)'), source: { label: 'gateway.swarm.network' } },
  ])
})

needs(DOCKER_COMMANDS, 'a service without a port, and one with labels of two families, are findings beside the good ones', async () => {
  await removeAll()
  await using run = follow()
  await create('portless', '--network', 'front')
  await create(
    'torn',
    '--network',
    'front',
    ...label('gateway.swarm.network=front'),
    ...label('traefik.docker.lbswarm=true'),
    ...port('torn', 80),
  )
  await create('good', '--network', 'front', ...port('good', 80))
  const { findings } = await run.until((one) => serversOf(one, 'good') !== undefined && one.findings?.length === 2)
  expect(findings).toMatchObject([
    { message: expect.stringContaining('the port is missing'), source: { item: 'service portless.1' } },
    { message: expect.stringContaining('are of two families'), source: { item: 'service torn' } },
  ])
})
