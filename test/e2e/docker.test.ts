import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { available } from '../harness/commands.ts'
import { correspond } from '../harness/correspondent.ts'
import { DOCKER_COMMANDS, type DockerEngine, IMAGE, startDocker } from '../harness/docker.ts'
import { ROOT, type RunningGateway, startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startLoad } from '../harness/load.ts'
import { freePort } from '../harness/ports.ts'
import { startProcess } from '../harness/process.ts'
import { needs } from '../harness/services.ts'

let engine: DockerEngine

const isHere = DOCKER_COMMANDS.every(available)

beforeAll(async () => {
  if (!isHere) return
  // Containers outlive the engine, as on any host that takes its containers seriously.
  engine = await startDocker('--live-restore')
  await engine.docker('network', 'create', 'front')
  await engine.docker('network', 'create', 'back')
})

afterAll(async () => {
  if (isHere) await engine[Symbol.asyncDispose]()
})

/** A gateway that follows the engine, and an engine without containers. */
async function startFollowing(options = '', dynamic = ''): Promise<RunningGateway> {
  await engine.removeAll()
  const gateway = await startGateway({ dynamic, static: `  docker:\n    endpoint: ${engine.endpoint}\n${options}` })
  return gateway
}

// A container that is gone answers nothing at all: whoever asks for it at that moment must not wait for the rest of the test.
const ATTEMPT_MS = 400

async function statusOf({ port }: RunningGateway, host: string): Promise<number> {
  return await request(port, { headers: { host }, withinMs: ATTEMPT_MS }).then(
    ({ status }) => status,
    () => 0,
  )
}

async function bodyOf({ port }: RunningGateway, host: string): Promise<string> {
  return await request(port, { headers: { host }, withinMs: ATTEMPT_MS }).then(({ text }) => text.trim(), String)
}

const WITHIN_TWO_SECONDS = { timeout: 2_000, interval: 20 }
const LATER = { timeout: 15_000, interval: 50 }

const label = (text: string): string[] => ['--label', text]
const rule = (prefix: string, host: string): string[] => label(`${prefix}.http.routers.r.rule=Host(\`${host}\`)`)

for (const prefix of ['traefik', 'gateway']) {
  needs(
    DOCKER_COMMANDS,
    `a container with \`${prefix}.\` labels is routed within two seconds of its start, and gone as soon when it stops`,
    async () => {
      await using gateway = await startFollowing()
      await engine.run('web', '--network', 'front', ...rule(prefix, 'web.test'))
      await expect.poll(() => bodyOf(gateway, 'web.test'), WITHIN_TWO_SECONDS).toBe('web')
      await engine.docker('stop', 'web')
      await expect.poll(() => statusOf(gateway, 'web.test'), WITHIN_TWO_SECONDS).toBe(404)
      await engine.docker('start', 'web')
      await expect.poll(() => bodyOf(gateway, 'web.test'), WITHIN_TWO_SECONDS).toBe('web')
    },
  )
}

needs(DOCKER_COMMANDS, 'a service that grows to ten containers is balanced over all of them, and shrinks again', async () => {
  await using gateway = await startFollowing()
  const compose = [...label('com.docker.compose.project=shop'), ...label('com.docker.compose.service=web')]
  const names = Array.from({ length: 10 }, (_, index) => `shop-web-${index + 1}`)
  await Promise.all(names.map((name) => engine.run(name, '--network', 'front', ...compose)))
  const seen = async () => {
    const bodies = await Promise.all(names.map(() => bodyOf(gateway, 'web-shop')))
    return [...new Set(bodies)].sort()
  }
  await expect.poll(seen, LATER).toEqual([...names].sort())
  await engine.docker('rm', '--force', ...names.slice(1))
  await expect.poll(seen, WITHIN_TWO_SECONDS).toEqual(['shop-web-1'])
})

needs(DOCKER_COMMANDS, 'labels for TCP and for UDP route connections and datagrams, and make nothing for HTTP', async () => {
  await engine.removeAll()
  await using names = await correspond((text) => `answer to ${text}`)
  const [raw, dns] = [await freePort(), await freePort()]
  await using gateway = await startGateway({
    dynamic: '',
    static: `  docker: { endpoint: "${engine.endpoint}" }\n`,
    args: [`--entryPoints.raw.address=127.0.0.1:${raw}`, `--entryPoints.dns.address=127.0.0.1:${dns}/udp`],
  })
  const tcp = ['rule=HostSNI(`*`)', 'entrypoints=raw'].map((option) => `traefik.tcp.routers.r.${option}`)
  await engine.run('db', '--network', 'front', ...[...tcp, 'traefik.tcp.services.db.loadbalancer.server.port=80'].flatMap(label))
  // What listens on the network of the host might as well be a container.
  const udp = ['gateway.udp.routers.r.entrypoints=dns', `gateway.udp.services.names.loadbalancer.server.port=${names.port}`]
  await engine.run('names', '--network', 'host', '--env', `PORT=${await freePort()}`, ...udp.flatMap(label))
  await expect.poll(() => request(raw, { withinMs: ATTEMPT_MS }).then(({ text }) => text.trim(), String), LATER).toBe('db')
  await using client = await correspond()
  await expect.poll(() => client.ask(dns, 'hello', ATTEMPT_MS).catch(String), LATER).toBe('answer to hello')
  expect([await statusOf(gateway, 'db'), await statusOf(gateway, 'names')]).toEqual([404, 404])
})

needs(DOCKER_COMMANDS, 'where the network is not named, the same one is taken each time, and that is said', async () => {
  await using gateway = await startFollowing()
  await engine.docker('create', '--name', 'web', '--hostname', 'web', '--network', 'front', 'whoami:test')
  await engine.docker('network', 'connect', 'back', 'web')
  await engine.docker('start', 'web')
  await gateway.process.printed(/several fit \(back, front\).*"back" is taken/)
  await expect.poll(() => bodyOf(gateway, 'web'), WITHIN_TWO_SECONDS).toBe('web')
  await engine.docker('network', 'disconnect', 'back', 'web')
  await expect.poll(() => bodyOf(gateway, 'web'), WITHIN_TWO_SECONDS).toBe('web')
})

needs(DOCKER_COMMANDS, 'containers on the network of the host, on that of another one, and published ones are reached', async () => {
  const [port, published] = [await freePort(), await freePort()]
  await using gateway = await startFollowing('    useBindPortIP: true\n')
  await engine.run(
    'hosty',
    '--network',
    'host',
    '--env',
    `PORT=${port}`,
    ...label(`traefik.http.services.hosty.loadbalancer.server.port=${port}`),
  )
  await engine.run('vpn', '--network', 'front')
  await engine.docker(
    'run',
    '-d',
    '--name',
    'guest',
    '--network',
    'container:vpn',
    '--env',
    'PORT=81',
    ...label('traefik.http.services.guest.loadbalancer.server.port=81'),
    'whoami:test',
  )
  await engine.run('bound', '--network', 'front', '--publish', `127.0.0.1:${published}:80`)
  await expect.poll(() => statusOf(gateway, 'hosty'), WITHIN_TWO_SECONDS).toBe(200)
  await expect.poll(() => bodyOf(gateway, 'guest'), WITHIN_TWO_SECONDS).toBe('vpn')
  await expect.poll(() => bodyOf(gateway, 'bound'), WITHIN_TWO_SECONDS).toBe('bound')
})

needs(DOCKER_COMMANDS, 'a container is not routed before it is healthy', async () => {
  await using gateway = await startFollowing()
  const health = [
    '--health-cmd',
    'busybox test -e /www/ready',
    '--health-interval',
    '200ms',
    '--health-retries',
    '1',
    '--health-start-period',
    '0s',
  ]
  await engine.run('web', '--network', 'front', ...health)
  await engine.run('other', '--network', 'front')
  await expect.poll(() => statusOf(gateway, 'other'), WITHIN_TWO_SECONDS).toBe(200)
  expect(await statusOf(gateway, 'web')).toBe(404)
  await engine.docker('exec', 'web', 'busybox', 'touch', '/www/ready')
  await expect.poll(() => statusOf(gateway, 'web'), LATER).toBe(200)
})

needs(DOCKER_COMMANDS, 'a bad container among good ones is reported and takes none of them down', async () => {
  await using gateway = await startFollowing()
  await engine.run('good', '--network', 'front')
  await engine.run(
    'bad',
    '--network',
    'front',
    ...label('traefik.http.routers.bad.rule=Hots(`bad`)'),
    ...label('traefik.http.routers.bad.prioritty=7'),
  )
  await expect.poll(() => bodyOf(gateway, 'good'), WITHIN_TWO_SECONDS).toBe('good')
  await gateway.process.printed(/container bad/)
  expect(await statusOf(gateway, 'bad')).toBe(404)
})

needs(DOCKER_COMMANDS, 'while the engine is away all stays, and afterwards what has changed is followed', async () => {
  await using gateway = await startFollowing()
  await engine.run('web', '--network', 'front')
  await expect.poll(() => bodyOf(gateway, 'web'), WITHIN_TWO_SECONDS).toBe('web')
  const load = startLoad(gateway.port, { headers: { host: 'web' } })
  await engine.stop()
  await gateway.process.printed(/provider error, retrying/)
  await load.served(200)
  await engine.start()
  await engine.run('late', '--network', 'front')
  await expect.poll(() => bodyOf(gateway, 'late'), LATER).toBe('late')
  const { failures } = await load.stop()
  expect([...failures]).toEqual([])
  await engine.docker('rm', '--force', 'web')
  await expect.poll(() => statusOf(gateway, 'web'), WITHIN_TWO_SECONDS).toBe(404)
})

needs(DOCKER_COMMANDS, 'a container that is killed under load fails no request where the router retries', async () => {
  const retry = [
    ...label('traefik.http.middlewares.again.retry.attempts=3'),
    ...label('traefik.http.middlewares.again.retry.status=502,504'),
    ...label('traefik.http.routers.r.middlewares=again'),
  ]
  const common = [...rule('traefik', 'app'), ...retry, ...label('traefik.http.services.app.loadbalancer.serverstransport=quick@file')]
  // The address of a container that is gone swallows what is sent there: how soon another one is tried depends on the timeout.
  await using gateway = await startFollowing('', 'http: { serversTransports: { quick: { forwardingTimeouts: { dialTimeout: 300ms } } } }')
  for (const name of ['app-1', 'app-2', 'app-3']) await engine.run(name, '--network', 'front', ...common)
  await expect
    .poll(async () => new Set([await bodyOf(gateway, 'app'), await bodyOf(gateway, 'app'), await bodyOf(gateway, 'app')]).size, LATER)
    .toBe(3)
  const load = startLoad(gateway.port, { headers: { host: 'app' } })
  await load.served(200)
  await engine.docker('kill', 'app-2')
  await load.served(500)
  const { failures } = await load.stop()
  expect([...failures]).toEqual([])
})

needs(DOCKER_COMMANDS, '`docker inspect` tells which network and port were chosen and why, and which labels were refused', async () => {
  await engine.removeAll()
  const refused = 'gateway.http.services.app.loadbalancer.servers[0].url=http://x'
  await engine.docker(
    'create',
    '--name',
    'app',
    '--network',
    'front',
    ...label('gateway.docker.network=back'),
    ...label('gateway.http.routers.app.rule=Host(`app`)'),
    IMAGE,
  )
  await engine.docker('network', 'connect', 'back', 'app')
  await engine.docker('start', 'app')
  await engine.run('wrong', '--network', 'front', ...label(refused))

  const good = await inspect('app')
  expect(good.code, good.stderr).toBe(0)
  expect(good.stdout).toMatch(/^container app \([0-9a-f]{12}\), running\nserved +yes\n/)
  expect(good.stdout).toMatch(/ +back +10\.[\d.]+ ← chosen \(named by the label `gateway\.docker\.network`\)\n +front +10\.[\d.]+\n/)
  expect(good.stdout).toMatch(/service +http app at 10\.[\d.]+:80, reachable in \d+ ms\nport +80 ← the only exposed one\n/)
  expect(good.stdout).toContain('✓ gateway.http.routers.app.rule=Host(`app`)')

  const bad = await inspect('wrong', '--json')
  expect(bad.code).toBe(1)
  const { labels, served } = JSON.parse(bad.stdout)
  expect(served).toBe(true)
  expect(labels).toEqual([
    { label: refused.slice(0, refused.indexOf('=')), value: 'http://x', refused: expect.stringContaining('cannot be said with labels') },
  ])

  const none = await inspect('nobody')
  expect(none.code).toBe(1)
  expect(none.stderr).toContain('there is no container "nobody"')
})

async function inspect(...args: string[]) {
  const command = await startProcess(process.execPath, [
    join(ROOT, 'bin/run.js'),
    'docker',
    'inspect',
    ...args,
    '--endpoint',
    engine.endpoint,
  ])
  const { code } = await command.exited
  return { code, stdout: command.stdout, stderr: command.stderr }
}
