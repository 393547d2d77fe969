import { readdirSync } from 'node:fs'
import { check, type ProviderMessage } from 'gateway/provider'
import { describe, expect, test } from 'vitest'
import { ProviderRun, rulesOf, says } from '../../../src/provider/conformance/index.ts'
import { containerOf, type Facts, type FakeEngine, fakeEngine, idOf } from '../test/fake-engine.ts'
import { connector } from './connect.ts'
import { docker, dockerProvider } from './index.ts'

function start(engine: FakeEngine, written: object = {}, definition = docker) {
  return new ProviderRun({ definition, options: check(docker.options, { endpoint: engine.endpoint, ...written }).value })
}

/** What the provider says of these containers. */
async function said(containers: Readonly<Record<string, Facts>>, written: object = {}): Promise<ProviderMessage> {
  await using engine = await fakeEngine()
  engine.set(...Object.entries(containers).map(([name, facts]) => containerOf(name, facts)))
  await using run = start(engine, written)
  return await run.until(() => true)
}

function serversOf({ configuration }: ProviderMessage): Record<string, readonly string[]> {
  type Service = { loadBalancer: { servers: readonly { url: string }[] } }
  const { http } = configuration as { http?: { services?: Record<string, Service> } }
  const services = Object.entries(http?.services ?? {})
  return Object.fromEntries(services.map(([name, { loadBalancer }]) => [name, loadBalancer.servers.map(({ url }) => url)]))
}

describe('which containers count', () => {
  const web = { web: ['http://10.0.0.2:80'] }
  const idle = { web: [] }
  const cases: { why: string; facts: Facts; options?: object; servers: Record<string, readonly string[]> }[] = [
    { why: 'one that runs', facts: {}, servers: web },
    { why: 'one that is healthy', facts: { health: 'healthy' }, servers: web },
    { why: 'not one that is stopped', facts: { state: 'exited' }, servers: {} },
    { why: 'not one that is paused', facts: { state: 'paused' }, servers: {} },
    { why: 'not one that is starting', facts: { health: 'starting' }, servers: {} },
    { why: 'not one that is unhealthy', facts: { health: 'unhealthy' }, servers: {} },
    {
      why: 'one that is unhealthy, without a server, where empty services are allowed',
      facts: { health: 'unhealthy' },
      options: { allowEmptyServices: true },
      servers: idle,
    },
    {
      why: 'not one that is stopped, even where empty services are allowed',
      facts: { state: 'exited' },
      options: { allowEmptyServices: true },
      servers: {},
    },
    {
      why: 'one that is stopped, without a server, where its label allows that',
      facts: { state: 'exited', labels: { 'traefik.docker.allownonrunning': 'true' } },
      servers: idle,
    },
    {
      why: 'not one that is stopped where its label says no',
      facts: { state: 'exited', labels: { 'traefik.docker.allownonrunning': 'false' } },
      servers: {},
    },
    { why: 'not one that is not exposed', facts: { labels: { 'gateway.enable': 'false' } }, servers: {} },
    { why: 'not one without a label where that is needed', facts: {}, options: { exposedByDefault: false }, servers: {} },
    {
      why: 'not one outside of the constraints',
      facts: { labels: { tier: 'back' } },
      options: { constraints: 'Label(`tier`, `front`)' },
      servers: {},
    },
  ]
  for (const { why, facts, options, servers } of cases) {
    test(why, async () => {
      const message = await said({ web: facts }, options)
      expect(serversOf(message)).toEqual(servers)
      expect(message.findings).toEqual([])
    })
  }

  test('what is not exposed and what is stopped is not even looked at', async () => {
    await using engine = await fakeEngine()
    engine.set(
      containerOf('off', { labels: { 'gateway.enable': 'false' } }),
      containerOf('stopped', { state: 'exited' }),
      containerOf('on'),
    )
    await using run = start(engine)
    await run.until(says({ on: 'Host(`on`)' }))
    expect(engine.asked.filter((path) => path.startsWith('/v1.41/containers/') && path !== '/v1.41/containers/json')).toEqual([
      `/v1.41/containers/${idOf('on')}/json`,
    ])
  })

  test('a switch that is neither on nor off is a finding at its label', async () => {
    const { findings } = await said({ web: { state: 'exited', labels: { 'gateway.docker.allowNonRunning': 'perhaps' } } })
    expect(findings).toMatchObject([
      { severity: 'error', code: 'GTW_WRONG_TYPE', source: { item: 'container web', label: 'gateway.docker.allowNonRunning' } },
    ])
  })
})

describe('names', () => {
  const compose = { 'com.docker.compose.project': 'my_shop', 'com.docker.compose.service': 'web' }

  test('replicas of a service of Compose are servers of one service', async () => {
    const message = await said({
      'my_shop-web-1': { labels: compose, networks: { front: '10.0.0.2' } },
      'my_shop-web-2': { labels: compose, networks: { front: '10.0.0.3' } },
    })
    expect(serversOf(message)).toEqual({ 'web-my-shop': ['http://10.0.0.2:80', 'http://10.0.0.3:80'] })
    expect(rulesOf(message)).toEqual({ 'web-my-shop': 'Host(`web-my-shop`)' })
  })

  test('the default rule knows the names and the labels', async () => {
    const defaultRule = 'Host(`{{ .Name }}.{{ .ContainerName }}.{{ index .Labels "zone" }}`)'
    const message = await said({ web_1: { labels: { zone: 'test' } } }, { defaultRule })
    expect(rulesOf(message)).toEqual({ 'web-1': 'Host(`web-1.web_1.test`)' })
  })
})

describe('networks', () => {
  const networks = { back: '10.1.0.2', front: '10.0.0.2' }

  test('the label wins over the option, and the option over order', async () => {
    const labelled = { networks, labels: { 'traefik.docker.network': 'front' } }
    expect(serversOf(await said({ web: labelled }, { network: 'back' }))).toEqual({ web: ['http://10.0.0.2:80'] })
    expect(serversOf(await said({ web: { networks } }, { network: 'front' }))).toEqual({ web: ['http://10.0.0.2:80'] })
  })

  test('an ambiguous choice is told once for all that have it in common', async () => {
    const { findings } = await said({ a: { networks }, b: { networks }, c: { networks } })
    expect(findings).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringMatching(/several fit \(back, front\); "back" is taken, the first by name \(and 2 more like this\)/),
        source: { item: 'container a', label: 'gateway.docker.network' },
      },
    ])
  })

  test('nothing is told of a container whose labels say the whole URL', async () => {
    const url = { 'gateway.http.services.s.loadbalancer.server.url': 'http://10.9.9.9' }
    const message = await said({ web: { networks, ports: {}, labels: url } })
    expect(message.findings).toEqual([])
    expect(serversOf(message)).toEqual({ s: ['http://10.9.9.9'] })
  })

  test('a container that uses the network of another one is reached there, though that one is not served itself', async () => {
    const message = await said({
      vpn: { labels: { 'gateway.enable': 'false' }, networks: { vpn: '10.9.9.9' }, ports: {} },
      web: { mode: `container:${idOf('vpn')}`, networks: {}, ports: {}, exposed: ['8080/tcp'] },
    })
    expect(message.findings).toEqual([])
    expect(serversOf(message)).toEqual({ web: ['http://10.9.9.9:8080'] })
  })

  test('a container without a port is a finding that takes no other one along', async () => {
    const message = await said({ bad: { ports: {} }, good: {} })
    expect(serversOf(message)).toEqual({ good: ['http://10.0.0.2:80'] })
    expect(message.findings).toMatchObject([
      { severity: 'error', message: expect.stringContaining('the port is missing'), source: { item: 'container bad' } },
    ])
  })
})

describe('an engine that has troubles', () => {
  test('a container that cannot be read any more stays as it was', async () => {
    await using engine = await fakeEngine()
    engine.set(containerOf('a'), containerOf('b'))
    await using run = start(engine)
    await run.until(says({ a: 'Host(`a`)', b: 'Host(`b`)' }))
    engine.broken.add('a')
    engine.set(containerOf('a'), containerOf('c'))
    await run.until(says({ a: 'Host(`a`)', c: 'Host(`c`)' }))
    expect(run.warnings).toEqual(['a container cannot be read'])
  })

  test('a container for which the engine does not answer holds up no other one, and counts again when it is well', async () => {
    await using engine = await fakeEngine()
    engine.set(containerOf('a'), containerOf('b'))
    await using run = start(engine, {}, dockerProvider(50))
    await run.until(says({ a: 'Host(`a`)', b: 'Host(`b`)' }))
    engine.stuck.add('a')
    engine.set(containerOf('a'), containerOf('c'))
    await run.until(says({ a: 'Host(`a`)', c: 'Host(`c`)' }))
    expect(run.warnings).toEqual(['a container cannot be read'])
    engine.set(containerOf('a'), containerOf('d'))
    await run.until(says({ a: 'Host(`a`)', d: 'Host(`d`)' }))
    engine.stuck.clear()
    await engine.close()
    await run.untilState('failed')
    await engine.listen()
    engine.set(containerOf('a', { labels: { 'gateway.http.routers.a.rule': 'Path(`/`)' } }))
    await run.until(says({ a: 'Path(`/`)' }))
  })

  test('what nobody told of shows at the next look', async () => {
    await using engine = await fakeEngine()
    engine.set(containerOf('a'))
    await using run = start(engine, {}, dockerProvider(20))
    await run.until(says({ a: 'Host(`a`)' }))
    engine.tells = false
    engine.set(containerOf('a'), containerOf('b'))
    await run.until(says({ a: 'Host(`a`)', b: 'Host(`b`)' }))
  })

  test('many looks with nothing new ask for no container', async () => {
    await using engine = await fakeEngine()
    engine.set(containerOf('a'))
    await using run = start(engine, {}, dockerProvider(1))
    await run.until(says({ a: 'Host(`a`)' }))
    await expect.poll(() => engine.asked.filter((path) => path.endsWith('/containers/json')).length).toBeGreaterThan(20)
    expect(engine.asked.filter((path) => path.endsWith(`/${idOf('a')}/json`))).toHaveLength(1)
    expect(run.messages).toHaveLength(1)
  })

  for (const path of ['/version', '/containers/json', `/containers/${idOf('a')}/json`]) {
    test(`an answer to ${path.replace(idOf('a'), 'ID')} that is cut off is a failure, after which it is asked again`, async () => {
      await using engine = await fakeEngine()
      engine.set(containerOf('a'))
      engine.cut.add(path)
      await using run = start(engine)
      await run.untilState('failed')
      engine.cut.clear()
      await run.until(says({ a: 'Host(`a`)' }))
    })
  }

  test('what happened just before the engine took note of who listens is told', async () => {
    await using engine = await fakeEngine()
    const since = Promise.withResolvers<number>()
    engine.onEvents = (query) => since.resolve(Number(query.get('since')))
    await using _run = start(engine)
    const age = Date.now() / 1000 - (await since.promise)
    expect(age).toBeGreaterThan(30)
    expect(age).toBeLessThan(120)
  })

  test('without watching, it is read at the start and on a reload', async () => {
    await using engine = await fakeEngine()
    engine.set(containerOf('a'))
    await using run = start(engine, { watch: false })
    await run.until(says({ a: 'Host(`a`)' }))
    expect(engine.listeners).toBe(0)
    engine.set(containerOf('b'))
    run.reload()
    await run.until(says({ b: 'Host(`b`)' }))
  })

  test('a burst of changes is read a few times, not once for each', async () => {
    await using engine = await fakeEngine()
    await using run = start(engine)
    await run.until(() => true)
    for (let index = 0; index < 1_000; index++) engine.set(containerOf(`c${index}`))
    await run.until(says({ c999: 'Host(`c999`)' }))
    expect(engine.asked.filter((path) => path === '/v1.41/containers/json').length).toBeLessThan(10)
  })

  test('a failed start says why', async () => {
    await using run = new ProviderRun({
      definition: docker,
      options: check(docker.options, { endpoint: 'unix:///nowhere/docker.sock' }).value,
    })
    await run.untilState('failed')
    expect(run.states.at(-1)?.detail).toContain('ENOENT /nowhere/docker.sock')
    expect(run.messages).toEqual([])
  })

  test('a thousand connections that fail or are lost leave no open files behind', async () => {
    await using engine = await fakeEngine()
    engine.set(containerOf('a'))
    const { value: options } = check(docker.options, { endpoint: engine.endpoint })
    const connect = await connector()
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const before = openFiles()
    for (let round = 0; round < 300; round++) {
      const connected = await connect(options, log)
      await connected.changes()
      await connected.containers()
      connected.close()
    }
    await engine.close()
    for (let round = 0; round < 700; round++) await expect(connect(options, log)).rejects.toThrow()
    await expect.poll(openFiles).toBeLessThanOrEqual(before)
  })
})

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}
