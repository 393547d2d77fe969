import { EventEmitter, once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test, vi } from 'vitest'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { freePort } from '../../test/harness/ports.ts'
import { recordedLog } from '../../test/harness/recorded-log.ts'
import { type EntryPoint, entryPoint } from '../config/entry-point.ts'
import type { Snapshot } from '../config/snapshot.ts'
import { check } from '../schema/index.ts'
import type { WorkerEntryPoint } from '../thread/worker-data.ts'
import { Publisher } from './publisher.ts'
import { systemTimers } from './timers.ts'
import { startWorkers, type Workers, type WorkersOptions } from './workers.ts'

const TALKER = new URL('../../test/fixtures/workers/talker.ts', import.meta.url)

function listenOn(name: string, port: number, options: Partial<EntryPoint> = {}): WorkerEntryPoint {
  const checked = check(entryPoint, { address: `127.0.0.1:${port}` }).value
  return { name, host: '127.0.0.1', port, options: { ...checked, ...options } }
}

interface Started extends AsyncDisposable {
  readonly workers: Workers
  readonly publisher: Publisher
  readonly events: EventEmitter
  readonly port: number
  readonly lines: ReturnType<typeof recordedLog>['lines']
}

async function start(count: number, timers: WorkersOptions['timers'] = systemTimers): Promise<Started> {
  const { log, lines } = recordedLog()
  const publisher = new Publisher({ workers: count, timers: systemTimers, log })
  const events = new EventEmitter()
  const workers = await startWorkers({
    ...optionsFor([listenOn('web', 0)], count),
    timers,
    log,
    onUp: (link) => {
      publisher.attach(link)
      events.emit('up', link.index)
    },
    onDown: (link) => {
      publisher.detach(link)
      events.emit('down', link.index)
    },
    onAnswer: (link, answer) => {
      publisher.receive(link, answer)
      events.emit('answer', answer.type)
    },
  })
  const port = workers.addresses[0]?.port ?? 0
  return { workers, publisher, events, port, lines, [Symbol.asyncDispose]: () => workers.stop() }
}

function optionsFor(entryPoints: WorkerEntryPoint[], count = 1): WorkersOptions {
  return {
    count,
    entry: TALKER,
    data: {
      entryPoints,
      hostname: 'test',
      defaultTransport: {} as never,
      defaultTcpTransport: {} as never,
      cells: new Int32Array(new SharedArrayBuffer(64)),
      pingTerminatingStatus: 503,
      askedServices: [],
    },
    timers: systemTimers,
    log: recordedLog().log,
    onUp: () => {},
    onDown: () => {},
    onAnswer: () => {},
  }
}

const snapshotWith = (...routers: string[]): Snapshot => ({
  revision: 0,
  fingerprint: routers.join(),
  routers: Object.fromEntries(routers.map((name) => [name, {} as never])),
  services: {},
  middlewares: {},
  serversTransports: {},
  cells: {},
})

async function ask(port: number, line = 'state'): Promise<Record<string, unknown>> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(line)
  const answer = await text(socket).catch(() => '')
  return answer === '' ? {} : JSON.parse(answer)
}

test('a replaced worker has its routers before it answers anyone', async () => {
  await using started = await start(2)
  await started.publisher.publish(snapshotWith('app@test'))
  await ask(started.port, 'crash')
  for (let asked = 0; asked < 50; asked++) {
    const answer = await ask(started.port)
    if ('revision' in answer) expect(answer).toMatchObject({ revision: 1 })
  }
})

test('every worker listens on the port that the first one got', async () => {
  await using started = await start(3)
  expect(started.workers.addresses).toEqual([{ entryPoint: 'web', host: '127.0.0.1', port: started.port }])
  const seen = new Set<unknown>()
  while (seen.size < 3) seen.add((await ask(started.port)).index)
  expect([...seen].sort()).toEqual([0, 1, 2])
})

test('a worker that crashes is replaced and gets the current snapshot', async () => {
  await using started = await start(1)
  await started.publisher.publish(snapshotWith('app@test'))
  const back = once(started.events, 'answer')
  await ask(started.port, 'crash')
  await back
  expect(await ask(started.port)).toEqual({ index: 0, revision: 1, terminating: false, routers: ['app@test'] })
  expect(started.lines[0]).toMatchObject({ level: 'error', message: 'a worker crashed and is replaced', error: 'asked to crash' })
})

test('while one worker is away the others keep serving', async () => {
  const timers = new FakeTimers()
  await using started = await start(2, timers)
  const down = once(started.events, 'down')
  await ask(started.port, 'crash')
  const [gone] = await down
  expect((await ask(started.port)).index).toBe(1 - gone)
  timers.advance(0)
  await vi.waitUntil(() => started.lines.some(({ message }) => message === 'a worker is back'))
  const seen = new Set<unknown>()
  while (seen.size < 2) seen.add((await ask(started.port)).index)
})

test('ten crashes within a minute are given up', async () => {
  const timers = new FakeTimers()
  await using started = await start(1, timers)
  for (let crash = 1; crash <= 10; crash++) {
    const down = once(started.events, 'down')
    await ask(started.port, 'crash')
    await down
    timers.advance(5000)
    if (crash < 10) await vi.waitUntil(() => started.lines.filter(({ message }) => message === 'a worker is back').length === crash)
  }
  expect(await started.workers.failed).toMatchObject({ code: 'GTW_INTERNAL', message: expect.stringContaining('asked to crash') })
  expect(timers.armed).toBe(0)
})

test('a worker that rejects a snapshot keeps serving its old one', async () => {
  await using started = await start(1)
  await started.publisher.publish(snapshotWith('app@test'))
  const outcome = await started.publisher.publish(snapshotWith('app@test', 'rejected@test'))
  expect(outcome).toMatchObject({ applied: 0, rejected: [{ code: 'GTW_CONFIG_INVALID', detail: 'it does not build here' }] })
  expect(await ask(started.port)).toMatchObject({ revision: 1, routers: ['app@test'] })
})

test('terminate reaches every worker, also one that comes back afterwards', async () => {
  await using started = await start(1)
  await started.publisher.publish(snapshotWith('app@test'))
  started.workers.terminate()
  const back = once(started.events, 'answer')
  await ask(started.port, 'crash')
  await back
  expect(await ask(started.port)).toMatchObject({ terminating: true })
})

test('drain answers how many exchanges were cut and nothing listens any more', async () => {
  await using started = await start(2)
  expect(await started.workers.drain(['web'])).toBe(2)
  await started.workers.stop()
  expect(await ask(started.port)).toEqual({})
})

test('a port that is in use is an error that names entry point, address and remedy, and leaves nothing behind', async () => {
  const holder = createServer().listen({ host: '127.0.0.1', port: 0, reusePort: true })
  await once(holder, 'listening')
  const { port } = holder.address() as { port: number }
  const other = await freePort()
  const starting = startWorkers(optionsFor([listenOn('web', other), listenOn('secure', port)]))
  await expect(starting).rejects.toMatchObject({
    code: 'GTW_LISTEN_FAILED',
    message: expect.stringMatching(`\`secure\` on 127.0.0.1:${port}: port ${port} is in use; stop the process`),
  })
  expect(await ask(other)).toEqual({})
  holder.close()
})

test('two entry points on one address are an error', async () => {
  const port = await freePort()
  const starting = startWorkers(optionsFor([listenOn('web', port), listenOn('other', port)]))
  await expect(starting).rejects.toMatchObject({ code: 'GTW_LISTEN_FAILED', message: expect.stringContaining('`other`') })
})

test('what a worker cannot listen on is an error too, and no worker stays behind', async () => {
  const holder = createServer().listen({ host: '127.0.0.1', port: 0 })
  await once(holder, 'listening')
  const { port } = holder.address() as { port: number }
  const other = await freePort()
  const entryPoints = [listenOn('web', other), listenOn('shared', port, { reusePort: true })]
  await expect(startWorkers(optionsFor(entryPoints))).rejects.toMatchObject({
    code: 'GTW_LISTEN_FAILED',
    message: expect.stringContaining(`\`shared\` on 127.0.0.1:${port}: port ${port} is in use`),
  })
  expect(await ask(other)).toEqual({})
  holder.close()
})

test('an entry point with reusePort shares its port with another process that does the same', async () => {
  const holder = createServer().listen({ host: '127.0.0.1', port: 0, reusePort: true })
  await once(holder, 'listening')
  const { port } = holder.address() as { port: number }
  const workers = await startWorkers(optionsFor([listenOn('web', port, { reusePort: true })]))
  expect(workers.addresses).toEqual([{ entryPoint: 'web', host: '127.0.0.1', port }])
  await workers.stop()
  holder.close()
})
