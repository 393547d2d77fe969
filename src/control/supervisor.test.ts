import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test, vi } from 'vitest'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { recordedLog } from '../../test/harness/recorded-log.ts'
import { staticOf } from '../../test/harness/static.ts'
import { defineProvider, type ProviderContext, type ProviderMessage } from '../provider/definition.ts'
import { object } from '../schema/index.ts'
import { type Gateway, type GatewayOptions, startGateway } from './supervisor.ts'

const TALKER = new URL('../../test/fixtures/workers/talker.ts', import.meta.url)

const routersMessage = (...names: string[]): ProviderMessage => ({
  configuration: { http: { routers: Object.fromEntries(names.map((name) => [name, { rule: 'Path(`/`)', service: 'noop@internal' }])) } },
})

/** A provider that says what the test wants, and tells what happens to it. */
function puppet(first: ProviderMessage | undefined) {
  const lives: ProviderContext<unknown>[] = []
  let reloads = 0
  const definition = defineProvider({
    name: 'puppet',
    options: object('x', {}),
    async provide(context) {
      lives.push(context)
      context.onReload(() => reloads++)
      if (first !== undefined) context.emit(first)
      await once(context.signal, 'abort')
    },
  })
  return { definition, lives, reloads: () => reloads, say: (message: ProviderMessage) => lives.at(-1)?.emit(message) }
}

interface Started extends AsyncDisposable {
  readonly gateway: Gateway
  readonly port: number
  readonly lines: ReturnType<typeof recordedLog>['lines']
  readonly told: string[][]
}

async function start(written: object, options: Partial<GatewayOptions> = {}): Promise<Started> {
  const { log, lines } = recordedLog()
  const told: string[][] = []
  const definitions = options.providers ?? []
  const sections = Object.fromEntries(definitions.map(({ name }) => [name, {}]))
  const configuration = staticOf(
    { entryPoints: { web: { address: '127.0.0.1:0' } }, ...written, providers: { providersThrottleDuration: 0, ...sections } },
    definitions,
  )
  const gateway = await startGateway({
    static: { configuration },
    providers: [],
    workers: 1,
    log,
    workerEntry: TALKER,
    onFindings: (findings) => told.push(findings.map(({ code }) => code)),
    ...options,
  })
  const port = gateway.addresses.find(({ entryPoint }) => entryPoint === 'web')?.port ?? 0
  return { gateway, port, lines, told, [Symbol.asyncDispose]: () => gateway.stop() }
}

async function ask(port: number): Promise<Record<string, unknown>> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('state')
  const answer = await text(socket).catch(() => '')
  return answer === '' ? {} : JSON.parse(answer)
}

const messages = ({ lines }: Started): string[] => lines.map(({ message }) => message)

test('it is ready when what the providers said first is live in every worker', async () => {
  const provider = puppet(routersMessage('app'))
  await using started = await start({ ping: { entryPoint: 'web' } }, { providers: [provider.definition], workers: 2 })
  await started.gateway.ready
  expect(await ask(started.port)).toMatchObject({ revision: 1, routers: ['ping@internal', 'app@puppet'] })
  expect(messages(started)).toContain('configuration 1 is live: 2 routers, 0 services')
})

test('a change of a provider becomes the next configuration, and the same again changes nothing', async () => {
  const provider = puppet(routersMessage('app'))
  await using started = await start({}, { providers: [provider.definition] })
  await started.gateway.ready
  provider.say(routersMessage('app', 'shop'))
  await vi.waitUntil(() => messages(started).includes('configuration 2 is live: 2 routers, 0 services'))
  provider.say(routersMessage('shop', 'app'))
  provider.say(routersMessage('last'))
  await vi.waitUntil(() => messages(started).includes('configuration 3 is live: 1 routers, 0 services'))
  expect(await ask(started.port)).toMatchObject({ revision: 3, routers: ['last@puppet'] })
})

test('a provider that has nothing to say yet does not hold up the start for longer than a second', async () => {
  const timers = new FakeTimers()
  const provider = puppet(undefined)
  const starting = start({}, { providers: [provider.definition], timers })
  await vi.waitUntil(() => timers.armed > 0)
  expect(timers.next).toBe(1000)
  timers.advance(1000)
  const { gateway, port } = await starting
  await gateway.ready
  expect(await ask(port)).toMatchObject({ revision: 1, routers: [] })
  await gateway.stop()
})

test('a provider that fails takes nothing down', async () => {
  const failing = defineProvider({
    name: 'failing',
    options: object('x', {}),
    provide: async () => {
      throw new Error('no socket')
    },
  })
  const provider = puppet(routersMessage('app'))
  await using started = await start({}, { providers: [failing, provider.definition] })
  await started.gateway.ready
  expect(await ask(started.port)).toMatchObject({ routers: ['app@puppet'] })
  expect(messages(started).some((message) => message.startsWith('the provider `failing` failed, retrying in'))).toBe(true)
})

test('a finding is logged once, and an unknown key as a warning', async () => {
  const broken = { rul: 'Path(`/`)', service: 'noop@internal' }
  const message = (more: object): ProviderMessage => ({
    configuration: { http: { routers: { broken, lost: { rule: 'Path(`/`)', service: 'gone' }, ...more } } },
  })
  const provider = puppet(message({}))
  await using started = await start({}, { providers: [provider.definition] })
  await started.gateway.ready
  provider.say(message({ app: { rule: 'Path(`/`)', service: 'noop@internal' } }))
  await vi.waitUntil(() => messages(started).includes('configuration 2 is live: 1 routers, 0 services, 2 disabled'))
  expect(started.lines.filter(({ code }) => code !== undefined)).toEqual([
    {
      level: 'warn',
      message: 'unknown key "rul" in http.routers.broken; did you mean "rule"?',
      code: 'GTW_UNKNOWN_KEY',
      source: 'provider puppet',
    },
    {
      level: 'error',
      message: 'http.routers.lost.service is "gone", a service that does not exist',
      code: 'GTW_UNKNOWN_SERVICE',
      source: 'provider puppet',
    },
  ])
  expect(started.told).toEqual(Array(2).fill(['GTW_UNKNOWN_KEY', 'GTW_UNKNOWN_SERVICE']))
})

test('what cannot be read at all leaves the live configuration as it is', async () => {
  const provider = puppet(routersMessage('app'))
  await using started = await start({}, { providers: [provider.definition] })
  await started.gateway.ready
  const circle: Record<string, unknown> = {}
  circle.self = circle
  provider.say({ configuration: circle })
  await vi.waitUntil(() => messages(started).some((message) => message.endsWith('cannot be read')))
  expect(await ask(started.port)).toMatchObject({ revision: 1, routers: ['app@puppet'] })
})

test('a reload reaches the providers', async () => {
  const provider = puppet(routersMessage('app'))
  await using started = await start({}, { providers: [provider.definition] })
  started.gateway.reload()
  expect(provider.reloads()).toBe(1)
})

test('a stop tells the workers first, serves on for the accept time, then drains, then ends the providers', async () => {
  const timers = new FakeTimers()
  const provider = puppet(routersMessage('app'))
  const lifeCycle = { requestAcceptGraceTimeout: '30s', graceTimeOut: '5s' }
  const entryPoints = { web: { address: '127.0.0.1:0', transport: { lifeCycle } }, other: { address: '127.0.0.1:0' } }
  const { gateway, port } = await start({ entryPoints }, { providers: [provider.definition], timers })
  await gateway.ready
  const stopped = gateway.stop()
  expect(gateway.stop()).toBe(stopped)
  expect(await ask(port)).toMatchObject({ terminating: true, routers: ['app@puppet'] })
  timers.advance(29_999)
  expect(await ask(port)).toMatchObject({ terminating: true })
  expect(provider.lives[0]?.signal.aborted).toBe(false)
  timers.advance(1)
  await stopped
  expect(provider.lives[0]?.signal.aborted).toBe(true)
  expect(await ask(port)).toEqual({})
  expect(timers.armed).toBe(0)
})

test('a gateway that cannot listen does not start its providers', async () => {
  const holder = createServer().listen({ host: '127.0.0.1', port: 0 })
  await once(holder, 'listening')
  const { port } = holder.address() as { port: number }
  const provider = puppet(routersMessage('app'))
  const starting = start({ entryPoints: { web: { address: `127.0.0.1:${port}` } } }, { providers: [provider.definition] })
  await expect(starting).rejects.toMatchObject({ code: 'GTW_LISTEN_FAILED' })
  expect(provider.lives).toEqual([])
  holder.close()
})

test('a provider without a section in the static configuration is not started', async () => {
  const provider = puppet(routersMessage('app'))
  const { log } = recordedLog()
  const configuration = staticOf({ entryPoints: { web: { address: '127.0.0.1:0' } } }, [provider.definition])
  const gateway = await startGateway({ static: { configuration }, providers: [provider.definition], workers: 1, log, workerEntry: TALKER })
  await gateway.ready
  await gateway.stop()
  expect(provider.lives).toEqual([])
})
