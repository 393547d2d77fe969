import { once } from 'node:events'
import { expect, test } from 'vitest'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { recordedLog } from '../../test/harness/recorded-log.ts'
import { defineProvider, type ProviderContext, type ProviderMessage } from '../provider/definition.ts'
import { object } from '../schema/index.ts'
import { ProviderRun } from './provider-run.ts'

type Provide = (context: ProviderContext<unknown>) => Promise<void>

function runOf(provide: Provide, random = () => 0.5) {
  const timers = new FakeTimers()
  const { log, lines } = recordedLog()
  const messages: ProviderMessage[] = []
  const definition = defineProvider({ name: 'fake', options: object('x', {}), provide })
  let failed = Promise.withResolvers<void>()
  const run = new ProviderRun({
    enabled: { definition, options: { a: 1 } },
    emit: (message) => messages.push(message),
    onFailure: () => {
      failed.resolve()
      failed = Promise.withResolvers()
    },
    timers,
    log,
    random,
  })
  // The timer is armed in the same turn as the failure is told.
  const nextFailure = async () => {
    await failed.promise
    await Promise.resolve()
  }
  return { timers, lines, messages, run, nextFailure }
}

const untilAborted = (signal: AbortSignal) => (signal.aborted ? undefined : once(signal, 'abort'))

test('a provider gets its options and its messages go out', async () => {
  const { run, messages } = runOf(async ({ options, emit }) => emit({ configuration: options }))
  await run.ended
  expect(messages).toEqual([{ configuration: { a: 1 } }])
})

test('a provider that fails is restarted with growing delays that end at 60 s', async () => {
  let lives = 0
  const { run, timers, lines, nextFailure } = runOf(async () => {
    lives++
    throw new Error('no socket')
  })
  const delays: (number | undefined)[] = []
  for (let life = 1; life <= 14; life++) {
    if (lives < life || timers.armed === 0) await nextFailure()
    delays.push(timers.next)
    timers.advance(timers.next ?? 0)
  }
  expect(delays.slice(0, 4)).toEqual([500, 750, 1125, 1688])
  expect(delays.at(-1)).toBe(60_000)
  expect(lines[0]).toEqual({
    level: 'error',
    message: 'the provider `fake` failed, retrying in 0.5 s',
    provider: 'fake',
    error: 'no socket',
  })
  run.stop()
  await run.ended
})

test('delays are spread by half in both directions', async () => {
  for (const [random, delay] of [
    [0, 250],
    [1, 750],
  ] as const) {
    const { run, timers, nextFailure } = runOf(
      async () => {
        throw new Error('x')
      },
      () => random,
    )
    await nextFailure()
    expect(timers.next).toBe(delay)
    run.stop()
  }
})

test('after a run of 30 s the next failure begins with the shortest delay', async () => {
  let fail: (error: Error) => void = () => {}
  const { run, timers, nextFailure } = runOf(() => new Promise((_, reject) => (fail = reject)))
  const failAfter = async (ms: number) => {
    timers.advance(ms)
    const told = nextFailure()
    fail(new Error('x'))
    await told
    const delay = timers.next ?? 0
    timers.advance(delay)
    await Promise.resolve()
    return delay
  }
  expect([await failAfter(0), await failAfter(29_999), await failAfter(30_000)]).toEqual([500, 750, 500])
  run.stop()
})

test('a provider that throws before it returns a promise is restarted too', async () => {
  const { run, nextFailure, lines } = runOf(() => {
    throw 'a text'
  })
  await nextFailure()
  expect(lines[0]).toMatchObject({ error: 'a text' })
  run.stop()
  await run.ended
})

test('what a failed life says later is not heard', async () => {
  let late: (message: ProviderMessage) => void = () => {}
  const { run, messages, nextFailure } = runOf(async ({ emit }) => {
    late = emit
    throw new Error('x')
  })
  await nextFailure()
  late({ configuration: {} })
  expect(messages).toEqual([])
  run.stop()
})

test('a stopped provider ends and is not heard any more', async () => {
  const { run, messages } = runOf(async ({ emit, signal }) => {
    await untilAborted(signal)
    emit({ configuration: {} })
  })
  run.stop()
  await run.ended
  expect(messages).toEqual([])
})

test('a stop ends the wait between two lives', async () => {
  const { run, timers, nextFailure } = runOf(async () => {
    throw new Error('x')
  })
  await nextFailure()
  run.stop()
  await run.ended
  expect(timers.armed).toBe(0)
})

test('what is no message is logged and takes nothing down', async () => {
  const { run, messages, lines } = runOf(async ({ emit }) => {
    for (const garbage of [undefined, null, 'text', 7, []]) emit(garbage as never)
    emit({ configuration: {} })
  })
  await run.ended
  expect(messages).toHaveLength(1)
  expect(lines.map(({ message }) => message)).toEqual(Array(5).fill('the provider `fake` said something that is no message'))
})

test('a reload reaches every listener, also behind one that throws', async () => {
  const heard: string[] = []
  const { run, lines } = runOf(async ({ onReload, signal }) => {
    onReload(() => {
      throw new Error('busy')
    })
    onReload(() => heard.push('second'))
    await untilAborted(signal)
  })
  run.reload()
  expect(heard).toEqual(['second'])
  expect(lines[0]).toMatchObject({ message: 'the provider `fake` failed to reload', error: 'busy' })
  run.stop()
})

test('how it stands with the source follows from what the provider does, and from what it tells', async () => {
  let fail: (error: Error) => void = () => {}
  let context: ProviderContext<unknown> | undefined
  const { run, timers, nextFailure } = runOf((given) => {
    context = given
    return new Promise((_, reject) => (fail = reject))
  })
  expect(run.status).toEqual({ state: 'connecting', since: 0 })
  timers.advance(5)
  context?.emit({ configuration: {} })
  expect(run.status).toEqual({ state: 'ready', since: 5 })
  timers.advance(5)
  context?.status('failed', 'no answer from http://user:secret@store')
  timers.advance(5)
  context?.status('failed', 'still none')
  expect(run.status).toEqual({ state: 'failed', since: 10, detail: 'still none' })
  context?.status('connecting')
  expect(run.status).toEqual({ state: 'connecting', since: 15 })
  const told = nextFailure()
  fail(new Error('refused by http://user:secret@store'))
  await told
  expect(run.status).toEqual({ state: 'failed', since: 15, detail: 'refused by http://***@store' })
  context?.status('ready')
  expect(run.status.state).toBe('failed')
  run.stop()
  await run.ended
})
