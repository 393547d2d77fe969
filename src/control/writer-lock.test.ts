import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startCommand } from '../../test/harness/command-line.ts'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { ROOT } from '../../test/harness/gateway.ts'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { WriterLock } from './writer-lock.ts'

// The test runner has a parent that lives as long as it does.
const ALIVE = process.ppid
const GONE = 2 ** 22 + 1

/** Takes a lock and keeps it. */
const TAKER = join(ROOT, 'test/fixtures/lock-taker.ts')

const holders: readonly (readonly [who: string, holder: string, ageMs: number, isFree: boolean])[] = [
  ['a process that lives', `${hostname()} ${ALIVE}`, 0, false],
  ['a process that is gone', `${hostname()} ${GONE}`, 0, true],
  ['this very process, before it was started again', `${hostname()} ${process.pid}`, 0, true],
  ['another machine that was heard of lately', 'elsewhere 1', 30_000, false],
  ['another machine that is silent', 'elsewhere 1', 120_000, true],
  ['somebody who has not signed yet', '', 0, false],
  ['somebody who has never signed', '', 120_000, true],
]
for (const [who, holder, ageMs, isFree] of holders) {
  test(`a storage that ${who} holds is ${isFree ? 'taken' : 'waited for'}`, async () => {
    await using folder = await temporaryFolder()
    const lock = await folder.write('acme.json.lock', `${holder}\n`)
    const at = new Date(Date.now() - ageMs)
    utimesSync(lock, at, at)
    const timers = new FakeTimers()
    const end = new AbortController()
    const waited: string[] = []
    const taken = WriterLock.take(join(folder.path, 'acme.json'), {
      timers,
      signal: end.signal,
      onWait: (other) => {
        waited.push(other)
        end.abort()
      },
    })
    expect((await taken) !== undefined).toBe(isFree)
    expect(waited).toEqual(isFree ? [] : [holder])
  })
}

test('what is released is free for the next one, who had to wait', async () => {
  await using folder = await temporaryFolder()
  const storage = join(folder.path, 'acme.json')
  const timers = new FakeTimers()
  const { signal } = new AbortController()
  await folder.write('acme.json.lock', `elsewhere ${ALIVE}\n`)
  const waiting = Promise.withResolvers<void>()
  const second = WriterLock.take(storage, { timers, signal, onWait: () => waiting.resolve() })
  await waiting.promise
  const past = new Date(Date.now() - 120_000)
  utimesSync(`${storage}.lock`, past, past)
  await expect.poll(() => timers.armed).toBe(1)
  timers.advance(5_000)
  await (await second)?.release()
  expect(existsSync(`${storage}.lock`)).toBe(false)
})

test('what somebody else has taken over in the meantime is not released', async () => {
  await using folder = await temporaryFolder()
  const storage = join(folder.path, 'acme.json')
  const { signal } = new AbortController()
  const lock = await WriterLock.take(storage, { timers: new FakeTimers(), signal, onWait: () => {} })
  await folder.write('acme.json.lock', `elsewhere 1\n`)
  await lock?.release()
  expect(readFileSync(`${storage}.lock`, 'utf8')).toBe('elsewhere 1\n')
})

test('of many who find the lock of a process that is gone, one takes it', async () => {
  await using folder = await temporaryFolder()
  const storage = join(folder.path, 'acme.json')
  await folder.write('acme.json.lock', `${hostname()} ${GONE}\n`)
  const takers = Array.from({ length: 6 }, () => startCommand([storage], {}, TAKER))
  const children = await Promise.all(takers)
  try {
    const holds = (): number => children.filter(({ stdout }) => stdout.includes('taken')).length
    const waits = (): number => children.filter(({ stdout }) => stdout.includes('waiting')).length
    await expect.poll(() => holds() + waits(), { timeout: 20_000 }).toBe(6)
    expect(holds()).toBe(1)
    expect(readdirSync(folder.path)).toEqual(['acme.json.lock'])
  } finally {
    await Promise.all(children.map((child) => child.stop('SIGKILL')))
  }
})
